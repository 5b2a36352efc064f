/* Workers for a queue as batch jobs: what the native API and the face of qdo share. */
#ifndef DOCKET_WEB_API_LAUNCH_H
#define DOCKET_WEB_API_LAUNCH_H

#include "web/job_read.h"
#include "web/job_wait.h"

struct api_launch_ask {
    const struct site_row *site;
    const struct queue_row *queue;
    const struct job_launch *launch;
    int jobs; /* so many, all alike */
    job_answer_fn *answer;
};

/* Starts jobs, or with dry_run answers with their script. For a handler to end with, unless job_waited. */
int api_launch_begin(struct request *r, struct turn *t, const struct api_launch_ask *ask, struct err *e);

#endif
