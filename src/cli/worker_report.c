/* Handing in. One finish is under way at a time; while it is, outcomes gather, and the next takes all of them (up to
 * a body's size), tells which commands have begun since, and claims what is lacking. Where commands are so short that
 * several end meanwhile, what is to be told waits up to 50 ms for company, for each finish costs the server a commit.
 * It does not wait where the next commands to begin are not held yet, where a lease is near its end, or at the end.
 *
 * An outcome leaves this list only when the server has answered for it, or refused it for good:
 *
 * no answer, or the server cannot serve: it stays, and is sent again when the gate opens (a lease is finished once,
 * however often it is handed in); the finish is refused: its results are sent one by one, so that the one at fault
 * is found; that one is said on stderr and dropped. */
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "cli/worker_parts.h"

enum {
    RESULTS_BYTES = LIMIT_BODY - 128 * 1024, /* leaves room for the leases begun and for the claim */
    COMPANY_BYTES = 256 * 1024,              /* enough for one body */
    COMPANY_LEAST = 4,                       /* outcomes that must be expected for the wait to be worth it */
};

#define COMPANY_US (50 * CLOCK_MS)
#define LEASE_END_US CLOCK_SECOND

/* Answers */

static void tell(struct hold *h, const char *outcome)
{
    struct worker *w = h->worker;
    if (!w->o.on_result)
        return;
    int fd = w->o.keep_output ? capture_take_file(&h->out) : -1;
    struct worker_result r = {
        .task = h->task,
        .command = h->command ? h->command : "",
        .exitcode = h->exitcode,
        .message = buf_text(&h->message),
        .outcome = outcome,
        .ran_us = h->ran_us,
        .succeeded = h->exitcode == 0,
        .final = true,
        .out_fd = fd,
        .out_bytes = h->out.total,
    };
    w->o.on_result(w->o.arg, &r);
    if (fd >= 0)
        close(fd);
}

static void settle(struct hold *h, const char *outcome)
{
    tell(h, outcome);
    worker_hold_free(h);
}

/* The outcomes answered, in the order sent as a rule. */
static void take_outcomes(struct worker *w, const json_t *results)
{
    size_t i;
    json_t *row;
    json_array_foreach(results, i, row)
    {
        struct hold *h = worker_hold_find(&w->ended, json_integer_value(json_object_get(row, "lease")));
        const char *outcome = json_string_value(json_object_get(row, "outcome"));
        if (h && h->sent && outcome)
            settle(h, outcome);
    }
}

/* What was under way is not any more; how many results were. */
static int recall(struct worker *w, enum hold_told told)
{
    int count = 0;
    LIST_EACH(node, &w->ended.list)
    {
        count += HOLD_OF(node)->sent;
        HOLD_OF(node)->sent = false;
    }
    LIST_EACH(node, &w->running.list)
        if (HOLD_OF(node)->told == TOLD_ON_ITS_WAY)
            HOLD_OF(node)->told = told;
    return count;
}

static void say_lost(const struct hold *h, const char *why)
{
    worker_say("the result of task %lld (exit code %d) could not be handed in: %s", (long long)h->task, h->exitcode,
               why);
}

static void refused(struct worker *w, const struct err *e)
{
    struct hold *first = w->ended.count ? HOLD_OF(w->ended.list.next) : NULL;
    bool was_alone = w->alone > 0 && first && first->sent;
    int count = recall(w, TOLD);
    w->ask.open = w->ask.open && !w->finish_asks;
    if (!was_alone) {
        w->alone = count;
        return;
    }
    w->alone--;
    say_lost(first, e->text);
    worker_hold_free(first);
}

static void on_finished(void *arg, const struct client_reply *reply)
{
    struct worker *w = arg;
    w->finish = NULL;
    switch (worker_link_judge(w, reply)) {
    case ANSWER_OK:
        w->alone -= w->alone > 0;
        take_outcomes(w, json_object_get(reply->body, "results"));
        recall(w, TOLD);
        if (w->finish_asks)
            worker_claim_taken(w, json_object_get(reply->body, "tasks"));
        break;
    case ANSWER_REFUSED:
        refused(w, &reply->err);
        break;
    case ANSWER_LATER:
    case ANSWER_FATAL:
        recall(w, TOLD_NOT);
        break;
    }
    w->finish_asks = false;
}

/* Waiting for company */

static void on_company(void *arg) { worker_wake(arg); }

void worker_report_start(struct worker *w) { loop_timer_init(w->loop, &w->report_timer, on_company, w); }

/* Is there anything to be told? */
static bool has_news(const struct worker *w)
{
    if (w->ended.count)
        return true;
    LIST_EACH(node, &w->running.list)
        if (HOLD_OF(node)->told == TOLD_NOT)
            return true;
    return false;
}

/* Outcomes stand in the order in which commands ended, so the first lease is as a rule the first to end. */
static bool is_urgent(const struct worker *w)
{
    bool ending = w->stopping || w->drained || w->alone > 0;
    bool full = w->ended.count >= LIMIT_RESULTS || w->ended_bytes >= COMPANY_BYTES;
    bool hungry = w->ahead.count < w->o.jobs;
    bool alone = !w->task_us || w->o.jobs * COMPANY_US < COMPANY_LEAST * w->task_us;
    bool late = w->ended.count && HOLD_OF(w->ended.list.next)->sure_until_us < clock_mono_us() + LEASE_END_US;
    return ending || full || hungry || alone || late;
}

/* Should what is to be told wait a little? From the first of it on, the time counts. */
static bool waits_for_company(struct worker *w)
{
    if (is_urgent(w))
        return false;
    if (!w->report_due_us) {
        w->report_due_us = clock_mono_us() + COMPANY_US;
        loop_timer_set(&w->report_timer, w->report_due_us);
    }
    return clock_mono_us() < w->report_due_us;
}

/* Sending */

static int add_results(struct worker *w, struct buf *json)
{
    int count = 0, max = w->alone > 0 ? 1 : LIMIT_RESULTS;
    LIST_EACH(node, &w->ended.list)
    {
        struct hold *h = HOLD_OF(node);
        if (count == max || (count > 0 && json->len + h->result.len > RESULTS_BYTES))
            break;
        buf_puts(json, count++ ? "," : ",\"results\":[");
        buf_add(json, buf_text(&h->result), h->result.len);
        h->sent = true;
    }
    if (count)
        buf_putc(json, ']');
    return count;
}

static bool pick_begun(struct hold *h)
{
    if (h->told != TOLD_NOT)
        return false;
    h->told = TOLD_ON_ITS_WAY;
    return true;
}

/* The claim goes along if none is under way by itself; one that got no answer goes along again as it was. */
static void add_claim(struct worker *w, struct buf *json)
{
    if (!w->ask.open && worker_claim_lack(w) > 0)
        worker_claim_open(w, worker_claim_lack(w));
    if (!w->ask.open || w->claim || w->stopping || w->drained)
        return;
    worker_claim_describe(w, "claim", json);
    w->finish_asks = true;
}

void worker_report_act(struct worker *w)
{
    if (w->finish || w->gate_shut || !has_news(w) || waits_for_company(w))
        return;
    CLEANUP(buf_done) struct buf json = {0};
    const struct holds *const running[] = {&w->running, NULL};
    worker_body_open(w, &json);
    int parts = add_results(w, &json);
    if (w->alone == 0)
        parts += worker_body_leases(&json, "started", running, pick_begun, LIMIT_RESULTS);
    if (parts == 0)
        return;
    if (w->alone == 0)
        add_claim(w, &json);
    w->ended_bytes = 0;
    w->report_due_us = 0;
    loop_timer_stop(&w->report_timer);
    w->finish = worker_body_send(w, w->finish_path, &json, 0, on_finished);
}

void worker_report_abandon(struct worker *w, const char *why)
{
    LIST_EACH(node, &w->ended.list)
    {
        say_lost(HOLD_OF(node), why);
        worker_hold_free(HOLD_OF(node));
    }
}
