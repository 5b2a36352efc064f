/* Handing in. One finish is under way at a time; while it is, outcomes gather, and the next takes all of them (up to
 * a body's size), tells which commands have begun since, and claims what is lacking. An outcome leaves this list
 * only when the server has answered for it, or refused it for good:
 *
 * no answer, or the server cannot serve: it stays, and is sent again when the gate opens (a lease is finished once,
 * however often it is handed in); the finish is refused: its results are sent one by one, so that the one at fault
 * is found; that one is said on stderr and dropped. */
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cli/worker_parts.h"

enum { RESULTS_BYTES = LIMIT_BODY - 128 * 1024 }; /* leaves room for the leases begun and for the claim */

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
    if (w->finish || w->gate_shut || (!w->ended.count && !w->running.count))
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
