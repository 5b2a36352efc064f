/* See announced.h. The file is written by data_dir_announce. */
#include "cli/announced.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"

enum { FILE_BYTES = 64 * 1024 };

bool announced_read(struct arena *a, const char *data, struct announced *out)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(json_drop) json_t *body = NULL;
    struct err unused;
    if (file_read(arena_printf(a, "%s/server", data), FILE_BYTES, &text, &unused) ||
        json_parse(buf_text(&text), text.len, &body, &unused))
        return false;
    out->url = arena_strdup(a, json_string_value(json_object_get(body, "url")));
    out->pin = arena_strdup(a, json_string_value(json_object_get(body, "pin")));
    return out->url != NULL;
}

bool announced_is(const struct announced *there, const char *url)
{
    size_t n = strlen(there->url);
    return strncmp(there->url, url, n) == 0 && url[n + strspn(url + n, "/")] == '\0';
}
