/* The tokens of jobs: drawn from a key of this server's and the submission, so that one which is started again, its answer having been lost,
 * has the very token that the far side may hold already. */
#ifndef DOCKET_LAUNCH_SECRET_H
#define DOCKET_LAUNCH_SECRET_H

#include "base/err.h"

enum { SECRET_CHARS = 32 };

/* The key stands in DATA/jobs.key (0600), made at the first need. 0; < 0 ERR_FILE. */
int secret_draw(const char *data, const char *submission, char out[SECRET_CHARS + 1], struct err *e);

#endif
