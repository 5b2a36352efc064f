/* Datasets as a whole: lists, figures, settings. */
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"
#include "core/dataset.h"
#include "web/render.h"
#include "web/request.h"

static json_t *render_mappings(const struct dataset_row *row)
{
    json_t *object = json_object();
    for (int kind = 1; kind < TARGET_KINDS; kind++)
        json_object_set_new(object, dataset_kind_word((enum target_kind)kind),
                            json_pack("{s:I, s:I}", "mapped", (json_int_t)row->sums.mapped[kind], "total",
                                      (json_int_t)row->sums.total[kind]));
    return object;
}

static json_t *render_settings(const struct dataset *d)
{
    const struct dataset_row *row = &d->row;
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:b, s:b}", "queue", d->queue.name, "owner",
                     d->queue.owner, "state", d->queue.paused ? "paused" : "active", "order", row->col_row ? "col-row" : "row-col",
                     "prefix", row->prefix, "add_prefix", row->add_prefix, "open", row->open, "audit", row->audit, "analyze",
                     row->analyze, "default", row->preferred, "gt", row->gt, "solution", row->solution);
}

static json_t *render_dataset(const struct dataset *d, const struct dataset_figures *f, const struct queue_view *v)
{
    json_t *object = render_settings(d);
    json_object_set_new(object, "tables",
                        json_pack("{s:I, s:I, s:I, s:I}", "total", (json_int_t)f->total, "unfinished", (json_int_t)f->unfinished,
                                  "result", (json_int_t)f->result, "error", (json_int_t)f->error));
    json_object_set_new(object, "seconds", json_pack("{s:o, s:o}", "result", render_seconds(f->result_us), "error",
                                                     render_seconds(f->error_us)));
    json_object_set_new(object, "rate", json_real(v->rate));
    json_object_set_new(object, "eta", render_eta(v));
    json_object_set_new(object, "clients",
                        json_pack("{s:I, s:I, s:I, s:I}", "minute", (json_int_t)f->clients[0], "quarter",
                                  (json_int_t)f->clients[1], "hour", (json_int_t)f->clients[2], "day", (json_int_t)f->clients[3]));
    json_object_set_new(object, "mappings", render_mappings(&d->row));
    return object;
}

static int look(struct request *r, struct turn *t, const struct dataset *d, json_t **out, struct err *e)
{
    struct queue_view view = {.row = d->queue};
    struct dataset_figures figures;
    int bad = dataset_look(t, d, &figures, e);
    if (!bad)
        bad = queue_look(t, &r->arena, &view, e);
    if (!bad)
        *out = render_dataset(d, &figures, &view);
    return bad;
}

static int answer(struct request *r, struct turn *t, const struct dataset *d, struct err *e)
{
    json_t *object;
    int bad = look(r, t, d, &object, e);
    return bad ? bad : request_answer(r, 200, object);
}

enum { Q_AFTER, Q_LIMIT, Q_COUNT };
const struct request_names api_dataset_list_query = REQUEST_NAMES("after", "limit");

static int look_all(struct request *r, struct turn *t, const struct dataset *all, int count, json_t *array, struct err *e)
{
    int bad = 0;
    for (int i = 0; !bad && i < count; i++) {
        json_t *object = NULL;
        bad = look(r, t, &all[i], &object, e);
        if (!bad)
            json_array_append_new(array, object);
    }
    return bad;
}

int api_dataset_list(struct request *r, struct turn *t, struct err *e)
{
    const char *values[Q_COUNT] = {0};
    struct dataset *all;
    int64_t after, limit, next;
    int count = 0;
    int bad = request_query(r, &api_dataset_list_query, values, e);
    if (!bad)
        bad = request_number("after", values[Q_AFTER] ? values[Q_AFTER] : "0", 0, INT64_MAX, &after, e);
    if (!bad)
        bad = request_number("limit", values[Q_LIMIT] ? values[Q_LIMIT] : "100", 1, LIMIT_PAGE, &limit, e);
    if (!bad)
        bad = dataset_list(t, &r->who, after, (int)limit, t->arena, &all, &count, &next, e);
    if (bad)
        return bad;
    json_t *array = json_array(), *page = json_pack("{s:o, s:o}", "datasets", array, "next", render_number(next));
    bad = look_all(r, t, all, count, array, e);
    if (!bad)
        return request_answer(r, 200, page);
    json_decref(page);
    return bad;
}

int api_dataset_get(struct request *r, struct turn *t, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct dataset d;
    int bad = dataset_find(t, &r->who, &ref, t->arena, &d, e);
    return bad ? bad : answer(r, t, &d, e);
}

struct sent_settings {
    const char *order, *prefix;
    int64_t add_prefix, open, audit, analyze, preferred;
};

static const struct json_field SETTINGS[] = {
    JSON_FIELD(struct sent_settings, order, JSON_KIND_TEXT, 1, 10, 0),
    JSON_FIELD(struct sent_settings, prefix, JSON_KIND_TEXT, 0, LIMIT_MAPPED, 0),
    JSON_FIELD(struct sent_settings, add_prefix, JSON_KIND_SWITCH, 0, 0, 0),
    JSON_FIELD(struct sent_settings, open, JSON_KIND_SWITCH, 0, 0, 0),
    JSON_FIELD(struct sent_settings, audit, JSON_KIND_SWITCH, 0, 0, 0),
    JSON_FIELD(struct sent_settings, analyze, JSON_KIND_SWITCH, 0, 0, 0),
    {"default", JSON_KIND_SWITCH, offsetof(struct sent_settings, preferred), 0, 0, 0, NULL},
};
const struct json_shape api_dataset_settings = JSON_SHAPE("DatasetSettings", SETTINGS);

static int check(const struct sent_settings *s, struct err *e)
{
    if (s->order && strcmp(s->order, "col-row") != 0 && strcmp(s->order, "row-col") != 0)
        return err_refuse(e, ERR_BAD_FIELD, "order must be col-row or row-col");
    if (s->prefix && text_has_control(s->prefix))
        return err_refuse(e, ERR_BAD_FIELD, "prefix holds control characters");
    if (s->preferred != 0)
        return 0;
    int bad = err_refuse(e, ERR_BAD_FIELD, "default must be true");
    err_hint(e, "it ends when another dataset is made the default");
    return bad;
}

static int read_change(struct request *r, struct dataset_change *out, struct err *e)
{
    struct sent_settings s = {.add_prefix = NONE, .open = NONE, .audit = NONE, .analyze = NONE, .preferred = NONE};
    const json_t *body;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = json_read(body, SETTINGS, COUNT_OF(SETTINGS), (struct json_place){0}, &s, e);
    if (!bad)
        bad = check(&s, e);
    *out = (struct dataset_change){.col_row = s.order ? s.order[0] == 'c' : NONE, .prefix = s.prefix, .add_prefix = s.add_prefix,
                                   .open = s.open, .audit = s.audit, .analyze = s.analyze, .prefer = s.preferred == 1};
    return bad;
}

int api_dataset_patch(struct request *r, struct turn *t, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct dataset_change change;
    struct dataset d;
    int bad = read_change(r, &change, e);
    if (!bad)
        bad = dataset_find(t, &r->who, &ref, t->arena, &d, e);
    if (!bad)
        bad = dataset_set(t, &r->who, &d, &change, e);
    return bad ? bad : answer(r, t, &d, e);
}
