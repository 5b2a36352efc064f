/* See world.h. The store is emptied by deleting its rows, which keeps every prepared statement: opening one anew takes longer
 * than most inputs. */
#include "world.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "core/backup.h"
#include "core/parking.h"
#include "fuzz.h"
#include "store/sqlite_inner.h"
#include "store/store_inner.h"
#include "web/http_inner.h"
#include "web/signin.h"

enum { TABLES_MAX = 60, TURNS_MAX = 2000, TURNS_ODD = 20 };

#define BEGINNING_US (INT64_C(1800000000) * CLOCK_SECOND)

static sqlite3_stmt *emptying[TABLES_MAX];
static int emptying_count;

static void prepare(sqlite3 *db, const char *text)
{
    fuzz_must(emptying_count < TABLES_MAX, "more tables than were thought of");
    fuzz_must(sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, &emptying[emptying_count++], NULL) == SQLITE_OK,
              "%s: %s", text, sqlite3_errmsg(db));
}

/* Children before parents: the other way round than they were made. */
static void prepare_emptying(sqlite3 *db)
{
    sqlite3_stmt *tables;
    char text[200];
    prepare(db, "BEGIN");
    sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'mark' ORDER BY rowid DESC", -1,
                       &tables, NULL);
    while (sqlite3_step(tables) == SQLITE_ROW) {
        snprintf(text, sizeof text, "DELETE FROM \"%s\"", sqlite3_column_text(tables, 0));
        prepare(db, text);
    }
    sqlite3_finalize(tables);
    prepare(db, "DELETE FROM mark");
    prepare(db, "INSERT INTO mark (id, rev, at) VALUES (1, 0, 0)");
    prepare(db, "COMMIT");
}

static void empty(struct store *s)
{
    struct err e;
    for (int i = 0; i < emptying_count; i++) {
        sqlite3_step(emptying[i]);
        fuzz_must(sqlite3_reset(emptying[i]) == SQLITE_OK, "%s: %s", sqlite3_sql(emptying[i]),
                  sqlite3_errmsg(s->db->handle));
    }
    fuzz_must(store_begin(s, &e) == 0, "%s", e.text); /* reads the mark */
    store_rollback(s);
}

static int listener(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    fuzz_must(fd >= 0 && bind(fd, (struct sockaddr *)&any, sizeof any) == 0 && listen(fd, 1) == 0, "no listener");
    return fd;
}

/* All but the store. */
static void make(struct world *w)
{
    struct err e;
    struct http_listen place = {.fd = listener()};
    struct http_options http = {.listen = &place, .listen_count = 1, .engine = &w->engine, .owner = "me", .token = WORLD_TOKEN,
                                .started_us = BEGINNING_US};
    log_level = LOG_LEVEL_ERROR;
    snprintf(w->backup_path, sizeof w->backup_path, "/dev/shm/docket-fuzz-%d.part", (int)getpid());
    http.loop = w->loop = loop_new();
    fuzz_must(http_start(&http, &w->http, &e) == 0, "%s", e.text);
    loop_timer_stop(&w->http->sweep); /* it looks at the real clock */
}

static struct store *open_empty(void)
{
    static struct store *s;
    struct err e;
    struct store_options o = {.path = ":memory:", .no_sync = true};
    if (!s) {
        fuzz_must(store_open(&o, &s, &e) == 0, "%s", e.text);
        prepare_emptying(s->db->handle);
    }
    empty(s);
    return s;
}

static struct world *begin(struct store *s, bool odd)
{
    static struct world world;
    struct world *w = &world;
    struct err e;
    if (!w->http)
        make(w);
    w->store = s;
    w->odd = odd;
    w->now_us = BEGINNING_US;
    w->engine = (struct engine){.backup_path = w->backup_path};
    if (engine_init(&w->engine, w->store, w->now_us, &e) == 0)
        return w;
    fuzz_must(odd, "%s", e.text);
    store_close(s);
    return NULL;
}

struct world *world_begin(void) { return begin(open_empty(), false); }
struct world *world_begin_on(struct store *s) { return begin(s, true); }

int world_connect(struct world *w)
{
    int fds[2];
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    fuzz_must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0, "no sockets: %d", errno);
    fuzz_must(MHD_add_connection(w->http->listeners[0].daemon, fds[1], (struct sockaddr *)&peer, sizeof peer) == MHD_YES,
              "the library takes no connection");
    return fds[0];
}

/* A request that waits for its turn keeps the library busy. */
static void pump(struct world *w)
{
    enum { PUMPS_MAX = 10000 };
    int pumps = 0;
    loop_turn(w->loop, 0);
    do {
        http_begin_round(w->http);
        http_pump(w->http);
        fuzz_must(pumps++ < PUMPS_MAX, "the library has more to do without end");
    } while (http_unfinished(w->http) && !http_ready(w->http));
}

static bool is_due(struct world *w)
{
    int64_t due = w->engine.failed ? NONE : engine_due(&w->engine, w->now_us);
    return due != NONE && due <= w->now_us;
}

static void run_turn(struct world *w)
{
    struct work *works[LIMIT_TURN_REQUESTS];
    struct err e = {0};
    int taken, count = http_take(w->http, works, LIMIT_TURN_REQUESTS);
    int r = engine_run(&w->engine, works, count, w->now_us, &taken, &e);
    fuzz_must((r == 0 && !w->engine.failed) || w->odd, "a turn failed: %s", e.text);
    if (w->engine.failed)
        engine_abandon(&w->engine, &e);
    http_put_back(w->http, works + taken, count - taken);
}

/* A password is looked at beside the loop, and takes its time. */
static void await_password(struct world *w)
{
    while (!http_ready(w->http) && !is_due(w) && signin_waiting(w->http->signin)) {
        loop_turn(w->loop, -1);
        pump(w);
    }
}

void world_settle(struct world *w)
{
    enum backup_progress copied = BACKUP_NONE;
    int turns = 0;
    for (pump(w), await_password(w); copied != BACKUP_NONE || http_ready(w->http) || is_due(w); pump(w), await_password(w)) {
        if (w->odd && turns > TURNS_ODD)
            return; /* what is due cannot be done */
        run_turn(w);
        copied = backup_step(&w->engine);
        fuzz_must(turns++ < TURNS_MAX, "turns without end are due");
    }
}

void world_pass(struct world *w, int64_t us)
{
    w->now_us += us;
    world_settle(w);
}

void world_wake_all(struct world *w)
{
    engine_unpark_all(&w->engine);
    world_settle(w);
    fuzz_must(parking_count(w->engine.parking) == 0, "somebody still waits");
}

static void check_store(struct world *w)
{
    struct err e;
    const char *name;
    int64_t broken;
    for (int i = 0; i < store_check_count(); i++) {
        fuzz_must(store_check(w->store, i, &name, &broken, &e) == 0, "%s", e.text);
        fuzz_must(broken == 0, "%lld rows break %s", (long long)broken, name);
    }
}

void world_end(struct world *w)
{
    world_settle(w);
    world_wake_all(w);
    pump(w);
    fuzz_must(http_open_requests(w->http) == 0, "%d requests stay open", http_open_requests(w->http));
    fuzz_must(http_connections(w->http) == 0, "%d connections stay open", http_connections(w->http));
    fuzz_must(w->http->buffered == 0, "%zu bytes are counted for nobody", w->http->buffered);
    if (!w->odd)
        check_store(w);
    engine_done(&w->engine);
    if (w->odd)
        store_close(w->store);
}

/* Answers ---------------------------------------------------------------------------------------------------------- */

bool world_read(int fd, struct buf *b)
{
    enum { ROOM = 4 * 1024 };
    ssize_t n;
    while ((n = read(fd, buf_reserve(b, ROOM), ROOM)) > 0)
        b->len += (size_t)n;
    buf_add(b, "", 0); /* its end */
    return n < 0;
}

static bool is_known(int status)
{
    static const int KNOWN[] = {200, 201, 202, 206, 400, 401, 403, 404, 405, 409, 410, 411, 413, 414, 415, 416, 429, 431, 501, 503, 505};
    for (size_t i = 0; i < COUNT_OF(KNOWN); i++)
        if (KNOWN[i] == status)
            return true;
    return false;
}

/* The value of a header between head and end, NUL-ended in place; "" without. */
static char *header(char *head, char *end, const char *name)
{
    size_t n = strlen(name);
    for (char *line = head; line < end; line = strchr(line, '\n') + 1)
        if (strncasecmp(line, name, n) == 0 && line[n] == ':') {
            line += n + 1;
            return line + strspn(line, " ");
        }
    return "";
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static void check_problem(const json_t *problem, const struct world_answer *a)
{
    enum err_code code = err_from_wire(text_of(problem, "code"));
    fuzz_must(code, "a refusal without a code: %.*s", (int)a->n, a->body);
    fuzz_must(err_http_status(code) == a->status && json_integer_value(json_object_get(problem, "status")) == a->status,
              "status %d: %.*s", a->status, (int)a->n, a->body);
    fuzz_must(*text_of(problem, "detail") && *text_of(problem, "title"), "a refusal without words: %.*s", (int)a->n, a->body);
    fuzz_must(code != ERR_INTERNAL && code != ERR_COMMIT_UNKNOWN, "the server failed: %.*s", (int)a->n, a->body);
}

static void check_body(const struct world_answer *a)
{
    CLEANUP(json_drop) json_t *value = NULL;
    bool problem = strncmp(a->type, "application/problem+json", 24) == 0;
    bool html = strncmp(a->type, "text/html", 9) == 0 || !a->type[0]; /* the library's own */
    fuzz_must(a->status < 400 || problem || html, "status %d with a body of the type %s", a->status, a->type);
    fuzz_must(a->status >= 400 || !problem, "a problem that is none: %.*s", (int)a->n, a->body);
    if (!problem && strncmp(a->type, "application/json", 16) != 0)
        return;
    value = json_loadb(a->body, a->n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    fuzz_must(value, "an answer that is no JSON: %.*s", (int)a->n, a->body);
    if (problem)
        check_problem(value, a);
}

/* Moves the chunks of a body (RFC 9112, 7.1) together. Returns how many bytes they hold; *out_used: how many the body took, 0:
 * it is not whole. */
static size_t join_chunks(char *body, size_t room, size_t *out_used)
{
    size_t n = 0, at = 0;
    *out_used = 0;
    for (;;) {
        char *line_end = memmem(body + at, room - at, "\r\n", 2);
        size_t some = line_end ? strtoull(body + at, NULL, 16) : 0, from = line_end ? (size_t)(line_end + 2 - body) : 0;
        if (!line_end || from + some + 2 > room)
            return 0;
        memmove(body + n, body + from, some);
        n += some;
        at = from + some + 2;
        if (!some) {
            *out_used = at;
            return n;
        }
    }
}

/* An answer's body is of a length that stands in its head, or comes in chunks. false: it is not whole. */
static bool find_body(struct buf *b, char *text, char *end, bool head, struct world_answer *out)
{
    const char *length = header(text, end, "Content-Length"), *coding = header(text, end, "Transfer-Encoding");
    size_t at = (size_t)(end + 2 - text), used = head ? 0 : strtoull(length, NULL, 10);
    bool chunked = strncmp(coding, "chunked", 7) == 0;
    fuzz_must(isdigit((unsigned char)*length) ? !*coding : chunked, "an answer of unknown length: %.200s", text);
    out->n = used;
    if (chunked && !head)
        out->n = join_chunks(end + 2, b->len - at, &used);
    out->used = at + used;
    return head || (chunked ? used > 0 : b->len >= out->used);
}

void world_answer(struct buf *b, bool head, struct world_answer *out)
{
    static const char GO_ON[] = "HTTP/1.1 100 Continue\r\n\r\n"; /* comes before an answer, or does not */
    *out = (struct world_answer){.type = "", .body = ""};
    if (strncmp(buf_text(b), GO_ON, sizeof GO_ON - 1) == 0)
        buf_drop(b, sizeof GO_ON - 1);
    char *text = b->data, *end = text ? strstr(text, "\r\n\r\n") : NULL;
    int status, used = 0;
    if (!end)
        return;
    end += 2;
    fuzz_must(sscanf(text, "HTTP/1.%*1[01] %3d %n", &status, &used) == 1, "no status line: %.40s", text);
    fuzz_must(is_known(status), "status %d: %.200s", status, end);
    if (!find_body(b, text, end, head, out)) {
        *out = (struct world_answer){.type = "", .body = ""};
        return;
    }
    out->status = status;
    out->type = header(text, end, "Content-Type");
    out->body = end + 2;
    if (!head)
        check_body(out);
}
