/* Readers of changes: the feed, named consumers; and the journal. */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "core/consumer.h"
#include "core/feed.h"
#include "core/journal.h"
#include "web/render.h"
#include "web/render_job.h"
#include "web/request.h"

enum { Q_SINCE, Q_BEGAN, Q_CONSUMER, Q_QUEUE, Q_KIND, Q_LIMIT, Q_WAIT, Q_COUNT };
const struct request_names api_changes_query = REQUEST_NAMES("since", "began", "consumer", "queue", "kind", "limit", "wait");

struct reader {
    struct feed_ask ask;
    struct queue_row queue;
    const char *consumer; /* NULL: without a name */
    int64_t wait_s;
};

/* A consumer reads on from where it is; anyone else says from where. */
static int read_start(struct request *r, struct turn *t, const char *const *values, struct reader *reader, struct err *e)
{
    struct feed_ask *ask = &reader->ask;
    struct consumer_row row;
    int bad = request_number("since", values[Q_SINCE] ? values[Q_SINCE] : "0", 0, INT64_MAX, &ask->since, e);
    if (!bad)
        bad = request_number("began", values[Q_BEGAN], 0, INT64_MAX, &ask->began, e);
    if (bad || !values[Q_CONSUMER])
        return bad;
    if (values[Q_SINCE] || values[Q_BEGAN])
        return err_refuse(e, ERR_BAD_FIELD, "consumer goes without since and began: it reads on from what it has acknowledged");
    bad = consumer_find(t, &r->who, values[Q_CONSUMER], t->arena, &row, e);
    if (bad)
        return bad;
    reader->consumer = row.name;
    ask->since = row.rev;
    ask->began = row.began;
    return 0;
}

/* "NAME", or "OWNER/NAME" of somebody else's. */
static struct queue_ref read_ref(struct turn *t, const char *text)
{
    const char *slash = strchr(text, '/');
    if (!slash)
        return (struct queue_ref){.name = text};
    return (struct queue_ref){.owner = arena_copy(t->arena, text, (size_t)(slash - text)), .name = slash + 1};
}

static int read_kind(const char *text, bool *out_jobs_only, struct err *e)
{
    *out_jobs_only = text != NULL;
    if (text && strcmp(text, "job") != 0)
        return err_refuse(e, ERR_BAD_FIELD, "kind may be job; without it everything is told");
    return 0;
}

static int read_reader(struct request *r, struct turn *t, struct reader *reader, struct err *e)
{
    const char *values[Q_COUNT] = {0};
    int64_t limit;
    int bad = request_query(r, &api_changes_query, values, e);
    if (!bad)
        bad = read_start(r, t, values, reader, e);
    if (!bad)
        bad = request_number("limit", values[Q_LIMIT] ? values[Q_LIMIT] : "1000", 1, LIMIT_PAGE, &limit, e);
    if (!bad)
        bad = request_number("wait", values[Q_WAIT] ? values[Q_WAIT] : "0", 0, LIMIT_WAIT_SECONDS, &reader->wait_s, e);
    if (!bad)
        bad = read_kind(values[Q_KIND], &reader->ask.jobs_only, e);
    if (!bad && values[Q_QUEUE]) {
        struct queue_ref ref = read_ref(t, values[Q_QUEUE]);
        bad = queue_find(t, &r->who, &ref, t->arena, &reader->queue, e);
        reader->ask.queue = &reader->queue;
    }
    if (!bad)
        reader->ask.max = (int)limit;
    return bad;
}

static json_t *render_change(const struct feed_change *c)
{
    json_int_t rev = (json_int_t)c->rev;
    if (c->task)
        return json_pack("{s:I, s:s, s:o}", "rev", rev, "kind", "task", "task", render_task(c->task, c->queue));
    if (c->queue)
        return json_pack("{s:I, s:s, s:o}", "rev", rev, "kind", "queue", "queue", render_policy(c->queue));
    if (c->job)
        return json_pack("{s:I, s:s, s:o}", "rev", rev, "kind", "job", "job", render_job(c->job));
    if (c->gone->queue == 0)
        return json_pack("{s:I, s:s, s:I, s:s}", "rev", rev, "kind", "job_deleted", "id", (json_int_t)c->gone->task, "job", c->gone->name);
    if (c->gone->task == NONE)
        return json_pack("{s:I, s:s, s:s}", "rev", rev, "kind", "queue_deleted", "queue", c->gone->name);
    return json_pack("{s:I, s:s, s:I, s:s}", "rev", rev, "kind", "task_deleted", "id", (json_int_t)c->gone->task, "queue",
                     c->gone->name);
}

static int answer(struct request *r, const struct feed_page *page)
{
    json_t *array = json_array();
    for (int i = 0; i < page->count; i++)
        json_array_append_new(array, render_change(&page->changes[i]));
    return request_answer(r, 200, json_pack("{s:o, s:I, s:o, s:b}", "changes", array, "since", (json_int_t)page->since,
                                            "began", render_number(page->began), "more", page->more));
}

static int park(struct request *r, struct turn *t, const struct reader *reader)
{
    struct effects *f = &r->work.effects;
    f->queue = FEED_LANE;
    f->park_worker = reader->consumer ? arena_printf(&r->arena, "%s/%s", r->who.user, reader->consumer)
                                      : arena_printf(&r->arena, "/%p", (void *)r);
    f->park_until_us = r->work.parked_until_us ? r->work.parked_until_us : t->now_us + reader->wait_s * CLOCK_SECOND;
    return TURN_PARK;
}

/* One that waits is run again and again: what it reads lives in the turn's arena. */
int api_changes(struct request *r, struct turn *t, struct err *e)
{
    struct reader reader = {0};
    struct feed_page page;
    int bad = read_reader(r, t, &reader, e);
    if (!bad)
        bad = feed_read(t, &r->who, &reader.ask, t->arena, &page, e);
    if (bad)
        return bad;
    bool nothing = !page.count && !page.more;
    return nothing && reader.wait_s && !r->work.over ? park(r, t, &reader) : answer(r, &page);
}

static json_t *render_consumer(const struct consumer_row *c)
{
    return json_pack("{s:s, s:I, s:o}", "consumer", c->name, "rev", (json_int_t)c->rev, "seen", render_time(c->seen));
}

static const struct json_field CONSUMER_FIELDS[] = {{"rev", JSON_KIND_INT, 0, 0, INT64_MAX, 0}};
const struct json_shape api_consumer_put_body = JSON_SHAPE("Read", CONSUMER_FIELDS);

int api_consumer_put(struct request *r, struct turn *t, struct err *e)
{
    struct consumer_row row;
    const json_t *body;
    int64_t rev = 0;
    bool made;
    int bad = request_json(r, &body, e);
    if (!bad)
        bad = json_read(body, CONSUMER_FIELDS, COUNT_OF(CONSUMER_FIELDS), (struct json_place){0}, &rev, e);
    if (!bad)
        bad = consumer_put(t, &r->who, r->values.consumer, rev, &r->arena, &row, &made, e);
    return bad ? bad : request_answer(r, made ? 201 : 200, render_consumer(&row));
}

int api_consumer_get(struct request *r, struct turn *t, struct err *e)
{
    struct consumer_row row;
    int bad = consumer_find(t, &r->who, r->values.consumer, &r->arena, &row, e);
    return bad ? bad : request_answer(r, 200, render_consumer(&row));
}

int api_consumer_delete(struct request *r, struct turn *t, struct err *e)
{
    int bad = consumer_remove(t, &r->who, r->values.consumer, e);
    return bad ? bad : request_answer(r, 200, json_object());
}

const struct request_names api_consumer_list_query = REQUEST_NAMES("after");

int api_consumer_list(struct request *r, struct turn *t, struct err *e)
{
    struct consumer_row *rows;
    int count;
    const char *after = NULL;
    int bad = request_query(r, &api_consumer_list_query, &after, e);
    if (!bad)
        bad = consumer_list(t, &r->who, after ? after : "", LIMIT_PAGE, &r->arena, &rows, &count, e);
    if (bad)
        return bad;
    json_t *array = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(array, render_consumer(&rows[i]));
    return request_answer(r, 200, json_pack("{s:o, s:o}", "consumers", array, "next",
                                            count == LIMIT_PAGE ? json_string(rows[count - 1].name) : json_null()));
}

static json_t *render_entry(const struct journal_row *j)
{
    return json_pack("{s:I, s:o, s:s, s:o, s:s, s:o, s:o, s:o}", "id", (json_int_t)j->id, "at", render_time(j->at),
                     "actor", j->actor, "from", render_text(j->origin), "action", j->action, "queue",
                     render_text(j->queue), "task", render_number(j->task), "detail", render_text(j->detail));
}

const struct request_names api_journal_query = REQUEST_NAMES("queue", "before", "limit");

int api_journal(struct request *r, struct turn *t, struct err *e)
{
    const char *values[3] = {0};
    struct journal_row *rows;
    int64_t before, limit;
    int count;
    int bad = request_query(r, &api_journal_query, values, e);
    if (!bad)
        bad = request_number("before", values[1], 1, INT64_MAX, &before, e);
    if (!bad)
        bad = request_number("limit", values[2] ? values[2] : "100", 1, LIMIT_PAGE, &limit, e);
    if (!bad)
        bad = journal_list(t, &r->who, values[0], before == NONE ? INT64_MAX : before, (int)limit, &r->arena, &rows,
                           &count, e);
    if (bad)
        return bad;
    json_t *array = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(array, render_entry(&rows[i]));
    return request_answer(r, 200, json_pack("{s:o, s:o}", "entries", array, "next",
                                            count == limit ? json_integer(rows[count - 1].id) : json_null()));
}
