/* Queues: listed, made, read, paused, removed; and what the server says of itself. */
#include <microhttpd.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "core/remove.h"
#include "web/face.h"
#include "web/qdo.h"

/* The list of queues, made by name while it is sent. */
struct queue_source {
    struct making making; /* first */
    struct who who;
    const char *owner;
    char after[LIMIT_NAME + 1];
};

static int put_queues(struct making *s, struct turn *t, struct buf *out, bool *out_over, struct err *e)
{
    enum { MOST = 20 };
    struct queue_source *list = (struct queue_source *)s;
    struct queue_row *rows;
    int64_t counts[TASK_STATES];
    int count = 0;
    int bad = queue_list(t, &list->who, list->owner, list->after, MOST, t->arena, &rows, &count, e);
    for (int i = 0; !bad && i < count; i++) {
        bad = store_counts(t->store, rows[i].id, counts, e);
        making_element(s, out);
        qdo_put_queue(out, &rows[i], counts);
    }
    if (!bad && count)
        strcpy(list->after, rows[count - 1].name);
    *out_over = count < MOST;
    return bad;
}

/* Whether there is such a user is found out here, before the list begins. */
int qdo_queue_list(struct request *r, struct turn *t, struct err *e)
{
    static const struct request_names NO_PARAMETERS;
    struct queue_row *rows;
    int count;
    int bad = request_query(r, &NO_PARAMETERS, NULL, e);
    if (!bad)
        bad = queue_list(t, &r->who, r->values.user, "", 1, t->arena, &rows, &count, e);
    if (bad)
        return bad;
    struct queue_source *s = arena_alloc(&r->arena, sizeof *s);
    s->making.next = put_queues;
    s->who = r->who;
    s->who.user = arena_strdup(&r->arena, r->who.user); /* it may be of this turn only */
    s->owner = r->values.user;
    return request_array(r, &s->making);
}

static int answer_queue(struct request *r, struct turn *t, int status, const struct queue_row *q, struct err *e)
{
    int64_t counts[TASK_STATES];
    int bad = store_counts(t->store, q->id, counts, e);
    if (bad)
        return bad;
    struct buf *out = request_answer_text(r, status);
    qdo_put_queue(out, q, counts);
    buf_putc(out, '\n');
    return 0;
}

int qdo_queue_get(struct request *r, struct turn *t, struct err *e)
{
    struct queue_row q;
    int bad = qdo_read_nothing(r, e);
    if (!bad)
        bad = qdo_queue(r, t, &q, e);
    return bad ? bad : answer_queue(r, t, 200, &q, e);
}

/* One that is there stays as it is. */
int qdo_queue_put(struct request *r, struct turn *t, struct err *e)
{
    static const struct queue_policy AS_IS = QUEUE_POLICY_AS_IS;
    struct queue_ref ref = request_queue(r);
    struct queue_row q;
    bool made = false;
    int bad = qdo_read_nothing(r, e);
    if (!bad)
        bad = qdo_queue(r, t, &q, e);
    if (bad == ERR_QUEUE_NOT_FOUND)
        bad = queue_put(t, &r->who, &ref, &AS_IS, &r->arena, &q, &made, e);
    return bad ? bad : answer_queue(r, t, made ? 201 : 200, &q, e);
}

int qdo_queue_delete(struct request *r, struct turn *t, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    bool force;
    int64_t operation;
    int bad = request_force(r, &force, e);
    if (!bad)
        bad = remove_queue(t, &r->who, &ref, force, &r->arena, &operation, e);
    return bad ? bad : request_answer(r, 200, json_pack("{s:s}", "deleted", ref.name));
}

static int set_paused(struct request *r, struct turn *t, bool paused, struct err *e)
{
    struct queue_ref ref = request_queue(r);
    struct queue_row q;
    int bad = qdo_read_nothing(r, e);
    if (!bad)
        bad = queue_pause(t, &r->who, &ref, paused, &r->arena, &q, e);
    return bad ? bad : answer_queue(r, t, 200, &q, e);
}

int qdo_queue_pause(struct request *r, struct turn *t, struct err *e) { return set_paused(r, t, true, e); }
int qdo_queue_resume(struct request *r, struct turn *t, struct err *e) { return set_paused(r, t, false, e); }

/* Browsers name text/html; what names neither that nor JSON says by other marks whether it is one. */
bool qdo_asks_document(const struct request *r)
{
    static const char MOZILLA[] = "Mozilla/";
    const char *accept = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
    const char *agent = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_USER_AGENT);
    const char *fetch = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Sec-Fetch-Mode");
    if (accept && strcasestr(accept, "text/html"))
        return false;
    if (accept && strcasestr(accept, "application/json"))
        return true;
    return !fetch && !(agent && strncmp(agent, MOZILLA, sizeof MOZILLA - 1) == 0);
}

int qdo_home(struct request *r, struct turn *t, struct err *e)
{
    json_t *links = json_pack("{s:s, s:s, s:s}", "login", request_url(r, "/site/login"), "qdo",
                              "https://bitbucket.org/berkeleylab/qdo", "qdo_webserver",
                              "https://bitbucket.org/berkeleylab/qdo_webserver");
    return request_answer(r, 200, json_pack("{s:s, s:s, s:o}", "version", DOCKET_VERSION, "info",
                                            "docket hands out tasks; this is what it answers where qdo's web server did", "links", links));
}
