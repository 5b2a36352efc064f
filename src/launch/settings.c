/* See settings.h. Members that are not known here are for others. */
#include "launch/settings.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

enum { SYNC_SECONDS = 30, KEEP_DAYS = 30 };

static const struct text_setting {
    const char *name;
    size_t offset;
} TEXTS[] = {
    {"host", offsetof(struct place_settings, host)},           {"ssh_config", offsetof(struct place_settings, ssh_config)},
    {"app", offsetof(struct place_settings, app)},             {"advertise", offsetof(struct place_settings, advertise)},
    {"partition", offsetof(struct place_settings, partition)}, {"account", offsetof(struct place_settings, account)},
    {"qos", offsetof(struct place_settings, qos)},             {"template", offsetof(struct place_settings, template)},
    {"docket", offsetof(struct place_settings, docket)},
};

static void read_texts(const json_t *object, struct arena *a, struct place_settings *out)
{
    for (size_t i = 0; i < COUNT_OF(TEXTS); i++) {
        const char *text = json_string_value(json_object_get(object, TEXTS[i].name));
        if (text && *text)
            *(const char **)((char *)out + TEXTS[i].offset) = arena_strdup(a, text);
    }
}

static void read_options(const json_t *array, struct arena *a, struct place_settings *out)
{
    size_t i, n = 0;
    json_t *value;
    json_array_foreach(array, i, value)
        if (json_is_string(value) && n < PLACE_OPTIONS)
            out->options[n++] = arena_strdup(a, json_string_value(value));
}

static int64_t number(const json_t *object, const char *name, int64_t other)
{
    const json_t *value = json_object_get(object, name);
    return json_is_integer(value) && json_integer_value(value) > 0 ? json_integer_value(value) : other;
}

int place_settings_read(const char *json, struct arena *a, struct place_settings *out, struct err *e)
{
    CLEANUP(json_drop) json_t *object = NULL;
    int r = json_parse(json, strlen(json), &object, e);
    if (r || !json_is_object(object))
        return err_fail(e, ERR_SETTINGS, "the settings of a site are no JSON object");
    *out = (struct place_settings){
        .port = number(object, "port", 0),
        .cores = number(object, "cores", 0),
        .walltime_us = json_seconds(json_object_get(object, "walltime")),
        .sync_seconds = number(object, "sync_seconds", SYNC_SECONDS),
        .keep_days = number(object, "keep_days", KEEP_DAYS),
    };
    read_texts(object, a, out);
    read_options(json_object_get(object, "options"), a, out);
    return 0;
}
