/* Sites and jobs as the JSON of doc/PROTOCOL.md. Both return new references. */
#ifndef DOCKET_WEB_RENDER_JOB_H
#define DOCKET_WEB_RENDER_JOB_H

#include <jansson.h>

#include "core/job.h"

json_t *render_job(const struct job_row *j);

/* A site with what is known of it: its shares, its jobs by state, and the path of its control connection (NULL: it has none). */
struct render_site {
    const struct site_row *row;
    const char *const *shares;
    int share_count;
    int64_t counts[JOB_STATES];
    const char *control;
};
json_t *render_site(const struct render_site *s);

#endif
