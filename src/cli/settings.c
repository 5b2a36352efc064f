/* Settings are gathered from the strongest place to the weakest; each keeps the words that say where it was found, so
 * a value that is refused can be traced. Files are read by settings_file.c; settings_apply.c knows what the values mean. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/place.h"
#include "cli/settings_inner.h"

const char SETTINGS_FROM_DEFAULT[] = "default";

const struct option SETTINGS[SETTINGS_COUNT] = {SETTINGS_ROWS(0, listen)};
const struct settings SETTINGS_DEFAULTS = {{0}, PLACE_USER_DATA, SETTINGS_LISTEN, SETTINGS_DB, "info", "", "", "", "store", "", "", ""};

size_t settings_row(const char *name)
{
    size_t i = 0;
    while (strcmp(SETTINGS[i].name, name) != 0)
        i++;
    return i;
}

const char **settings_place(struct settings *s, size_t i)
{
    return (const char **)((char *)s + SETTINGS[i].offset);
}

const char *settings_get(const struct settings *s, size_t i)
{
    return *(const char *const *)((const char *)s + SETTINGS[i].offset);
}

void settings_offer(struct settings *s, const char **origins, size_t i, const char *value, const char *origin)
{
    if (*settings_place(s, i))
        return;
    *settings_place(s, i) = value;
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
        settings_offer(s, origins, i, value, arena_printf(a, "environment %s", variable));
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

static int take_files(struct arena *a, struct settings *s, const char **origins, struct err *e)
{
    if (s->config)
        return settings_take_file(a, s->config, true, s, origins, e);
    int r = settings_take_file(a, place_settings(a), false, s, origins, e);
    return r ? r : settings_take_file(a, PLACE_SYSTEM_SETTINGS, false, s, origins, e);
}

/* What was given on the command line again and again is one text everywhere else. */
static void join_listens(struct arena *a, struct settings *s)
{
    for (size_t i = 0; i < s->listens.count; i++)
        s->listen = i ? arena_printf(a, "%s %s", s->listen, s->listens.values[i]) : s->listens.values[i];
}

int settings_fill(struct arena *a, struct settings *s, const char *out_origins[SETTINGS_COUNT], struct err *e)
{
    struct settings defaults = SETTINGS_DEFAULTS;
    defaults.data = place_data(a);
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        out_origins[i] = "command line";
    join_listens(a, s);
    take_environment(a, s, out_origins);
    int r = take_files(a, s, out_origins, e);
    if (r)
        return r;
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        settings_offer(s, out_origins, i, settings_get(&defaults, i), SETTINGS_FROM_DEFAULT);
    s->data = place_expand(a, s->data);
    settings_complete_listen(a, s, out_origins);
    return 0;
}
