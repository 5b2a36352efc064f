/* This machine: jobs are processes in sessions of their own, begun by a shell as on any far side. They do not end with the server. */
#include "launch/site_inner.h"

const struct site_kind SITE_KIND_LOCAL = {
    .name = "local", .host = SITE_HOST_NEVER, .how = "detached", .judge = far_judge_process,
};
