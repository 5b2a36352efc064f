/* docket config: each setting of the server, its value and where that came from. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/out.h"
#include "cli/settings.h"
#include "cli/verb.h"

struct config_options {
    struct settings settings;
    bool json;
};

static const struct option OPTIONS[] = {
    SETTINGS_OPTIONS(offsetof(struct config_options, settings)),
    OUT_JSON_OPTION(struct config_options),
};

static int run_config(struct verb_call *call, struct err *e);

const struct verb verb_config = {
    .name = "config",
    .arguments = "",
    .summary = "the server's settings and where each came from",
    .help = "A setting is taken from the first that has it: an option of docket serve, the\n"
            "environment (DOCKET_DATA for data; also PORT for\n"
            "listen, DATABASE_URL for db),\n"
            "~/.config/docket/docket.conf, /etc/docket/docket.conf (or only --config FILE),\n"
            "the default. A file holds lines `name = value`. Several values of listen are\n"
            "several lines there, or have blanks or commas between them.\n\n"
            "  DOCKET_LISTEN=5050 docket config\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct config_options),
    .run = run_config,
};

static void put_lines(const struct settings *s, const char *const *origins)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        printf("%-9s  ", SETTINGS[i].name);
        out_safe(stdout, *settings_get(s, i) ? settings_get(s, i) : "none");
        fputs("  (", stdout);
        out_safe(stdout, origins[i]);
        fputs(")\n", stdout);
    }
}

static void put_json(const struct settings *s, const char *const *origins)
{
    CLEANUP(json_drop) json_t *all = json_object();
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        json_object_set_new(all, SETTINGS[i].name,
                            json_pack("{s:s,s:s}", "value", settings_get(s, i), "from", origins[i]));
    out_json(all);
}

static int run_config(struct verb_call *call, struct err *e)
{
    struct config_options *o = call->options;
    CLEANUP(arena_done) struct arena arena = {0};
    struct server_options unused;
    const char *origins[SETTINGS_COUNT];
    int r = settings_fill(&arena, &o->settings, origins, e);
    if (!r)
        r = settings_apply(&arena, &o->settings, origins, &unused, e);
    if (r)
        return r;
    (o->json ? put_json : put_lines)(&o->settings, origins);
    return 0;
}
