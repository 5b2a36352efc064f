/* Why a task is not running, in words. */
#ifndef DOCKET_CORE_WHY_H
#define DOCKET_CORE_WHY_H

#include "core/look.h"

enum { WHY_MAX = 8 };

/* The reasons, most telling first, in the arena; none for a task that runs. *out_count ≤ WHY_MAX. 0 or < 0. */
int why_not_running(struct turn *t, const struct look_task *task, struct arena *a, const char *out_reasons[WHY_MAX],
                    int *out_count, struct err *e);

#endif
