/* What workers at a site need before the first of them is started: the program, and the way home. Found once for a link, and written down
 * with the site (`found`), so that the same ports are asked for again. */
#ifndef DOCKET_LAUNCH_PREPARE_H
#define DOCKET_LAUNCH_PREPARE_H

#include "launch/launcher_inner.h"

/* err NULL: it is ready, in place->home. */
typedef void prepared_fn(void *arg, const struct err *err);

/* Answers once, from the loop or from inside. Others who ask meanwhile are answered with it. */
void prepare(struct place *p, prepared_fn *fn, void *arg);

/* The same, found out once more. */
void prepare_anew(struct place *p, prepared_fn *fn, void *arg);

#endif
