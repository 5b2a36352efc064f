/* See render.h. */
#include "web/render.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "core/lease.h"
#include "core/task.h"

json_t *render_time(int64_t us)
{
    char text[CLOCK_TEXT_BYTES];
    return us == NONE ? json_null() : json_string(clock_format(us, text));
}

json_t *render_number(int64_t n) { return n == NONE ? json_null() : json_integer(n); }

json_t *render_seconds(int64_t us)
{
    if (us == NONE)
        return json_null();
    return us % CLOCK_SECOND ? json_real((double)us / CLOCK_SECOND) : json_integer(us / CLOCK_SECOND);
}

json_t *render_text(const char *text) { return text ? json_bytes(text, strlen(text)) : json_null(); }

json_t *render_parsed(const char *json, size_t n)
{
    json_t *value = json ? json_loadb(json, n, JSON_DECODE_ANY, NULL) : NULL;
    return value ? value : json_null();
}

static json_t *render_counts(const int64_t counts[TASK_STATES])
{
    json_t *object = json_object();
    for (int state = 0; state < TASK_STATES; state++)
        json_object_set_new(object, task_state_word((enum task_state)state), json_integer(counts[state]));
    return object;
}

static json_t *render_operations(const struct queue_view *v)
{
    json_t *array = json_array();
    for (int i = 0; i < v->operation_count; i++) {
        const struct operation_row *o = &v->operations[i];
        json_t *object = json_pack("{s:I, s:s, s:I}", "id", (json_int_t)o->id, "kind",
                                   operation_word((enum task_event)o->event, o->flags), "done", (json_int_t)o->done);
        if (o->event == EV_RECOVERED)
            json_object_set_new(object, "live", json_integer(o->live));
        json_array_append_new(array, object);
    }
    return array;
}

json_t *render_sum(enum task_event event, const struct operation_sum *sum)
{
    json_t *object = json_pack("{s:I}", "changed", (json_int_t)sum->changed);
    if (event == EV_RECOVERED)
        json_object_set_new(object, "live", json_integer(sum->live));
    return object;
}

json_t *render_eta(const struct queue_view *v)
{
    if (v->eta_us == NONE)
        return json_null();
    return json_pack("{s:f, s:f, s:f}", "seconds", (double)v->eta_us / CLOCK_SECOND, "low",
                     (double)v->eta_low_us / CLOCK_SECOND, "high", (double)v->eta_high_us / CLOCK_SECOND);
}

json_t *render_policy(const struct queue_row *q)
{
    json_t *object = json_pack("{s:s, s:s, s:s}", "queue", q->name, "owner", q->owner, "state",
                               q->paused ? "paused" : "active");
    json_object_set_new(object, "lease_seconds", render_seconds(q->lease_us));
    json_object_set_new(object, "max_attempts", json_integer(q->max_attempts));
    json_object_set_new(object, "max_crashes", json_integer(q->max_crashes));
    json_object_set_new(object, "backoff_seconds", render_seconds(q->backoff_us));
    json_object_set_new(object, "speculate", json_boolean(q->speculate));
    json_object_set_new(object, "on_dependency_failure", json_string(q->cascade ? "cancel" : "wait"));
    json_object_set_new(object, "retention_seconds", render_seconds(q->retention_us));
    json_object_set_new(object, "face_lease_seconds", render_seconds(q->face_lease_us));
    json_object_set_new(object, "created", render_time(q->created));
    json_object_set_new(object, "rev", json_integer(q->rev));
    return object;
}

json_t *render_queue(const struct queue_view *v)
{
    json_t *object = render_policy(&v->row);
    json_object_set_new(object, "kind", json_string(v->tables ? "tables" : "tasks"));
    json_object_set_new(object, "counts", render_counts(v->counts));
    json_object_set_new(object, "drained", json_boolean(v->drained));
    json_object_set_new(object, "workers", json_integer(v->workers));
    json_object_set_new(object, "rate", json_real(v->rate));
    json_object_set_new(object, "eta", render_eta(v));
    json_object_set_new(object, "operations", render_operations(v));
    return object;
}

/* What the task is to run: one of them. */
void render_work(json_t *object, const struct spec_row *s)
{
    if (s->command)
        json_object_set_new(object, "command", json_string(s->command));
    else if (!s->payload && s->payload_size != NONE)
        json_object_set_new(object, "payload_size", json_integer(s->payload_size));
    else
        json_object_set_new(object, "payload", render_parsed(s->payload, s->payload ? strlen(s->payload) : 0));
}

static void set_place(json_t *object, const struct spec_row *s)
{
    json_object_set_new(object, "cwd", render_text(s->cwd));
    json_object_set_new(object, "env", render_parsed(s->env, s->env ? strlen(s->env) : 0));
    json_object_set_new(object, "time_limit", render_seconds(s->time_limit_us));
}

json_t *render_task(const struct task_full *t, const struct queue_row *q)
{
    const struct task_row *row = &t->task;
    json_t *object = json_pack("{s:I, s:s, s:s, s:s, s:s}", "id", (json_int_t)row->id, "queue", q->name, "owner",
                               q->owner, "state", task_state_word(row->state), "reason", task_reason(row));
    render_work(object, &t->spec);
    json_object_set_new(object, "key", render_text(t->spec.key));
    json_object_set_new(object, "priority", json_integer(row->priority));
    set_place(object, &t->spec);
    json_object_set_new(object, "attempt_count", json_integer(row->leases));
    json_object_set_new(object, "failures", json_integer(row->failures));
    json_object_set_new(object, "crashes", json_integer(row->crashes));
    json_object_set_new(object, "worker", render_text(t->worker));
    json_object_set_new(object, "exitcode", render_number(row->exitcode));
    json_object_set_new(object, "message", render_text(t->message));
    json_object_set_new(object, "created", render_time(row->created));
    json_object_set_new(object, "not_before", render_time(row->not_before));
    json_object_set_new(object, "started", render_time(row->started));
    json_object_set_new(object, "finished", render_time(row->finished));
    json_object_set_new(object, "rev", json_integer(row->rev));
    return object;
}

static json_t *render_late(const struct attempt_row *t)
{
    if (t->late_at == NONE)
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "received", render_time(t->late_at), "exitcode",
                     render_number(t->late_exitcode), "message", render_text(t->late_message));
}

json_t *render_attempts(const struct attempt_row *attempts, int count)
{
    json_t *array = json_array();
    for (int i = 0; i < count; i++) {
        const struct attempt_row *t = &attempts[i];
        json_array_append_new(
            array, json_pack("{s:I, s:I, s:o, s:o, s:o, s:s, s:o, s:o, s:o}", "attempt", (json_int_t)t->n, "lease",
                             (json_int_t)t->lease, "worker", render_text(t->worker), "started",
                             render_time(t->started), "finished", render_time(t->finished), "outcome",
                             lease_outcome_word(t->outcome), "exitcode", render_number(t->exitcode), "message",
                             render_text(t->message), "late", render_late(t)));
    }
    return array;
}

void render_output(json_t *object, const struct look_output *o)
{
    json_object_set_new(object, "stdout", json_bytes(o->out, o->out_n));
    json_object_set_new(object, "stderr", json_bytes(o->err, o->err_n));
    json_object_set_new(object, "stdout_size", render_number(o->attempt.stdout_size));
    json_object_set_new(object, "stderr_size", render_number(o->attempt.stderr_size));
}

json_t *render_needs(const struct dependency_row *needs, int count)
{
    json_t *array = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(
            array, json_pack("{s:I, s:b, s:s}", "id", (json_int_t)needs[i].needs, "met", needs[i].met, "state",
                             needs[i].state == NONE ? "deleted" : task_state_word((enum task_state)needs[i].state)));
    return array;
}
