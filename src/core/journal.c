/* See journal.h. It holds what people and programs changed: policies, pauses, events asked for, removals. What tasks and
 * workers do is told by attempts. */
#include "core/journal.h"

#include "base/clock.h"

int journal_note(struct turn *t, const struct who *who, const char *action, const struct queue_row *q, int64_t task,
                 const char *detail, struct err *e)
{
    struct journal_row row = {.at = t->now_us, .actor = who->user, .origin = who->origin, .action = action,
                              .owner = q ? q->owner : who->user, .queue = q ? q->name : NULL, .task = task,
                              .detail = detail};
    return store_journal_add(t->store, &row, e);
}

int journal_list(struct turn *t, const struct who *who, const char *queue, int64_t before, int max, struct arena *a,
                 struct journal_row **out_rows, int *out_count, struct err *e)
{
    const char *owner = who_is_admin(who) && !queue ? NULL : who->user;
    return store_journal_list(t->store, before, owner, queue, max, a, out_rows, out_count, e);
}

int journal_slice(struct turn *t, struct err *e)
{
    return store_journal_forget(t->store, t->now_us - JOURNAL_DAYS * 86400 * CLOCK_SECOND, t->engine->slice_rows, e);
}
