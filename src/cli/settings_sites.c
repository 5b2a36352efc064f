/* Sites in settings files: a section [site NAME] each, with the members of a site's settings as names ('-' for '_'). What they may hold is
 * what the API takes: the lines are made into the JSON that it reads. */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/settings_inner.h"
#include "core/site.h"
#include "web/job_words.h"
#include "web/site_settings.h"

static const char SECTION[] = "site ";

const char *settings_site_name(const char *section)
{
    size_t n = strlen(SECTION);
    return strncmp(section, SECTION, n) == 0 ? section + n + strspn(section + n, " ") : NULL;
}

static struct settings_site *find(struct settings_site *list, const char *name)
{
    while (list && strcmp(list->name, name) != 0)
        list = list->next;
    return list;
}

void settings_take_site(struct arena *a, struct settings *s, const char *file, const char *site, const char *name, const char *value)
{
    struct settings_site *w = find(s->sites, site);
    if (!w) {
        w = arena_alloc(a, sizeof *w);
        *w = (struct settings_site){.next = s->sites, .name = arena_strdup(a, site), .file = file};
        s->sites = w;
    }
    struct settings_pair *pair = arena_alloc(a, sizeof *pair);
    *pair = (struct settings_pair){.next = w->pairs, .name = arena_strdup(a, name), .value = arena_strdup(a, value)};
    w->pairs = pair;
}

void settings_offer_sites(struct settings *s, struct settings_site *more)
{
    while (more) {
        struct settings_site *next = more->next;
        if (!find(s->sites, more->name)) {
            more->next = s->sites;
            s->sites = more;
        }
        more = next;
    }
}

/* A number where one is meant; what is none is left a text, and refused as such. */
static json_t *value_of(const struct json_field *field, const char *text, struct err *e)
{
    char *end;
    long long n = strtoll(text, &end, 10);
    bool number = end != text && !*end && (field->kind == JSON_KIND_INT || field->kind == JSON_KIND_SECONDS);
    if (field->kind != JSON_KIND_ARRAY)
        return number ? json_integer(n) : json_string(text);
    json_t *words = json_array();
    if (job_split(field->name, text, words, e) == 0)
        return words;
    json_decref(words);
    return NULL;
}

static const struct json_field *field_of(const char *name)
{
    for (size_t i = 0; i < site_settings_shape.count; i++)
        if (strcmp(site_settings_shape.fields[i].name, name) == 0)
            return &site_settings_shape.fields[i];
    return NULL;
}

static int read_pair(const struct settings_pair *pair, struct arena *a, json_t *object, struct err *e)
{
    static const struct json_field TEXT = {.kind = JSON_KIND_TEXT};
    char *name = arena_strdup(a, pair->name);
    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : *c;
    const struct json_field *field = field_of(name);
    if (json_object_get(object, name)) /* the last line of a name counts, and was read first */
        return 0;
    json_t *value = value_of(field ? field : &TEXT, pair->value, e);
    if (value)
        json_object_set_new(object, name, value);
    return value ? 0 : (int)e->code;
}

static int read_site(struct arena *a, const struct settings_site *w, struct site_fixed *out, struct err *e)
{
    CLEANUP(json_drop) json_t *object = json_object();
    const char *kind;
    int r = site_check_name(w->name, e);
    for (const struct settings_pair *pair = w->pairs; r == 0 && pair; pair = pair->next)
        r = read_pair(pair, a, object, e);
    if (r == 0)
        r = site_settings_read(object, a, &kind, &out->settings, e);
    if (r == 0)
        out->kind = arena_strdup(a, kind);
    out->name = w->name;
    return r;
}

int settings_sites(struct arena *a, const struct settings *s, struct site_fixed **out_sites, int *out_count, struct err *e)
{
    int count = 0;
    for (const struct settings_site *w = s->sites; w; w = w->next)
        count++;
    *out_sites = arena_array(a, (size_t)count + 1, sizeof **out_sites);
    *out_count = 0;
    for (const struct settings_site *w = s->sites; w; w = w->next) {
        struct err bad = {0};
        if (read_site(a, w, &(*out_sites)[*out_count], &bad)) {
            err_refuse(e, ERR_SETTINGS, "%s [site %.64s]: %s", w->file, w->name, bad.text);
            err_hint(e, "%s", bad.hint);
            return ERR_SETTINGS;
        }
        ++*out_count;
    }
    return 0;
}
