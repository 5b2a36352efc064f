/* See site_verb.h. */
#include "cli/site_verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/job_verb.h"

#define PATIENCE_US (150 * CLOCK_SECOND)

int site_verb_check(const char *site, struct err *e)
{
    const char *slash = strchr(site, '/');
    const char *name = slash ? slash + 1 : site;
    bool good = *name && !strchr(name, '/') && strlen(name) <= LIMIT_USER && slash != site && !text_has_control(site);
    return good ? 0 : err_refuse(e, ERR_USAGE, "'%.60s' is no name of a site", site);
}

const char *site_verb_ref(struct arena *a, const json_t *site)
{
    return arena_printf(a, "%s/%s", out_field(a, site, "owner"), out_field(a, site, "site"));
}

const char *site_verb_state(struct arena *a, const json_t *site)
{
    CLEANUP(buf_done) struct buf b = {0};
    const char *state = json_string_value(json_object_get(site, "state"));
    int64_t age = job_verb_age_us(json_object_get(site, "seen"));
    bool asks = state && strcmp(state, "needs_login") == 0;
    buf_puts(&b, asks ? "needs login" : state ? state : "-");
    if (age >= 0 && (asks || (state && strcmp(state, "away") == 0))) {
        buf_puts(&b, ", seen ");
        text_span(&b, age);
        buf_puts(&b, " ago");
    }
    return arena_strdup(a, buf_text(&b));
}

int site_verb_call(struct verb_call *call, struct connection *c, const char *method, const char *tail, const json_t *body, json_t **out,
                   struct err *e)
{
    const struct site_options *o = call->options;
    int r = site_verb_check(call->args[0], e);
    if (!r)
        r = connect_open(c, call, &o->connect, e);
    return r ? r : client_call(c->client, method, client_site_path(&c->arena, call->args[0], tail), body, out, e);
}

int site_verb_sync(struct connection *c, const char *site, bool json, struct err *e)
{
    CLEANUP(json_drop) json_t *answer = NULL;
    CLEANUP(buf_done) struct buf b = {0};
    const char *state;
    json_t *count;
    int64_t jobs = 0;
    int r = ask_patiently(c->loop, c->client, client_site_path(&c->arena, site, "/sync"), NULL, PATIENCE_US, &answer, e);
    if (r || json) {
        if (!r)
            out_json(answer);
        return r;
    }
    json_object_foreach (json_object_get(answer, "jobs"), state, count)
        jobs += json_integer_value(count);
    out_count(&b, jobs, "job", "jobs");
    out_safe(stdout, site);
    printf(": %s, ", site_verb_state(&c->arena, answer));
    printf("%s\n", buf_text(&b));
    return 0;
}

static void print_checks(const json_t *report)
{
    size_t i;
    json_t *check;
    json_array_foreach (json_object_get(report, "checks"), i, check) {
        const json_t *ok = json_object_get(check, "ok");
        const char *hint = json_string_value(json_object_get(check, "hint"));
        printf("%-4s ", json_is_true(ok) ? "ok" : json_is_false(ok) ? "NOT" : "-");
        out_cell(stdout, json_string_value(json_object_get(check, "what")), 16);
        putchar(' ');
        out_safe(stdout, json_string_value(json_object_get(check, "detail")));
        putchar('\n');
        if (!hint)
            continue;
        fputs("     ", stdout);
        out_safe(stdout, hint);
        putchar('\n');
    }
}

int site_verb_examine(struct connection *c, const char *site, bool json, bool *out_ok, struct err *e)
{
    CLEANUP(json_drop) json_t *body = json_object(), *report = NULL;
    int r = ask_patiently(c->loop, c->client, client_site_path(&c->arena, site, "/check"), body, PATIENCE_US, &report, e);
    if (r)
        return r;
    *out_ok = json_is_true(json_object_get(report, "ok"));
    if (json)
        out_json(report);
    else
        print_checks(report);
    return 0;
}
