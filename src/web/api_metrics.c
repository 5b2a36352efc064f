/* /metrics, in Prometheus' text format 0.0.4. A family must stand together while queues are read a slice a turn, so each
 * slice leaves a piece of text for each family of queues; the pieces are strung together at the end, between the families
 * that tell of the server as a whole. Counters of a queue appear with the first thing counted. */
#include <inttypes.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/process.h"
#include "core/crew.h"
#include "core/feed.h"
#include "core/parking.h"
#include "core/stats.h"
#include "core/task.h"
#include "core/warning.h"
#include "web/http_inner.h"
#include "web/request.h"

enum metric {
#define X(name, family, type, per, help) name,
#include "web/metrics.def"
#undef X
    METRIC_COUNT
};

enum per { ALONE, QUEUE };

static const struct {
    const char *family, *type;
    enum per per;
    const char *help;
} METRICS[METRIC_COUNT] = {
#define X(name, family, type, per, help) {family, type, per, help},
#include "web/metrics.def"
#undef X
};

/* What one slice adds to each family. */
struct piece {
    const struct piece *before;
    const char *text[METRIC_COUNT]; /* NULL: nothing */
    size_t n[METRIC_COUNT];
};

/* How far the answer is. */
struct telling {
    const struct piece *last;
    int64_t after, told; /* the queue told last; how many were */
};

/* The value of a label: backslash, quote and newline escaped. */
static void put_value(struct buf *b, const char *s)
{
    buf_putc(b, '"');
    for (; *s; s++)
        if (*s == '\\' || *s == '"')
            buf_printf(b, "\\%c", *s);
        else if (*s == '\n')
            buf_puts(b, "\\n");
        else
            buf_putc(b, *s);
    buf_putc(b, '"');
}

static void put_int(struct buf *b, enum metric m, const char *labels, uint64_t n)
{
    buf_printf(b, *labels ? "%s{%s} %" PRIu64 "\n" : "%s%s %" PRIu64 "\n", METRICS[m].family, labels, n);
}

static void put_seconds(struct buf *b, enum metric m, int64_t us)
{
    buf_printf(b, "%s %.6f\n", METRICS[m].family, (double)us / CLOCK_SECOND);
}

static void put_counters(struct buf texts[METRIC_COUNT], const char *labels, const struct stats_queue *q)
{
    static const enum task_state ENDS[] = {TASK_SUCCEEDED, TASK_FAILED, TASK_KILLED};
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++)
        buf_printf(&texts[METRIC_ENDED], "%s{%s,outcome=\"%s\"} %" PRIu64 "\n", METRICS[METRIC_ENDED].family, labels,
                   task_state_word(ENDS[i]), q->ended[ENDS[i]]);
    put_int(&texts[METRIC_CLAIMS], METRIC_CLAIMS, labels, q->leased);
    put_int(&texts[METRIC_ATTEMPTS_FAILED], METRIC_ATTEMPTS_FAILED, labels, q->attempts[ATTEMPT_FAILED]);
    put_int(&texts[METRIC_CRASHES], METRIC_CRASHES, labels, q->attempts[ATTEMPT_CRASHED]);
    put_int(&texts[METRIC_LATE], METRIC_LATE, labels, q->late);
}

static int put_queue(struct turn *t, const struct queue_row *q, struct buf texts[METRIC_COUNT], struct err *e)
{
    CLEANUP(buf_done) struct buf labels = {0};
    int64_t counts[TASK_STATES];
    int bad = store_counts(t->store, q->id, counts, e);
    if (bad)
        return bad;
    buf_puts(&labels, "owner=");
    put_value(&labels, q->owner);
    buf_puts(&labels, ",queue=");
    put_value(&labels, q->name);
    for (int state = 0; state < TASK_STATES; state++)
        buf_printf(&texts[METRIC_TASKS], "%s{%s,state=\"%s\"} %" PRId64 "\n", METRICS[METRIC_TASKS].family,
                   buf_text(&labels), task_state_word((enum task_state)state), counts[state]);
    put_int(&texts[METRIC_WORKERS], METRIC_WORKERS, buf_text(&labels),
            (uint64_t)crew_count(t->engine->crew, q->id, t->now_us));
    const struct stats_queue *counted = stats_of(t->engine->stats, q->id);
    if (counted)
        put_counters(texts, buf_text(&labels), counted);
    return 0;
}

/* Moves the texts into the arena as one more piece. */
static const struct piece *keep(struct arena *a, struct buf texts[METRIC_COUNT], const struct piece *before)
{
    struct piece *p = arena_alloc(a, sizeof *p);
    p->before = before;
    for (int m = 0; m < METRIC_COUNT; m++) {
        p->n[m] = texts[m].len;
        p->text[m] = arena_copy(a, texts[m].data, texts[m].len);
        buf_done(&texts[m]);
    }
    return p;
}

/* Whoever says who they are is told of what is theirs; this machine's own monitor, which says nothing, of all. */
static bool may_see(const struct request *r, const struct queue_row *q)
{
    return !r->who.user || who_may_queue(&r->who, q);
}

/* Tells of the next queues. *out_more: are there others? */
static int put_slice(struct request *r, struct turn *t, struct telling *so_far, bool *out_more, struct err *e)
{
    struct buf texts[METRIC_COUNT] = {0};
    struct queue_row *rows;
    int count, room = LIMIT_METRIC_QUEUES - (int)so_far->told;
    int max = room < LIMIT_SLICE_ROWS ? room : LIMIT_SLICE_ROWS;
    int bad = store_queue_page(t->store, so_far->after, max, t->arena, &rows, &count, e);
    for (int i = 0; !bad && i < count; i++)
        bad = may_see(r, &rows[i]) ? put_queue(t, &rows[i], texts, e) : 0;
    so_far->last = keep(&r->arena, texts, so_far->last);
    if (bad)
        return bad;
    so_far->told += count;
    so_far->after = count ? rows[count - 1].id : so_far->after;
    *out_more = count == max && so_far->told < LIMIT_METRIC_QUEUES;
    return 0;
}

/* The newest piece is linked first: the oldest is written first. Pieces are few: a slice each. */
static void put_pieces(struct buf *b, enum metric m, const struct piece *p)
{
    if (!p)
        return;
    put_pieces(b, m, p->before);
    if (p->n[m])
        buf_add(b, p->text[m], p->n[m]);
}

static void put_requests(struct buf *b, const struct http *h)
{
    for (int route = 0; route <= ROUTE_COUNT; route++)
        for (int class = 0; class < HTTP_CLASSES; class++) {
            bool found = route < ROUTE_COUNT;
            if (h->answered[route][class])
                buf_printf(b, "%s{method=\"%s\",handler=\"%s\",class=\"%dxx\"} %" PRIu64 "\n",
                           METRICS[METRIC_REQUESTS].family, found ? route_method_word(&ROUTES[route]) : "",
                           found ? ROUTES[route].path : "", class, h->answered[route][class]);
        }
}

static void put_histogram(struct buf *b, enum metric m, const struct stats_histogram *h)
{
    uint64_t sum = 0;
    for (int i = 0; i < STATS_BOUNDS; i++) {
        sum += h->buckets[i];
        buf_printf(b, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", METRICS[m].family,
                   (double)STATS_BOUNDS_US[i] / CLOCK_SECOND, sum);
    }
    buf_printf(b, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %.6f\n%s_count %" PRIu64 "\n", METRICS[m].family,
               h->count, METRICS[m].family, (double)h->sum_us / CLOCK_SECOND, METRICS[m].family, h->count);
}

/* What the families of the server as a whole are told from. */
struct whole {
    int64_t queues, operations;
    int readers;
    struct store_size size;
    struct process process;
};

static void put_warnings(struct buf *b, const struct whole *w)
{
    for (int i = 0; i < WARNING_COUNT; i++)
        buf_printf(b, "%s{code=\"%s\"} %d\n", METRICS[METRIC_WARNING].family, warning_code(i),
                   warning_holds(i, &w->size));
}

static void put_alone(struct buf *b, enum metric m, const struct http *h, const struct turn *t, const struct whole *w,
                      int64_t told)
{
    const struct stats *s = t->engine->stats;
    switch (m) {
    case METRIC_BUILD: put_int(b, m, "version=\"" DOCKET_VERSION "\"", 1); break;
    case METRIC_UPTIME: put_seconds(b, m, t->now_us - h->o.started_us); break;
    case METRIC_QUEUES: put_int(b, m, "", (uint64_t)w->queues); break;
    case METRIC_QUEUES_OMITTED: put_int(b, m, "", w->queues > told ? (uint64_t)(w->queues - told) : 0); break;
    case METRIC_REQUESTS: put_requests(b, h); break;
    case METRIC_TURNS: put_int(b, m, "", stats_turns(s)->count); break;
    case METRIC_TURN: put_histogram(b, m, stats_turns(s)); break;
    case METRIC_COMMIT: put_histogram(b, m, stats_commits(s)); break;
    case METRIC_PARKED: put_int(b, m, "", (uint64_t)(parking_count(t->engine->parking) - w->readers)); break;
    case METRIC_READERS: put_int(b, m, "", (uint64_t)w->readers); break;
    case METRIC_CONNECTIONS: put_int(b, m, "", (uint64_t)http_connections(h)); break;
    case METRIC_LOG_FRAMES: put_int(b, m, "", (uint64_t)w->size.log_frames); break;
    case METRIC_LOG_BYTES: put_int(b, m, "", (uint64_t)w->size.log_bytes); break;
    case METRIC_STORE_BYTES: put_int(b, m, "", (uint64_t)w->size.bytes); break;
    case METRIC_OPERATIONS: put_int(b, m, "", (uint64_t)w->operations); break;
    case METRIC_DISK_FULL: put_int(b, m, "", t->full); break;
    case METRIC_BUFFERED: put_int(b, m, "", h->buffered); break;
    case METRIC_WARNING: put_warnings(b, w); break;
    case METRIC_RSS: put_int(b, m, "", (uint64_t)w->process.resident_bytes); break;
    case METRIC_CPU: put_seconds(b, m, w->process.cpu_us); break;
    case METRIC_FDS: put_int(b, m, "", (uint64_t)w->process.open_fds); break;
    case METRIC_STARTED: put_seconds(b, m, w->process.started_us); break;
    default: break; /* families of queues are told by their pieces */
    }
}

static int length_of(const struct list *l)
{
    int n = 0;
    if (l)
        LIST_EACH (node, l)
            n++;
    return n;
}

static int look_at_whole(struct turn *t, struct whole *w, struct err *e)
{
    process_look(&w->process);
    w->readers = length_of(parking_of(t->engine->parking, FEED_LANE));
    int bad = store_size(t->store, &w->size, e);
    if (!bad)
        bad = store_queue_total(t->store, &w->queues, e);
    return bad ? bad : store_operation_total(t->store, &w->operations, e);
}

static int answer(struct request *r, struct turn *t, const struct telling *told, struct err *e)
{
    struct whole whole;
    struct buf *b = &r->answer;
    int bad = look_at_whole(t, &whole, e);
    if (bad)
        return bad;
    buf_clear(b);
    for (int m = 0; m < METRIC_COUNT; m++) {
        buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", METRICS[m].family, METRICS[m].help, METRICS[m].family,
                   METRICS[m].type);
        if (METRICS[m].per == QUEUE)
            put_pieces(b, m, told->last);
        else
            put_alone(b, m, r->http, t, &whole, told->told);
    }
    r->status = 200;
    r->content_type = "text/plain; version=0.0.4; charset=utf-8";
    return 0;
}

int api_metrics(struct request *r, struct turn *t, struct err *e)
{
    struct telling *told = arena_alloc(&r->arena, sizeof *told);
    bool more = false;
    if (r->kept)
        *told = *(const struct telling *)r->kept;
    int bad = put_slice(r, t, told, &more, e);
    if (bad || !more)
        return bad ? bad : answer(r, t, told, e);
    r->coming = told;
    return TURN_AGAIN;
}
