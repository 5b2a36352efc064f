/* Requests that want a job started are answered once its site has said something to that: it was started, or refused. */
#ifndef DOCKET_WEB_JOB_WAIT_H
#define DOCKET_WEB_JOB_WAIT_H

#include "web/request.h"

enum { JOB_WAIT_SECONDS = 30 };

/* How the request is answered with jobs that were not refused, one at least. Returns 0. */
typedef int job_answer_fn(struct request *r, const struct job_row *jobs, int count);

/* Before a job is written down: a site that has not answered last, or never, is asked whether it does. 0; TURN_PARK; ERR_SITE_AWAY and
 * ERR_SITE_LOGIN with ssh's words. */
int job_reach(struct request *r, struct turn *t, const struct site_row *site, struct err *e);

/* 0; ERR_NO_WAY_HOME: a check has found that workers at this site could not reach this server. */
int job_way_home(const struct site_row *site, struct err *e);

/* The jobs stand in the store: the request waits for their site. For a handler to end with. */
int job_wait(struct request *r, const struct job_row *jobs, int count, job_answer_fn *answer);

/* Did this request wait already? Then its handler begins and ends with the other. Jobs that were refused are forgotten; where all were, the
 * request is told why. */
bool job_waited(const struct request *r);
int job_wait_on(struct request *r, struct turn *t, job_answer_fn *answer, struct err *e);

/* Waits until the job is not to be started any more, at most so long. *out_wait: the handler returns TURN_PARK. */
void job_wait_settled(struct request *r, struct turn *t, const struct job_row *j, int64_t wait_s, bool *out_wait);

/* Was it never begun, because its site did not want it? Pure. */
bool job_was_refused(const struct job_row *j);

/* 202 and the first of them. */
job_answer_fn job_answer_accepted;

#endif
