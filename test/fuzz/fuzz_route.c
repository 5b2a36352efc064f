/* The path of a URL, decoded: route_find. The first byte chooses the method.
 *
 * A path that is found is the pattern of its route with the values in their places (one of a face may have a slash at its end, and
 * /users before it, one of the tables face /tables and a dataset); an answer of 405 names just the methods that
 * do answer this path. Nothing is written over the path that was handed in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "web/route.h"

static const char *const METHODS[] = {"GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "get"};

static const char *value_for(const struct route_values *v, const char *place, size_t n)
{
#define PLACE(name) if (n == sizeof #name - 1 && memcmp(place, #name, n) == 0) return v->name
    PLACE(queue);
    PLACE(upload);
    PLACE(payload);
    PLACE(lease);
    PLACE(part);
    PLACE(consumer);
    PLACE(user);
    PLACE(id);
    PLACE(token);
    PLACE(table);
    PLACE(kind);
    PLACE(site);
    PLACE(job);
    PLACE(account);
    return NULL;
}

/* The path that the route and its values stand for. */
static void put_path(const struct route *route, const struct route_values *v, struct buf *out)
{
    static const char API[] = "/api/v1", *const HAD[] = {"/api/v1/queues", "/api/v1/sites"};
    const char *p = route->path;
    for (size_t i = 0; i < COUNT_OF(HAD); i++)
        if (v->user && strncmp(route->path, HAD[i], strlen(HAD[i])) == 0) {
            buf_printf(out, "/api/v1/users/%s", v->user);
            p += sizeof API - 1;
        }
    if (route->flags & ROUTE_TABLES && v->user)
        buf_printf(out, "/users/%s", v->user);
    if (route->flags & ROUTE_TABLES && v->queue)
        buf_printf(out, "/tables/%s", v->queue);
    while (*p) {
        size_t plain = strcspn(p, "{"), n = strcspn(p, "}");
        buf_add(out, p, plain);
        p += plain;
        if (!*p)
            return;
        const char *value = value_for(v, p + 1, n - plain - 1);
        fuzz_must(value && !strchr(value, '/'), "no value for a place of %s", route->path);
        buf_puts(out, value);
        p += n - plain + 1;
    }
}

/* The other spellings of a path of a face. */
static char *spelt(char *path, const struct route *route)
{
    static const char USERS[] = "/users/";
    size_t n = strlen(path);
    if (!(route->flags & ROUTE_FACE))
        return path;
    if (path[n - 1] == '/')
        path[n - 1] = '\0';
    bool prefixed = !(route->flags & ROUTE_TABLES) && strncmp(path, USERS, sizeof USERS - 1) == 0;
    return prefixed ? path + sizeof USERS - 2 : path;
}

static bool is_found(const char *method, const char *path)
{
    CLEANUP(arena_done) struct arena a = {0};
    const struct route *route;
    struct route_values values;
    const char *allow;
    struct err e;
    return route_find(method, path, &a, &route, &values, &allow, &e) == 0;
}

static void check_allowed(const char *path, const char *allow)
{
    CLEANUP(cleanup_free) char *list = strdup(allow);
    for (int i = 0; i < 5; i++) {
        bool listed = false;
        for (char *rest = list, *word; (word = strsep(&rest, " ,"));) {
            listed = listed || strcmp(word, METHODS[i]) == 0;
            if (rest)
                rest[-1] = ' ';
        }
        fuzz_must(listed == is_found(METHODS[i], path), "%s: '%s' and %s", path, allow, METHODS[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(buf_done) struct buf again = {0};
    struct fuzz_input in = {bytes, n};
    const char *method = METHODS[fuzz_choice(&in, COUNT_OF(METHODS))], *allow = NULL;
    CLEANUP(cleanup_free) char *path = fuzz_text(&in, '\0'), *kept = strdup(path);
    const struct route *route = NULL;
    struct route_values values = {0};
    struct err e = {0};
    int r = route_find(method, path, &a, &route, &values, &allow, &e);
    fuzz_must(strcmp(path, kept) == 0, "the path was changed");
    if (r == 0) {
        put_path(route, &values, &again);
        fuzz_must(strcmp(buf_text(&again), spelt(path, route)) == 0, "%s was found as %s", path, buf_text(&again));
        fuzz_must(strcmp(route_method_word(route), strcmp(method, "HEAD") ? method : "GET") == 0, "%s was found for %s",
                  route_method_word(route), method);
        return 0;
    }
    fuzz_check_refusal(r, &e);
    fuzz_must((r == ERR_METHOD) == (allow != NULL), "405 without the methods, or those without it");
    if (allow)
        check_allowed(path, allow);
    return 0;
}
