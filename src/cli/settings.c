/* Settings are gathered from the strongest place to the weakest; each keeps the words that say where it was found, so
 * a value that is refused can be traced. In a file every name must be known and every line must parse. */
#include "cli/settings.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/place.h"
#include "web/route.h"

enum { LINE_MAX_BYTES = 64 * 1024 };
#define LISTEN_DEFAULT "127.0.0.1:5000"
#define PORT_DEFAULT "5000"
#define DB_DEFAULT "sqlite:"
static const char FROM_DEFAULT[] = "default";

const struct option SETTINGS[SETTINGS_COUNT] = {SETTINGS_OPTIONS(0)};
const struct settings SETTINGS_DEFAULTS = {PLACE_USER_DATA, LISTEN_DEFAULT, DB_DEFAULT, "info", "", "", "", "", "", ""};

static const char **value_of(struct settings *s, size_t i)
{
    return (const char **)((char *)s + SETTINGS[i].offset);
}

const char *settings_get(const struct settings *s, size_t i)
{
    return *(const char *const *)((const char *)s + SETTINGS[i].offset);
}

/* Takes a value for row i unless a stronger place had one. */
static void offer(struct settings *s, const char **origins, size_t i, const char *value, const char *origin)
{
    if (*value_of(s, i))
        return;
    *value_of(s, i) = value;
    origins[i] = origin;
}

/* DOCKET_LOG_LEVEL for log-level. */
static const char *variable_for(struct arena *a, const char *name)
{
    char *variable = arena_printf(a, "DOCKET_%s", name);
    for (char *c = variable; *c; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    return variable;
}

/* Variables of the world's own, weaker than ours: platforms that run programs set them. */
static const struct {
    const char *setting, *variable;
} WORLDLY[] = {{"listen", "PORT"}, {"db", "DATABASE_URL"}};

static void take_variable(struct arena *a, struct settings *s, const char **origins, size_t i, const char *variable)
{
    const char *value = getenv(variable);
    if (value && *value)
        offer(s, origins, i, value, arena_printf(a, "environment %s", variable));
}

static void take_environment(struct arena *a, struct settings *s, const char **origins)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        take_variable(a, s, origins, i, variable_for(a, SETTINGS[i].name));
        for (size_t w = 0; w < COUNT_OF(WORLDLY); w++)
            if (strcmp(SETTINGS[i].name, WORLDLY[w].setting) == 0)
                take_variable(a, s, origins, i, WORLDLY[w].variable);
    }
}

struct reading {
    struct arena *a;
    const char *path;
    struct settings found;
    const char *origins[SETTINGS_COUNT];
    struct err *e;
};

static int refuse_name(struct reading *r, const char *section, const char *name)
{
    const char *names[SETTINGS_COUNT];
    if (*section) {
        err_refuse(r->e, ERR_SETTINGS, "there is no section [%s]", section);
        return 0;
    }
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        names[i] = SETTINGS[i].name;
    err_refuse(r->e, ERR_SETTINGS, "there is no setting '%s'", name);
    const char *nearest = options_nearest(name, names, SETTINGS_COUNT);
    if (nearest)
        err_hint(r->e, "did you mean %s?", nearest);
    return 0;
}

/* inih's callback: 0 ends the reading at this line. */
static int on_setting(void *arg, const char *section, const char *name, const char *value)
{
    struct reading *r = arg;
    for (size_t i = 0; i < SETTINGS_COUNT && !*section; i++) {
        if (strcmp(name, SETTINGS[i].name) != 0 || strcmp(name, "config") == 0)
            continue;
        *value_of(&r->found, i) = arena_strdup(r->a, value);
        r->origins[i] = r->path;
        return 1;
    }
    return refuse_name(r, section, name);
}

/* All of the file. inih would pass over what stands behind a NUL in its line, and lose count of the lines. */
static int read_text(FILE *f, const char *path, struct buf *out, struct err *e)
{
    enum { PIECE_BYTES = 64 * 1024, MOST_BYTES = 1024 * 1024 };
    int line = 1;
    for (size_t n = 1; n && out->len <= MOST_BYTES; out->len += n)
        n = fread(buf_reserve(out, PIECE_BYTES), 1, PIECE_BYTES, f);
    if (ferror(f))
        return err_fail(e, ERR_FILE, "could not read the settings file '%s': %s", path, strerror(errno));
    if (out->len > MOST_BYTES)
        return err_refuse(e, ERR_SETTINGS, "%s is larger than 1 MiB: it holds no settings", path);
    buf_add(out, "", 0); /* its end */
    const char *nul = memchr(out->data, '\0', out->len);
    for (const char *c = out->data; nul && c < nul; c++)
        line += *c == '\n';
    return nul ? err_refuse(e, ERR_SETTINGS, "%s line %d: a NUL byte is no setting", path, line) : 0;
}

/* Offers what the file holds. One that is missing is fine unless it was asked for by name. */
static int take_file(struct arena *a, const char *path, bool asked, struct settings *s, const char **origins,
                     struct err *e)
{
    CLEANUP(cleanup_file) FILE *f = fopen(path, "re");
    if (!f && errno == ENOENT && !asked)
        return 0;
    if (!f)
        return err_fail(e, ERR_FILE, "could not open the settings file '%s': %s", path, strerror(errno));
    CLEANUP(buf_done) struct buf text = {0};
    struct reading r = {.a = a, .path = path, .e = e};
    int bad = read_text(f, path, &text, e);
    if (bad)
        return bad;
    ini_allow_multiline = false;
    ini_stop_on_first_error = true;
    ini_use_stack = false;
    ini_allow_realloc = true;
    ini_max_line = LINE_MAX_BYTES;
    e->code = ERR_NONE;
    int line = ini_parse_string(buf_text(&text), on_setting, &r);
    if (line && e->code == ERR_NONE)
        err_refuse(e, ERR_SETTINGS, "this is not 'name = value'");
    if (line)
        return err_widen(e, (int)ERR_SETTINGS, "%s line %d: ", path, line);
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        if (settings_get(&r.found, i))
            offer(s, origins, i, settings_get(&r.found, i), r.origins[i]);
    return 0;
}

static int take_files(struct arena *a, struct settings *s, const char **origins, struct err *e)
{
    if (s->config)
        return take_file(a, s->config, true, s, origins, e);
    int r = take_file(a, place_settings(a), false, s, origins, e);
    return r ? r : take_file(a, PLACE_SYSTEM_SETTINGS, false, s, origins, e);
}

static size_t row_of(const char *name)
{
    size_t i = 0;
    while (strcmp(SETTINGS[i].name, name) != 0)
        i++;
    return i;
}

/* The address of "ADDR", "[ADDR]" or "localhost", without brackets; NULL if it is none. */
static const char *address_in(struct arena *a, const char *text)
{
    struct in6_addr six;
    struct in_addr four;
    size_t n = strlen(text);
    if (strcmp(text, "localhost") == 0)
        return "127.0.0.1";
    if (n < 3 || text[0] != '[' || text[n - 1] != ']')
        return inet_pton(AF_INET, text, &four) == 1 ? text : NULL;
    const char *inner = arena_copy(a, text + 1, n - 2);
    return inet_pton(AF_INET6, inner, &six) == 1 ? inner : NULL;
}

/* An address alone is given its port: platforms and images name the two in different places. */
static void complete_listen(struct arena *a, struct settings *s, const char **origins)
{
    size_t i = row_of("listen");
    const char *port = getenv("PORT");
    bool named = port && *port;
    if (!address_in(a, s->listen))
        return;
    s->listen = arena_printf(a, "%s:%s", s->listen, named ? port : PORT_DEFAULT);
    if (named)
        origins[i] = arena_printf(a, "%s and environment PORT", origins[i]);
}

int settings_fill(struct arena *a, struct settings *s, const char *out_origins[SETTINGS_COUNT], struct err *e)
{
    struct settings defaults = SETTINGS_DEFAULTS;
    defaults.data = place_data(a);
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        out_origins[i] = "command line";
    take_environment(a, s, out_origins);
    int r = take_files(a, s, out_origins, e);
    if (r)
        return r;
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        offer(s, out_origins, i, settings_get(&defaults, i), FROM_DEFAULT);
    s->data = place_expand(a, s->data);
    complete_listen(a, s, out_origins);
    return 0;
}

/* ADDR:PORT, [ADDR]:PORT or PORT. 0, or -1. */
static int parse_listen(struct arena *a, const char *text, struct server_options *o)
{
    const char *colon = strrchr(text, ':'), *port = colon ? colon + 1 : text;
    const char *address = colon ? address_in(a, arena_copy(a, text, (size_t)(colon - text))) : "127.0.0.1";
    if (!address || !*port || strlen(port) > 5 || strspn(port, "0123456789") != strlen(port) || atoi(port) > 65535)
        return -1;
    o->address = address;
    o->port = atoi(port);
    return 0;
}

static const char *origin_of(const char *const origins[SETTINGS_COUNT], const char *name)
{
    return origins[row_of(name)];
}

/* The store is SQLite's, in the data directory. Of any other URL only the kind is said: the rest may hold a password. */
static int check_db(const char *url, const char *origin, struct err *e)
{
    static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyz0123456789+.-";
    int kind = (int)strspn(url, LETTERS);
    if (!*url || strcmp(url, DB_DEFAULT) == 0)
        return 0;
    bool postgres = strncmp(url, "postgres:", 9) == 0 || strncmp(url, "postgresql:", 11) == 0;
    if (postgres)
        err_refuse(e, ERR_SETTINGS, "db is a database of PostgreSQL, and this docket keeps its store in SQLite (%s)", origin);
    else if (url[kind] == ':')
        err_refuse(e, ERR_SETTINGS, "db must be empty or '" DB_DEFAULT "', not one of kind '%.*s' (%s)",
                   kind < 20 ? kind : 20, url, origin);
    else
        err_refuse(e, ERR_SETTINGS, "db must be empty or '" DB_DEFAULT "' (%s)", origin);
    err_hint(e, "say --db " DB_DEFAULT " or DOCKET_DB=" DB_DEFAULT "; --data DIR says where the store lies");
    return (int)e->code;
}

/* ADDR/NET, and more of them behind commas. */
static int parse_behind(struct arena *a, const char *text, const char *origin, struct server_options *o, struct err *e)
{
    struct address_net *nets = arena_array(a, LIMIT_BEHIND, sizeof *nets);
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
    o->behind = nets;
    o->behind_count = count;
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

static int check_base_path(const char *path, const char *origin, struct err *e)
{
    const char *why = blame_base_path(path);
    if (!why)
        return 0;
    err_refuse(e, ERR_SETTINGS, "base-path '%.200s' %s (%s)", path, why, origin);
    err_hint(e, "such as /docket, or /tools/docket");
    return ERR_SETTINGS;
}

/* http:// or https://, a host, perhaps a path; nothing that a link could not go on after. */
static int check_advertise(const char *url, const char *origin, struct err *e)
{
    static const char NOT[] = " \t\"'<>?#\\^`{|}";
    size_t scheme = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0, n = strlen(url);
    bool good = !n || (scheme && n > scheme && n <= LIMIT_ADVERTISE && url[scheme] != '/' && url[n - 1] != '/' &&
                       !strpbrk(url, NOT) && !text_has_control(url));
    if (good)
        return 0;
    err_refuse(e, ERR_SETTINGS, "advertise '%.200s' is no URL of a server (%s)", url, origin);
    err_hint(e, "such as https://example.org/docket, without a last slash");
    return ERR_SETTINGS;
}

/* Was the address chosen for this server? The file of the whole machine serves any number of them, and a port only one. */
static bool listen_asked(const char *const origins[SETTINGS_COUNT])
{
    const char *from = origin_of(origins, "listen");
    bool files_searched = origin_of(origins, "config") == FROM_DEFAULT;
    return from != FROM_DEFAULT && !(files_searched && strcmp(from, PLACE_SYSTEM_SETTINGS) == 0);
}

int settings_apply(struct arena *a, const struct settings *s, const char *const origins[SETTINGS_COUNT],
                   struct server_options *out_options, struct err *e)
{
    int level = log_level_from(s->log_level);
    if (level < 0)
        return err_refuse(e, ERR_SETTINGS, "log-level must be error, warning, info or debug, not '%s' (%s)",
                          s->log_level, origin_of(origins, "log-level"));
    if (!*s->data)
        return err_refuse(e, ERR_SETTINGS, "data must name a directory (%s)", origin_of(origins, "data"));
    struct server_options o = {.data = s->data, .port_asked = listen_asked(origins)};
    if (parse_listen(a, s->listen, &o))
        return err_refuse(e, ERR_SETTINGS, "listen must be ADDR:PORT, [ADDR]:PORT, an address or a port, not '%s' (%s)",
                          s->listen, origin_of(origins, "listen"));
    int refused = check_db(s->db, origin_of(origins, "db"), e);
    if (!refused)
        refused = check_base_path(s->base_path, origin_of(origins, "base-path"), e);
    if (!refused)
        refused = parse_behind(a, s->behind, origin_of(origins, "behind"), &o, e);
    if (!refused && !*s->tls_cert != !*s->tls_key)
        refused = err_refuse(e, ERR_SETTINGS, "tls-cert (%s) and tls-key (%s) go together: %s is missing",
                             origin_of(origins, "tls-cert"), origin_of(origins, "tls-key"), *s->tls_key ? "tls-cert" : "tls-key");
    if (!refused)
        refused = check_advertise(s->advertise, origin_of(origins, "advertise"), e);
    o.base_path = s->base_path;
    o.advertise = s->advertise;
    o.tls_cert = place_expand(a, s->tls_cert);
    o.tls_key = place_expand(a, s->tls_key);
    if (refused)
        return refused;
    log_level = (enum log_level)level;
    *out_options = o;
    return 0;
}
