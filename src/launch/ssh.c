/* A host that the user's own ssh reaches: jobs are processes there, in sessions of their own. They do not end with the connection. */
#include "launch/site_inner.h"

const struct site_kind SITE_KIND_SSH = {
    .name = "ssh", .host = SITE_HOST_ALWAYS, .how = "detached", .judge = far_judge_process,
};
