/* See why.h. Each reason is a fact of the moment, with the ids and moments that let somebody act on it. */
#include "core/crew.h"
#include "core/why.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "core/task.h"

enum { NAMED = 5, AHEAD_MOST = 1000, QUIET_SECONDS = 60 };

struct saying {
    struct turn *t;
    const struct look_task *task;
    struct arena *a;
    const char **reasons;
    int count;
};

static void say(struct saying *s, const char *words)
{
    if (s->count < WHY_MAX)
        s->reasons[s->count++] = words;
}

/* "waits for 12, 14 and 3 more", or of those that have ended badly: "waits for 12 (failed)". */
static void say_needs(struct saying *s)
{
    const struct dependency_row *needs = s->task->needs;
    CLEANUP(buf_done) struct buf b = {0};
    int named = 0, unmet = 0;
    for (int i = 0; i < s->task->need_count; i++) {
        if (needs[i].met)
            continue;
        unmet++;
        if (named == NAMED)
            continue;
        buf_printf(&b, "%s%lld", named++ ? ", " : "waits for ", (long long)needs[i].needs);
        if (needs[i].state == NONE)
            buf_puts(&b, " (deleted)");
        else if (needs[i].state >= TASK_SUCCEEDED)
            buf_printf(&b, " (%s)", task_state_word((enum task_state)needs[i].state));
    }
    int64_t rest = s->task->full.task.unmet - named;
    if (rest > 0)
        buf_printf(&b, " and %lld more", (long long)rest);
    if (unmet)
        say(s, arena_printf(s->a, "%s", buf_text(&b)));
}

static void say_time(struct saying *s)
{
    char text[CLOCK_TEXT_BYTES];
    const struct task_row *row = &s->task->full.task;
    if (row->not_before != NONE && row->not_before > s->t->now_us)
        say(s, arena_printf(s->a, "not before %s", clock_format(row->not_before, text)));
}

static int say_ahead(struct saying *s, struct err *e)
{
    int64_t ahead;
    int r = store_task_ahead(s->t->store, &s->task->full.task, AHEAD_MOST + 1, &ahead, e);
    if (r == 0 && ahead > AHEAD_MOST)
        say(s, arena_printf(s->a, "more than %d tasks are before it", AHEAD_MOST));
    else if (r == 0 && ahead)
        say(s, arena_printf(s->a, "%lld task%s before it", (long long)ahead, ahead == 1 ? " is" : "s are"));
    return r;
}

static void say_workers(struct saying *s)
{
    CLEANUP(buf_done) struct buf span = {0};
    int64_t seen = crew_seen(s->t->engine->crew, s->task->queue.id);
    if (seen == NONE)
        say(s, "no worker has asked this queue for work since the server was started");
    else if (s->t->now_us - seen >= QUIET_SECONDS * CLOCK_SECOND) {
        text_span(&span, s->t->now_us - seen);
        say(s, arena_printf(s->a, "no worker has asked for %s", buf_text(&span)));
    }
}

int why_not_running(struct turn *t, const struct look_task *task, struct arena *a, const char *out_reasons[WHY_MAX],
                    int *out_count, struct err *e)
{
    struct saying s = {.t = t, .task = task, .a = a, .reasons = out_reasons};
    enum task_state state = task->full.task.state;
    int r = 0;
    if (state == TASK_WAITING) {
        say_needs(&s);
        say_time(&s);
    }
    if (state >= TASK_SUCCEEDED)
        say(&s, task_reason(&task->full.task));
    if (task->queue.paused && state < TASK_SUCCEEDED && state != TASK_RUNNING)
        say(&s, "the queue is paused");
    if (state == TASK_PENDING)
        r = say_ahead(&s, e);
    if (r == 0 && state == TASK_PENDING)
        say_workers(&s);
    *out_count = s.count;
    return r;
}
