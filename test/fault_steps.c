/* The short run that is repeated with each of its calls failing: every kind of write there is, each as a client sends it again:
 * tasks with keys, an upload by its lines, bytes from where they stand, claims with a nonce, results by their lease, events that
 * leave alone what is already so. Two restarts and a move of the log stand among them. */
#include "fault.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "core/body.h"
#include "core/claim.h"
#include "core/finish.h"
#include "core/lease.h"
#include "core/look.h"
#include "core/operation.h"
#include "core/submit.h"
#include "core/upload.h"

enum name {
    OPENED, MADE, KEYS, LINES, MORE_LINES, BYTES, MORE_BYTES, TAKEN, WAITING, MOVED, CLAIMED, BESIDE, FINISHED, FAILED, RAW,
    RAW_ENDED, CLAIMED_2, RELEASED, CANCELLED, CANCELLED_ALL, RESTARTED, AGAIN, REVIVED, REVIVED_ALL, CLAIMED_3, EXPIRED,
    LATE, REMOVED, SWEPT, KILLED, CLAIMED_4, ENDED, LAST, STEP_COUNT
};

static const struct who OWNER = {.user = "owner"};

static void say(struct ask *a, int64_t id) { a->answer.ids[a->answer.count++] = id; }

/* n bytes that follow from seed. */
static char *bytes_of(struct ask *a, int seed, size_t n)
{
    char *text = arena_alloc(&a->arena, n + 1);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)('a' + (i * 7 + (size_t)seed * 11 + i / 251) % 26);
    text[n] = '\0';
    return text;
}

/* Adding. ---------------------------------------------------------------------------------------------------------- */

static int make_queue(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    struct queue_ref ref = {.name = "q"};
    struct queue_policy policy = QUEUE_POLICY_AS_IS;
    struct queue_row made;
    policy.lease_us = 600 * CLOCK_SECOND;
    policy.max_attempts = 2;
    return queue_put(t, &OWNER, &ref, &policy, &a->arena, &made, NULL, e);
}

static struct submit_task new_task(const char *key, const char *command)
{
    return (struct submit_task){.not_before = NONE, .spec = {.key = key, .command = command, .time_limit_us = NONE,
                                                             .payload_body = NONE, .payload_size = NONE}};
}

static int submit(struct ask *a, struct turn *t, const struct queue_row *q, struct submit_task *tasks, int count, struct err *e)
{
    int64_t ids[FAULT_IDS];
    int existed;
    int r = submit_tasks(t, q, tasks, count, SUBMIT_ANY_ORDER, &a->arena, ids, &existed, NULL, e);
    for (int i = 0; r == 0 && i < count; i++)
        say(a, ids[i]);
    return r;
}

static int add_keys(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    struct submit_task tasks[] = {new_task("a", "true"), new_task("b", bytes_of(a, 1, 3000)), new_task("c", "false")};
    return submit(a, t, q, tasks, 3, e);
}

static int add_waiting(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    struct submit_need need = {.key = "a", .id = NONE};
    struct submit_task task = new_task("after a", "true");
    task.needs = &need;
    task.need_count = 1;
    return submit(a, t, q, &task, 1, e);
}

static int add_beside(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    struct submit_task task = new_task("beside", "true");
    return submit(a, t, q, &task, 1, e);
}

static int add_last(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    struct submit_task tasks[] = {new_task("x", bytes_of(a, 5, 5000)), new_task("y", "true")};
    return submit(a, t, q, tasks, 2, e);
}

static int take_lines(struct ask *a, struct turn *t, const struct queue_row *q, int first, int last, struct err *e)
{
    struct upload u;
    struct submit_task tasks[FAULT_IDS];
    int bad, count = 0;
    upload_init(&u);
    int r = upload_open(t, q, "u", first, &u, e);
    for (int line = (int)u.lines + 1; r == 0 && line <= last; line++)
        tasks[count++] = new_task(NULL, arena_printf(&a->arena, "line %d", line));
    if (r == 0 && count)
        r = upload_take(t, q, tasks, count, last, &u, &bad, e);
    if (r == 0)
        r = upload_save(t, q, "u", &u, e);
    say(a, u.lines);
    return r;
}

static int first_lines(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    return take_lines(a, t, q, 1, 5, e);
}

static int more_lines(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    return take_lines(a, t, q, 4, 10, e);
}

/* Bytes. ----------------------------------------------------------------------------------------------------------- */

enum { PIECE = 6000 };

static int append(struct ask *a, struct turn *t, struct body *b, int64_t at, struct err *e)
{
    size_t n;
    int r = body_begin(t, b, at, e);
    if (r == 0)
        r = body_append(t, b, at, bytes_of(a, (int)at, PIECE), PIECE, &n, e);
    return r ? r : n == PIECE ? 0 : err_fail(e, ERR_INTERNAL, "a piece was cut");
}

static int payload_piece(struct ask *a, struct turn *t, const struct queue_row *q, int64_t at, struct err *e)
{
    struct body b;
    int r = body_of_payload(t, q, "p", true, &b, e);
    return r ? r : append(a, t, &b, at, e);
}

static int payload_first(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    return payload_piece(a, t, q, 0, e);
}

static int payload_rest(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    return payload_piece(a, t, q, PIECE, e);
}

/* A repeat whose first time was stored finds the name free again, and its key tells. */
static int add_payload(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    struct submit_task task = new_task("with a payload", NULL);
    task.payload_upload = "p";
    return submit(a, t, q, &task, 1, e);
}

/* Leases. ---------------------------------------------------------------------------------------------------------- */

static const char *worker_of(int step) { return step == CLAIMED_2 ? "bob" : step == CLAIMED_3 ? "cyd" : "ann"; }

/* Leases come first in the answer, then their tasks. None is no answer: whoever gets it asks again. */
static int claim(struct ask *a, struct turn *t, const struct queue_row *q, int64_t max, struct err *e)
{
    struct claim_answer got;
    struct claim_ask ask = {.worker = worker_of(a->step), .max = max, .begin = 1,
                            .nonce = arena_printf(&a->arena, "step %d", a->step)};
    int r = claim_tasks(t, q, &ask, &a->arena, &got, e);
    for (int i = 0; r == 0 && i < got.count; i++) {
        say(a, got.leases[i].id);
        say(a, got.leases[i].task);
    }
    return r;
}

static int claim_three(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e) { return claim(a, t, q, 3, e); }
static int claim_five(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e) { return claim(a, t, q, 5, e); }

static int64_t lease_of(const struct ask *a, int step, int i) { return a->world->answers[step][0].ids[2 * i]; }

static int renew_first(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    enum renew_outcome outcome;
    int64_t until;
    int r = lease_renew(t, q, "ann", lease_of(a, CLAIMED, 0), true, 0, &outcome, &until, e);
    say(a, outcome);
    return r;
}

static int look_at_queue(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    struct queue_view view = {.row = *q};
    return queue_look(t, &a->arena, &view, e);
}

/* Accepted or repeated is the same to whoever handed it in. */
static int finish(struct ask *a, struct turn *t, const struct queue_row *q, int claimed, int i, int64_t exitcode, struct err *e)
{
    enum finish_outcome outcome;
    const char *first = NULL;
    struct rate_sum ended = {0};
    struct finish_result result = {.lease = lease_of(a, claimed, i), .exitcode = exitcode, .message = "so",
                                   .out = {bytes_of(a, 2, 4500), 4500}, .err = {bytes_of(a, 3, 10), 10}, .out_size = 9000,
                                   .err_size = NONE, .result = "{\"n\":1}"};
    int r = finish_task(t, q, worker_of(claimed), &result, &outcome, &first, &ended, e);
    a->work.effects.queue = q->id;
    rate_sum_add(&a->work.effects.ended, &ended);
    if (outcome == FINISH_REPEATED && strcmp(first, exitcode ? "failed" : "succeeded") != 0)
        outcome = FINISH_UNKNOWN;
    say(a, outcome == FINISH_REPEATED ? FINISH_ACCEPTED : outcome);
    return r;
}

static int finish_first(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    return finish(a, t, q, CLAIMED, 0, 0, e);
}

static int fail_second(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    return finish(a, t, q, CLAIMED, 1, 3, e);
}

static int finish_third(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    return finish(a, t, q, CLAIMED, 2, 0, e);
}

static int finish_late(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    return finish(a, t, q, CLAIMED_2, 3, 0, e);
}

static int finish_last(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    return finish(a, t, q, CLAIMED_4, 0, 0, e);
}

static int fail_last(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    return finish(a, t, q, CLAIMED_4, 1, 4, e);
}

static int raw_result(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    struct body b;
    int r = body_of_lease(t, q, "ann", lease_of(a, CLAIMED, 2), BODY_RESULT, true, &b, e);
    return r ? r : append(a, t, &b, 0, e);
}

static int release_two(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    bool released;
    int r = lease_release(t, q, "bob", lease_of(a, CLAIMED_2, 0), &released, e);
    return r ? r : lease_release(t, q, "bob", lease_of(a, CLAIMED_2, 1), &released, e);
}

/* Events. ---------------------------------------------------------------------------------------------------------- */

static int to_all(struct turn *t, const struct queue_row *q, enum task_event event, enum task_state state, struct err *e)
{
    struct asked asked = {.event = event, .priority = NONE};
    struct operation_filter f = {.state = state, .exitcode = NONE, .before = NONE};
    struct operation_sum sum;
    int64_t operation;
    return operation_filter(t, &OWNER, q, &asked, &f, &sum, &operation, e);
}

static int cancel_pending(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    return to_all(t, q, EV_CANCELLED, TASK_PENDING, e);
}

static int revive(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    return to_all(t, q, EV_REVIVED, TASK_KILLED, e);
}

static int remove_succeeded(struct ask *a, struct turn *t, const struct queue_row *q, struct err *e)
{
    return to_all(t, q, EV_DELETED, TASK_SUCCEEDED, e);
}

const struct step FAULT_STEPS[] = {
    [OPENED] = {"the store is made", ACT_TIDY},
    [MADE] = {"a queue", ACT_ASK, {{WORK_WRITE, make_queue}}},
    [KEYS] = {"tasks with keys", ACT_ASK, {{WORK_WRITE, add_keys}}},
    [LINES] = {"lines of an upload", ACT_ASK, {{WORK_WRITE, first_lines}}},
    [MORE_LINES] = {"more lines, some again", ACT_ASK, {{WORK_WRITE, more_lines}}},
    [BYTES] = {"a payload as bytes", ACT_ASK, {{WORK_WRITE, payload_first}}},
    [MORE_BYTES] = {"the rest of it", ACT_ASK, {{WORK_WRITE, payload_rest}}},
    [TAKEN] = {"a task takes it", ACT_ASK, {{WORK_WRITE, add_payload}}},
    [WAITING] = {"a task that waits", ACT_ASK, {{WORK_WRITE, add_waiting}}},
    [MOVED] = {"the log is moved", ACT_TIDY},
    [CLAIMED] = {"a claim", ACT_ASK, {{WORK_WRITE, claim_three}}},
    [BESIDE] = {"a task, a renewal and a look in one turn", ACT_ASK,
                {{WORK_WRITE, add_beside}, {WORK_RESERVE, renew_first}, {WORK_READ, look_at_queue}}},
    [FINISHED] = {"a result", ACT_ASK, {{WORK_RESERVE, finish_first}}},
    [FAILED] = {"a failure", ACT_ASK, {{WORK_RESERVE, fail_second}}},
    [RAW] = {"a result as bytes", ACT_ASK, {{WORK_RESERVE, raw_result}}},
    [RAW_ENDED] = {"the end of its task", ACT_ASK, {{WORK_RESERVE, finish_third}}},
    [CLAIMED_2] = {"another claim", ACT_ASK, {{WORK_WRITE, claim_five}}},
    [RELEASED] = {"two leases given back", ACT_ASK, {{WORK_RESERVE, release_two}}},
    [CANCELLED] = {"all pending tasks cancelled", ACT_ASK, {{WORK_WRITE, cancel_pending}}},
    [CANCELLED_ALL] = {"in slices", ACT_SETTLE},
    [RESTARTED] = {"a restart", ACT_RESTART},
    [AGAIN] = {"a result again", ACT_ASK, {{WORK_RESERVE, finish_first}}},
    [REVIVED] = {"all cancelled tasks revived", ACT_ASK, {{WORK_WRITE, revive}}},
    [REVIVED_ALL] = {"in slices, too", ACT_SETTLE},
    [CLAIMED_3] = {"a third claim", ACT_ASK, {{WORK_WRITE, claim_three}}},
    [EXPIRED] = {"leases run out", ACT_PASS},
    [LATE] = {"a late result", ACT_ASK, {{WORK_RESERVE, finish_late}}},
    [REMOVED] = {"all succeeded tasks removed", ACT_ASK, {{WORK_WRITE, remove_succeeded}}},
    [SWEPT] = {"with what they printed", ACT_SETTLE},
    [KILLED] = {"a kill", ACT_KILL},
    [CLAIMED_4] = {"a fourth claim", ACT_ASK, {{WORK_WRITE, claim_three}}},
    [ENDED] = {"two results in one turn", ACT_ASK, {{WORK_RESERVE, finish_last}, {WORK_RESERVE, fail_last}}},
    [LAST] = {"tasks with keys, the last", ACT_ASK, {{WORK_WRITE, add_last}}},
};
const int FAULT_STEP_COUNT = STEP_COUNT;
