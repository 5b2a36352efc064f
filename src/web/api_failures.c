/* Why tasks of a queue failed, summed up over slices: a million failures neither stop the loop nor travel. */
#include "core/causes.h"

#include "core/look.h"
#include "core/task.h"
#include "web/render.h"
#include "web/request.h"

static int render_group(struct request *r, struct turn *t, const struct cause *f, json_t *array, struct err *e)
{
    struct look_task first;
    int bad = look_task(t, &r->who, f->first, false, &r->arena, &first, e);
    if (bad < 0)
        return bad;
    json_t *group = json_pack("{s:I, s:s, s:o, s:o, s:I}", "count", (json_int_t)f->count, "state",
                              task_state_word(f->state), "exitcode", render_number(f->exitcode), "text",
                              render_text(f->text), "first", (json_int_t)f->first);
    if (bad == 0)
        render_work(group, &first.full.spec);
    json_array_append_new(array, group);
    return 0;
}

static int answer(struct request *r, struct turn *t, const struct queue_row *q, struct causes *f, struct err *e)
{
    int64_t counts[TASK_STATES];
    json_t *array = json_array();
    int bad = store_counts(t->store, q->id, counts, e);
    causes_close(f);
    for (int i = 0; !bad && i < f->count; i++)
        bad = render_group(r, t, &f->groups[i], array, e);
    json_t *body = json_pack("{s:o, s:I, s:I, s:I, s:I, s:b}", "groups", array, "others", (json_int_t)f->others,
                             "failed", (json_int_t)counts[TASK_FAILED], "killed", (json_int_t)counts[TASK_KILLED],
                             "looked_at", (json_int_t)f->looked_at, "complete", !f->partial);
    if (!bad)
        return request_answer(r, 200, body);
    json_decref(body);
    return bad;
}

int api_failures(struct request *r, struct turn *t, struct err *e)
{
    static const struct request_names NO_PARAMETERS;
    struct queue_ref ref = request_queue(r);
    struct queue_row queue;
    int bad = request_query(r, &NO_PARAMETERS, NULL, e);
    if (!bad)
        bad = queue_find(t, &r->who, &ref, &r->arena, &queue, e);
    if (bad)
        return bad;
    struct causes *sum = request_slice(r, sizeof *sum);
    bad = causes_slice(t, &queue, &r->arena, sum, e);
    if (bad)
        return bad;
    return sum->done ? answer(r, t, &queue, sum, e) : TURN_AGAIN;
}
