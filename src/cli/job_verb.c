/* See job_verb.h. */
#include "cli/job_verb.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

/* A site is given 30 s to answer the server. */
#define PATIENCE_US (60 * CLOCK_SECOND)

int job_verb_check_ids(const struct verb_call *call, struct err *e)
{
    for (int i = 0; i < call->arg_count; i++) {
        const char *id = call->args[i];
        if (!*id || strlen(id) > 18 || id[strspn(id, "0123456789")] || strtoll(id, NULL, 10) == 0) {
            int r = err_refuse(e, ERR_USAGE, "'%.60s' is not the id of a job", id);
            err_hint(e, "docket job list tells them");
            return r;
        }
    }
    return 0;
}

char *job_verb_path(struct arena *a, const char *id, const char *tail) { return arena_printf(a, "/api/v1/jobs/%s%s", id, tail); }

int64_t job_verb_age_us(const json_t *time)
{
    struct clock clock;
    int64_t at;
    if (!json_is_string(time) || clock_parse(json_string_value(time), &at))
        return -1;
    clock_init(&clock, 0);
    int64_t age = clock_now_us(&clock) - at;
    return age > 0 ? age : 0;
}

static bool has_ended(const char *state) { return !strstr("submitted pending running", state); }

static void put_age(struct buf *b, const json_t *job)
{
    enum { FRESH_SECONDS = 120 };
    int64_t age = job_verb_age_us(json_object_get(job, "seen"));
    if (age < FRESH_SECONDS * CLOCK_SECOND)
        return;
    buf_puts(b, ", ");
    text_span(b, age);
    buf_puts(b, " ago");
}

const char *job_verb_state(struct arena *a, const json_t *job)
{
    CLEANUP(buf_done) struct buf b = {0};
    const char *state = json_string_value(json_object_get(job, "state"));
    if (!state)
        return "-";
    buf_puts(&b, json_is_true(json_object_get(job, "cancelling")) ? "cancelling" : state);
    if (!has_ended(state))
        put_age(&b, job);
    return arena_strdup(a, buf_text(&b));
}

void job_verb_say(struct arena *a, const json_t *job)
{
    const char *reason = json_string_value(json_object_get(job, "reason"));
    printf("job %s at ", out_field(a, job, "id"));
    out_safe(stdout, json_string_value(json_object_get(job, "site")));
    printf(": ");
    out_safe(stdout, job_verb_state(a, job));
    if (reason) {
        printf(", ");
        out_safe(stdout, reason);
    }
    putchar('\n');
}

int job_verb_each(struct verb_call *call, const struct job_options *o, const char *method, const char *tail, struct err *e)
{
    CLEANUP(connect_close) struct connection c = {0};
    int r = job_verb_check_ids(call, e), first = 0;
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    for (int i = 0; !r && i < call->arg_count; i++) {
        CLEANUP(json_drop) json_t *job = NULL;
        struct err told = {0};
        const char *path = job_verb_path(&c.arena, call->args[i], tail);
        int bad = strcmp(method, "POST") == 0 ? ask_patiently(c.loop, c.client, path, NULL, PATIENCE_US, &job, &told)
                                              : client_call(c.client, method, path, NULL, &job, &told);
        if (!bad && o->json)
            out_json(job);
        else if (!bad)
            job_verb_say(&c.arena, job);
        if (bad && !first) {
            first = bad;
            *e = told;
        }
        if (bad < 0)
            return bad;
    }
    return r ? r : first;
}
