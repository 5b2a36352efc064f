/* Matching is segment by segment, the last first, for that is where paths differ; a path has at most eight. `/api/v1/users/{user}/queues/…` is matched as
 * `/api/v1/queues/…` with the user noted (and so are sites), `/users/{user}/queues/…` as `/{user}/queues/…`, which is of a face, and what stands below
 * `/tables/{queue}` or `/users/{user}/tables/{queue}` as what it is at the root, with the dataset noted. The {user} that a path of a
 * face begins with is none of the words that other paths begin with. */
#include "web/route.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"

const struct route ROUTES[] = {
#define X(method, path, role, flags, handler, what) {method, path, role, flags, handler, what},
#include "web/route.def"
#undef X
};
const int ROUTE_COUNT = COUNT_OF(ROUTES);

enum { SEGMENTS_MAX = 9 };
static const char USERS[] = "users", TABLES[] = "tables";
static const char *const METHODS[] = {"GET", "PUT", "POST", "PATCH", "DELETE"};

const char *route_method_word(const struct route *route) { return METHODS[route->method]; }

bool route_begins_with(const char *path)
{
    size_t n = strcspn(path, "/");
    if ((n == strlen(USERS) && strncmp(path, USERS, n) == 0) || (n == strlen(TABLES) && strncmp(path, TABLES, n) == 0))
        return true;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        size_t first = strcspn(ROUTES[i].path + 1, "/");
        bool whole = ROUTES[i].flags & ROUTE_TABLES && !ROUTES[i].path[1 + first]; /* takes itself alone, as /test does */
        if (!whole && first == n && strncmp(ROUTES[i].path + 1, path, n) == 0)
            return true;
    }
    return false;
}

/* Splits a path; returns how many segments, or -1 if there are too many. */
static int split(char *path, char **segments)
{
    int count = 0;
    for (char *rest = path + 1, *segment; (segment = strsep(&rest, "/"));) {
        if (count == SEGMENTS_MAX)
            return -1;
        segments[count++] = segment;
    }
    return count;
}

/* What an account has, and is asked for below it, too. */
static bool is_had(const char *segment, size_t n)
{
    static const char *const HAD[] = {"queues", "sites"};
    for (size_t i = 0; i < COUNT_OF(HAD); i++)
        if (strlen(HAD[i]) == n && strncmp(segment, HAD[i], n) == 0)
            return true;
    return false;
}

/* /api/v1/users/{user}/queues… becomes /api/v1/queues…, and so do sites; returns the new count. */
static int take_user(char **segments, int count, struct route_values *values)
{
    if (count < 5 || strcmp(segments[0], "api") || strcmp(segments[1], "v1") || strcmp(segments[2], "users") ||
        !is_had(segments[4], strlen(segments[4])))
        return count;
    values->user = segments[3];
    for (int i = 4; i < count; i++)
        segments[i - 2] = segments[i];
    return count - 2;
}

/* A path that only one of a face may have: /users/{user}/queues… becomes /{user}/queues…, and an empty last segment is
 * none. Returns the new count. */
static int take_face(char ***segments, int count, bool *out_face)
{
    char **s = *segments;
    *out_face = count > 1 && !*s[count - 1];
    count -= *out_face;
    if (count < 3 || strcmp(s[0], USERS) || strcmp(s[2], "queues"))
        return count;
    *out_face = true;
    *segments = s + 1;
    return count - 1;
}

/* /tables/{queue}/… and /users/{user}/tables/{queue}/… become /…, of the tables face. Returns the new count. */
static int take_tables(char ***segments, int count, struct route_values *values, bool *out_tables)
{
    char **s = *segments;
    int at = count > 4 && !strcmp(s[0], USERS) && !strcmp(s[2], TABLES) ? 2 : 0;
    *out_tables = count > at + 2 && strcmp(s[at], TABLES) == 0;
    if (!*out_tables)
        return count;
    values->user = at ? s[1] : NULL;
    values->queue = s[at + 1];
    *segments = s + at + 2;
    return count - at - 2;
}

/* What may stand in a path, and where its value goes. */
static const struct place {
    const char *name;
    size_t offset;
} PLACES[] = {
    {"{queue}", offsetof(struct route_values, queue)},     {"{upload}", offsetof(struct route_values, upload)},
    {"{payload}", offsetof(struct route_values, payload)}, {"{lease}", offsetof(struct route_values, lease)},
    {"{part}", offsetof(struct route_values, part)},       {"{consumer}", offsetof(struct route_values, consumer)},
    {"{user}", offsetof(struct route_values, user)},       {"{id}", offsetof(struct route_values, id)},
    {"{token}", offsetof(struct route_values, token)},   {"{table}", offsetof(struct route_values, table)},
    {"{kind}", offsetof(struct route_values, kind)},     {"{site}", offsetof(struct route_values, site)},
    {"{job}", offsetof(struct route_values, job)},       {"{account}", offsetof(struct route_values, account)},
};

/* The paths of the table, split once. */
static struct pattern {
    int count;
    struct segment {
        const char *text; /* not NUL-ended */
        size_t n;
        const struct place *place; /* NULL: it stands for itself */
    } segments[SEGMENTS_MAX];
} patterns[COUNT_OF(ROUTES)];

static const struct place *place_of(const char *text)
{
    for (size_t i = 0; i < COUNT_OF(PLACES); i++)
        if (strncmp(text, PLACES[i].name, strlen(PLACES[i].name)) == 0)
            return &PLACES[i];
    return NULL;
}

static void split_patterns(void)
{
    for (int i = 0; i < ROUTE_COUNT; i++) {
        struct pattern *p = &patterns[i];
        for (const char *at = ROUTES[i].path; *at; at += p->segments[p->count++].n) {
            at++;
            p->segments[p->count] = (struct segment){at, strcspn(at, "/"), place_of(at)};
        }
    }
}

static bool matches(const struct pattern *p, char **segments, int count, struct route_values *values)
{
    if (count != p->count)
        return false;
    for (int i = count - 1; i >= 0; i--) {
        const struct segment *s = &p->segments[i];
        if (s->place)
            *(const char **)((char *)values + s->place->offset) = segments[i];
        else if (strncmp(segments[i], s->text, s->n) != 0 || segments[i][s->n])
            return false;
    }
    return !p->segments[0].place || !route_begins_with(segments[0]);
}

/* Does it stand below /api/v1/queues or /api/v1/sites, and so below that of a user, too? */
static bool is_of_user(const struct pattern *p) { return p->count > 2 && is_had(p->segments[2].text, p->segments[2].n); }

static int refuse(const char *method, const char *path, const char *allow, struct err *e)
{
    struct buf shown = {0};
    text_cut(&shown, path, 100);
    int r;
    if (allow)
        r = err_refuse(e, ERR_METHOD, "%s answers %s, not %.20s", buf_text(&shown), allow, method);
    else
        r = err_refuse(e, ERR_NOT_FOUND, "there is nothing at %s", buf_text(&shown));
    buf_done(&shown);
    return r;
}

int route_find(const char *method, const char *path, struct arena *a, const struct route **out,
               struct route_values *out_values, const char **out_allow, struct err *e)
{
    char *places[SEGMENTS_MAX], **segments = places;
    bool face = false, tables = false, ours = false;
    struct route_values base = {0};
    if (!patterns[0].count)
        split_patterns();
    const char *asked = strcmp(method, "HEAD") == 0 ? "GET" : method, *allow = NULL;
    int count = path[0] == '/' ? split(arena_strdup(a, path), places) : -1;
    if (count > 0)
        count = take_user(segments, count, &base);
    if (count > 0)
        count = take_face(&segments, count, &face);
    if (count > 0)
        count = take_tables(&segments, count, &base, &tables);
    for (int i = 0; count > 0 && i < ROUTE_COUNT; i++) {
        struct route_values values = base;
        if ((face && !(ROUTES[i].flags & ROUTE_FACE)) || (tables && !(ROUTES[i].flags & ROUTE_TABLES)))
            continue;
        if (!matches(&patterns[i], segments, count, &values) || (base.user && !tables && !is_of_user(&patterns[i])))
            continue;
        if (ours && patterns[i].segments[0].place)
            break; /* it is a path of ours, and no user's */
        const char *answers = METHODS[ROUTES[i].method];
        if (strcmp(asked, answers) == 0) {
            *out = &ROUTES[i];
            *out_values = values;
            return 0;
        }
        ours = !patterns[i].segments[0].place;
        allow = allow ? arena_printf(a, "%s, %s", allow, answers) : answers;
    }
    *out_allow = allow;
    return refuse(method, path, allow, e);
}
