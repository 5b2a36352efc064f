/* The table of task.def as data. Nothing else in docket writes the state of a task. */
#include "core/task.h"

#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/dataset.h"
#include "core/dependency.h"

static const struct step {
    enum task_state from;
    enum task_event event;
    enum task_state to;
    const char *reason;
} STEPS[] = {
#define X(from, event, to, reason) {from, event, to, reason},
#include "core/task.def"
#undef X
};

static const char *const STATE_WORDS[TASK_STATES] = {
#define X(name, number, word) [number] = word,
#include "store/state.def"
#undef X
};

static const char *const EVENT_WORDS[EV_END] = {
#define X(name, number, word) [number] = word,
#include "core/event.def"
#undef X
};

int task_next(enum task_state from, enum task_event event)
{
    for (size_t i = 0; i < COUNT_OF(STEPS); i++)
        if (STEPS[i].from == from && STEPS[i].event == event)
            return (int)STEPS[i].to;
    return -1;
}

const char *task_state_word(enum task_state state) { return STATE_WORDS[state]; }

const char *task_event_word(enum task_event event)
{
    return event > 0 && event < EV_END ? EVENT_WORDS[event] : "";
}

int task_state_from(const char *word)
{
    for (int state = 0; state < TASK_STATES; state++)
        if (strcmp(STATE_WORDS[state], word) == 0)
            return state;
    return -1;
}

const char *task_reason(const struct task_row *t)
{
    for (size_t i = 0; i < COUNT_OF(STEPS); i++)
        if ((int64_t)STEPS[i].event == t->event && STEPS[i].to == t->state)
            return STEPS[i].reason;
    return "";
}

int task_move(struct turn *turn, struct task_row *t, enum task_event event, struct err *e)
{
    int to = task_next(t->state, event);
    assert(to >= 0);
    int r = t->state == TASK_SUCCEEDED ? dataset_reopened(turn, t, e) : 0;
    if (r)
        return r;
    t->state = (enum task_state)to;
    t->event = event;
    t->rev = store_next_rev(turn->store);
    t->finished = t->state >= TASK_SUCCEEDED ? turn->now_us : NONE;
    if (t->state >= TASK_SUCCEEDED)
        turn_note(turn, (struct note){NOTE_ENDED, t->queue, .state = t->state});
    if (t->state == TASK_PENDING || event == EV_ONE_LEFT) /* the latter may be held a second time */
        turn_gained(turn, t->queue);
    r = store_task_set(turn->store, t, e);
    return r == 0 && t->finished != NONE && t->needed ? dependency_announce(turn, t->id, e) : r;
}

int task_touch(struct turn *turn, struct task_row *t, struct err *e)
{
    t->rev = store_next_rev(turn->store);
    return store_task_set(turn->store, t, e);
}
