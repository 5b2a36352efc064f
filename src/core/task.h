/* The life of a task: the table of task.def, and the one function that moves a task along it. */
#ifndef DOCKET_CORE_TASK_H
#define DOCKET_CORE_TASK_H

#include <stdbool.h>

#include "core/turn.h"
#include "store/record.h"

enum task_event {
#define X(name, number, word) name = number,
#include "core/event.def"
#undef X
    EV_END
};

/* The state a task in `from` goes to (TASK_STATES: it is being made); -1 where the event cannot happen. Pure. */
int task_next(enum task_state from, enum task_event event);

const char *task_state_word(enum task_state state);
const char *task_event_word(enum task_event event);

/* The state called word, or -1. */
int task_state_from(const char *word);

/* Why the task is in its state, in words. Static text. */
const char *task_reason(const struct task_row *t);

/* The event happens to t: state, event, revision and time of ending follow the table; the caller has set whatever else
 * changes. Asserts that the event can happen. Where it ends, those who wait for it are told. 0 or < 0 as the store. */
int task_move(struct turn *turn, struct task_row *t, enum task_event event, struct err *e);

/* Something of t changed without an event: it gets a new revision and is written. */
int task_touch(struct turn *turn, struct task_row *t, struct err *e);

#endif
