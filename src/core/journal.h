/* Who changed what, and when. */
#ifndef DOCKET_CORE_JOURNAL_H
#define DOCKET_CORE_JOURNAL_H

#include "core/queue.h"

enum { JOURNAL_DAYS = 90 }; /* entries are kept so long */

/* Notes that who did `action` to a queue (NULL: none) or a task of it (NONE: none); detail may be NULL. Part of the
 * transaction, as what it tells of. 0 or < 0. */
int journal_note(struct turn *t, const struct who *who, const char *action, const struct queue_row *q, int64_t task,
                 const char *detail, struct err *e);

/* Entries about the asker's things (an admin's: about everybody's), newest first: up to max with ids < before; queue: of
 * that one of his own; NULL: of all. */
int journal_list(struct turn *t, const struct who *who, const char *queue, int64_t before, int max, struct arena *a,
                 struct journal_row **out_rows, int *out_count, struct err *e);

/* Forgets a slice of what is too old. 0 or < 0. */
int journal_slice(struct turn *t, struct err *e);

#endif
