/* A settings file, read by inih: every name in it must be known and every line must parse. */
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/settings_inner.h"

enum { LINE_MAX_BYTES = 64 * 1024 };

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
        err_hint(r->e, "sites have sections: [site NAME]");
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
    const char *site = settings_site_name(section);
    if (site) {
        settings_take_site(r->a, &r->found, r->path, site, name, value);
        return 1;
    }
    for (size_t i = 0; i < SETTINGS_COUNT && !*section; i++) {
        if (strcmp(name, SETTINGS[i].name) != 0 || strcmp(name, "config") == 0)
            continue;
        const char **place = settings_place(&r->found, i);
        bool more = *place && SETTINGS[i].kind == OPTION_LIST;
        *place = more ? arena_printf(r->a, "%s %s", *place, value) : arena_strdup(r->a, value);
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

int settings_take_file(struct arena *a, const char *path, bool asked, struct settings *s, const char **origins,
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
            settings_offer(s, origins, i, settings_get(&r.found, i), r.origins[i]);
    settings_offer_sites(s, r.found.sites);
    return 0;
}
