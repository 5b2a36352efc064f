/* What each setting means for the server: a reader each, in the table at the end. */
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/bundle.h"
#include "cli/place.h"
#include "cli/settings_inner.h"
#include "web/route.h"
#include "web/signin_way.h"

struct meaning {
    struct arena *a;
    const char *const *origins;
    struct server_options o;
    enum log_level level;
};

static const char *origin_of(const char *const *origins, const char *name) { return origins[settings_row(name)]; }

static int read_log_level(struct meaning *m, const char *text, const char *origin, struct err *e)
{
    int level = log_level_from(text);
    m->level = (enum log_level)level;
    return level >= 0 ? 0 : err_refuse(e, ERR_SETTINGS, "log-level must be error, warning, info or debug, not '%s' (%s)",
                                       text, origin);
}

static int read_data(struct meaning *m, const char *path, const char *origin, struct err *e)
{
    m->o.data = path;
    return *path ? 0 : err_refuse(e, ERR_SETTINGS, "data must name a directory (%s)", origin);
}

/* Was the address chosen for this server? The file of the whole machine serves any number of them, and a port only one. */
static bool listen_asked(const struct meaning *m)
{
    const char *from = origin_of(m->origins, "listen");
    bool files_searched = origin_of(m->origins, "config") == SETTINGS_FROM_DEFAULT;
    return from != SETTINGS_FROM_DEFAULT && !(files_searched && strcmp(from, PLACE_SYSTEM_SETTINGS) == 0);
}

static int read_listen(struct meaning *m, const char *text, const char *origin, struct err *e)
{
    struct listen_place *places;
    int r = settings_parse_listen(m->a, text, origin, &places, &m->o.listen_count, e);
    if (r)
        return r;
    m->o.listen = places;
    m->o.ports_asked = listen_asked(m);
    return 0;
}

/* The store is SQLite's, in the data directory. Of any other URL only the kind is said: the rest may hold a password. */
static int read_db(struct meaning *m, const char *url, const char *origin, struct err *e)
{
    static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyz0123456789+.-";
    int kind = (int)strspn(url, LETTERS);
    if (!*url || strcmp(url, SETTINGS_DB) == 0)
        return 0;
    bool postgres = strncmp(url, "postgres:", 9) == 0 || strncmp(url, "postgresql:", 11) == 0;
    if (postgres)
        err_refuse(e, ERR_SETTINGS, "db is a database of PostgreSQL, and this docket keeps its store in SQLite (%s)", origin);
    else if (url[kind] == ':')
        err_refuse(e, ERR_SETTINGS, "db must be empty or '" SETTINGS_DB "', not one of kind '%.*s' (%s)",
                   kind < 20 ? kind : 20, url, origin);
    else
        err_refuse(e, ERR_SETTINGS, "db must be empty or '" SETTINGS_DB "' (%s)", origin);
    err_hint(e, "say --db " SETTINGS_DB " or DOCKET_DB=" SETTINGS_DB "; --data DIR says where the store lies");
    return (int)e->code;
}

/* ADDR/NET, and more of them behind commas. */
static int read_behind(struct meaning *m, const char *text, const char *origin, struct err *e)
{
    struct address_net *nets = arena_array(m->a, LIMIT_BEHIND, sizeof *nets);
    int count = 0;
    for (const char *at = text; *text && at; at = *at ? at + 1 : NULL) {
        at += strspn(at, " \t");
        size_t n = strcspn(at, ", \t"), rest = strspn(at + n, " \t");
        const char *why = at[n + rest] && at[n + rest] != ',' ? "a comma is missing" : NULL;
        if (count == LIMIT_BEHIND)
            return err_refuse(e, ERR_SETTINGS, "behind names more than %d nets (%s)", LIMIT_BEHIND, origin);
        if (!why)
            why = address_net_parse(at, n, &nets[count++]);
        if (why) {
            err_refuse(e, ERR_SETTINGS, "behind: '%.*s': %s (%s)", n < 100 ? (int)n : 100, at, why, origin);
            err_hint(e, "name the addresses of the proxies: 127.0.0.1, or 10.0.0.0/8,2001:db8::/32");
            return ERR_SETTINGS;
        }
        at += n + rest;
    }
    m->o.behind = nets;
    m->o.behind_count = count;
    return 0;
}

/* What is wrong with a base path, in words; NULL: nothing. */
static const char *blame_base_path(const char *path)
{
    static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-";
    if (!*path)
        return NULL;
    if (strlen(path) > LIMIT_BASE_PATH)
        return "is too long";
    if (*path != '/')
        return "must begin with '/'";
    if (path[strlen(path) - 1] == '/')
        return "must not end with '/'";
    for (const char *segment = path; segment; segment = strchr(segment, '/')) {
        size_t n = strcspn(++segment, "/");
        if (!n || strspn(segment, PLAIN) < n || strspn(segment, ".") >= n)
            return "must be made of letters, digits and . _ ~ - between its slashes";
    }
    return route_begins_with(path + 1) ? "begins as URLs of the server itself do" : NULL;
}

static int read_base_path(struct meaning *m, const char *path, const char *origin, struct err *e)
{
    const char *why = blame_base_path(path);
    m->o.base_path = path;
    if (!why)
        return 0;
    err_refuse(e, ERR_SETTINGS, "base-path '%.200s' %s (%s)", path, why, origin);
    err_hint(e, "such as /docket, or /tools/docket");
    return ERR_SETTINGS;
}

/* http:// or https://, a host, perhaps a path; nothing that a link could not go on after. */
static int read_advertise(struct meaning *m, const char *url, const char *origin, struct err *e)
{
    static const char NOT[] = " \t\"'<>?#\\^`{|}";
    size_t scheme = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0, n = strlen(url);
    bool good = !n || (scheme && n > scheme && n <= LIMIT_ADVERTISE && url[scheme] != '/' && url[n - 1] != '/' &&
                       !strpbrk(url, NOT) && !text_has_control(url));
    m->o.advertise = url;
    if (good)
        return 0;
    err_refuse(e, ERR_SETTINGS, "advertise '%.200s' is no URL of a server (%s)", url, origin);
    err_hint(e, "such as https://example.org/docket, without a last slash");
    return ERR_SETTINGS;
}

static int read_sign_in(struct meaning *m, const char *way, const char *origin, struct err *e)
{
    const struct signin_way *found = NULL;
    struct err bad;
    m->o.sign_in = way;
    if (signin_way_from(way, &found, &bad) == 0 && !(found == &SIGNIN_PAM && bundle_is_one()))
        return 0;
    if (found == &SIGNIN_PAM) { /* its modules are the machine's, and want the machine's libraries */
        err_refuse(e, ERR_SETTINGS, "sign-in: the portable bundle cannot use this machine's PAM (%s)", origin);
        err_hint(e, "name a program that asks it, or use the package");
        return ERR_SETTINGS;
    }
    int refused = err_refuse(e, ERR_SETTINGS, "sign-in: %s (%s)", bad.text, origin);
    err_hint(e, "%s", bad.hint);
    return refused;
}

static int read_tls_cert(struct meaning *m, const char *path, const char *origin, struct err *e)
{
    m->o.tls_cert = place_expand(m->a, path);
    return 0;
}

static int read_tls_key(struct meaning *m, const char *path, const char *origin, struct err *e)
{
    m->o.tls_key = place_expand(m->a, path);
    if (!*path == !*m->o.tls_cert)
        return 0;
    return err_refuse(e, ERR_SETTINGS, "tls-cert (%s) and tls-key (%s) go together: %s is missing",
                      origin_of(m->origins, "tls-cert"), origin, *path ? "tls-cert" : "tls-key");
}

static const struct {
    const char *name;
    int (*read)(struct meaning *m, const char *value, const char *origin, struct err *e);
} READERS[] = {
    {"log-level", read_log_level}, {"data", read_data},           {"listen", read_listen},
    {"db", read_db},               {"base-path", read_base_path}, {"behind", read_behind},
    {"sign-in", read_sign_in},     {"advertise", read_advertise}, {"tls-cert", read_tls_cert},
    {"tls-key", read_tls_key},
};

int settings_apply(struct arena *a, const struct settings *s, const char *const origins[SETTINGS_COUNT],
                   struct server_options *out_options, struct err *e)
{
    struct meaning m = {.a = a, .origins = origins};
    for (size_t i = 0; i < COUNT_OF(READERS); i++) {
        size_t row = settings_row(READERS[i].name);
        int r = READERS[i].read(&m, settings_get(s, row), origins[row], e);
        if (r)
            return r;
    }
    log_level = m.level;
    *out_options = m.o;
    return 0;
}
