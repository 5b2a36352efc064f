/* getWork and getDescription: a table with what is to be mapped in it, as runners know it (contract C.5.1, C.5.2). */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "core/dataset_work.h"
#include "web/tables.h"

/* The members of an answer about a target, in the order of their names; NULL stands where `mapped` does. */
static const struct layout {
    const char *name;
    struct member {
        const char *before;
        enum { MAPPED, FIRST, SECOND } what;
    } members[3];
    int count;
} LAYOUTS[TARGET_KINDS] = {
    [TARGET_CEA] = {"cea", {{"{\"col_id\":", SECOND}, {",\"mapped\":", MAPPED}, {",\"row_id\":", FIRST}}, 3},
    [TARGET_CPA] = {"cpa", {{"{\"mapped\":", MAPPED}, {",\"obj_id\":", SECOND}, {",\"sub_id\":", FIRST}}, 3},
    [TARGET_CTA] = {"cta", {{"{\"col_id\":", FIRST}, {",\"mapped\":", MAPPED}}, 2},
};
static const enum target_kind ORDER[] = {TARGET_CEA, TARGET_CPA, TARGET_CTA};

static void put_target(struct buf *out, const struct layout *l, const struct target_row *target)
{
    for (int i = 0; i < l->count; i++) {
        buf_puts(out, l->members[i].before);
        if (l->members[i].what == MAPPED)
            json_put_text(out, target->mapped);
        else
            buf_int(out, l->members[i].what == FIRST ? target->a : target->b);
    }
    buf_putc(out, '}');
}

static void put_targets(struct buf *out, const struct dataset_package *p)
{
    for (size_t k = 0; k < COUNT_OF(ORDER); k++) {
        const struct layout *l = &LAYOUTS[ORDER[k]];
        bool any = false;
        buf_printf(out, "%s\"%s\":[", k ? "," : "", l->name);
        for (int i = 0; i < p->target_count; i++) {
            if (p->targets[i].kind != ORDER[k])
                continue;
            if (any)
                buf_putc(out, ',');
            any = true;
            put_target(out, l, &p->targets[i]);
        }
        buf_putc(out, ']');
    }
}

/* The number in an address, and in an id: Q42 is 42. */
static int64_t number_of(const char *value, size_t n)
{
    size_t digits = n;
    while (digits && value[digits - 1] >= '0' && value[digits - 1] <= '9')
        digits--;
    return digits == n ? INT64_MAX : strtoll(value + digits, NULL, 10);
}

/* Of the addresses in a truth, which blanks separate, the one with the lowest number, as Q… (properties, too). */
static int64_t lowest(const char *value)
{
    int64_t least = INT64_MAX;
    for (size_t n; *value; value += n + strspn(value + n, " ")) {
        n = strcspn(value, " ");
        int64_t number = number_of(value, n);
        least = number < least ? number : least;
    }
    return least;
}

static void put_truth(struct buf *out, const struct truth_row *truth)
{
    static const struct {
        const char *first, *second;
    } NAMES[TARGET_KINDS] = {[TARGET_CEA] = {"row_id", "col_id"}, [TARGET_CTA] = {"col_id", NULL}, [TARGET_CPA] = {"subj_id", "obj_id"}};
    int64_t least = lowest(truth->value);
    buf_puts(out, "{\"mapped\":");
    if (least == INT64_MAX)
        json_put_text(out, truth->value);
    else
        buf_printf(out, "\"Q%lld\"", (long long)least);
    buf_printf(out, ",\"%s\":\"%lld\"", NAMES[truth->kind].first, (long long)truth->a);
    if (NAMES[truth->kind].second)
        buf_printf(out, ",\"%s\":\"%lld\"", NAMES[truth->kind].second, (long long)truth->b);
    buf_putc(out, '}');
}

static void put_truths(struct buf *out, const struct dataset_package *p)
{
    buf_puts(out, "\"gt\":{");
    for (size_t k = 0; k < COUNT_OF(ORDER); k++) {
        bool any = false;
        buf_printf(out, "%s\"%s\":[", k ? "," : "", dataset_kind_word(ORDER[k]));
        for (int i = 0; i < p->truth_count; i++) {
            if (p->truths[i].kind != ORDER[k])
                continue;
            if (any)
                buf_putc(out, ',');
            any = true;
            put_truth(out, &p->truths[i]);
        }
        buf_putc(out, ']');
    }
    buf_puts(out, "},");
}

/* The stored table is an object whose members stand between those that begin with a and with t. */
static int answer(struct request *r, const struct dataset *d, const struct dataset_package *p, bool truths)
{
    struct buf *out = request_answer_text(r, 200);
    buf_printf(out, "{\"analyze\":%s,\"audit\":%s,", d->row.analyze ? "true" : "false", d->row.audit ? "true" : "false");
    if (truths && d->row.gt)
        put_truths(out, p);
    if (p->payload_n > 2) {
        buf_add(out, p->payload + 1, p->payload_n - 2);
        buf_putc(out, ',');
    }
    buf_puts(out, "\"targets\":{");
    put_targets(out, p);
    buf_puts(out, "}}\n");
    return 0;
}

static int park(struct request *r, struct turn *t, const struct dataset *d, const char *client)
{
    int64_t until_us = r->work.parked_until_us ? r->work.parked_until_us : t->now_us + DATASET_WAIT_SECONDS * CLOCK_SECOND;
    r->work.effects.queue = d->queue.id;
    r->work.effects.park_worker = client;
    r->work.effects.park_until_us = until_us;
    return TURN_PARK;
}

static int refuse_nothing_left(const struct dataset *d, bool wait, struct err *e)
{
    if (d->queue.paused && wait)
        return err_refuse(e, ERR_NOTHING_LEFT, "the dataset '%.60s' is paused", d->queue.name);
    return err_refuse(e, ERR_NOTHING_LEFT, wait ? "the tables left of '%.60s' are held by other clients" :
                                                  "no table of '%.60s' is left to be worked on", d->queue.name);
}

int tables_get_work(struct request *r, struct turn *t, struct err *e)
{
    struct dataset_package package;
    struct dataset d;
    const char *client;
    bool wait = false;
    int bad = tables_client(r, true, &client, e);
    if (!bad)
        bad = tables_dataset(r, t, &d, e);
    if (bad)
        return bad;
    bool gone = r->work.parked_until_us && r->work.gone(&r->work);
    bad = gone ? STORE_EMPTY : dataset_take(t, &d, client, t->arena, &package, &wait, e);
    if (bad == 0)
        return answer(r, &d, &package, false);
    if (bad == STORE_EMPTY && wait && !r->work.over && !gone)
        return park(r, t, &d, client);
    return bad == STORE_EMPTY ? refuse_nothing_left(&d, wait, e) : bad;
}

/* year and round were never looked at. */
static const struct request_names DESCRIPTION_QUERY = REQUEST_NAMES("table", "year", "round", "client");

int tables_get_description(struct request *r, struct turn *t, struct err *e)
{
    const char *values[4] = {0};
    struct dataset_package package;
    struct dataset d;
    int bad = request_query(r, &DESCRIPTION_QUERY, values, e);
    if (!bad && !values[0])
        bad = err_refuse(e, ERR_BAD_FIELD, "table must be named");
    if (!bad)
        bad = tables_dataset(r, t, &d, e);
    if (!bad)
        bad = dataset_describe(t, &d, values[0], t->arena, &package, e);
    return bad ? bad : answer(r, &d, &package, true);
}
