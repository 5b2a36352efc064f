/* See tables_replace.h. Whether a table has a row of names follows from its targets: what it was handed out as says so. */
#include "cli/tables_replace.h"

#include <string.h>

#include "base/cleanup.h"
#include "cli/tables_content.h"
#include "cli/tables_folder.h"
#include "cli/tables_wire.h"

struct replacing {
    struct connection *c;
    const char *queue;
    const char *face; /* the path of the dataset's runners */
    bool dry;
    struct tables_folder folder;
    struct tables_content content;
    json_t *told;
};

static void note(struct replacing *g, const char *what, const char *name)
{
    json_array_append_new(json_object_get(g->told, what), json_string(name));
}

static int find_face(struct replacing *g, struct err *e)
{
    CLEANUP(json_drop) json_t *dataset = NULL;
    struct arena *a = &g->c->arena;
    int r = tables_get(g->c, g->queue, "/dataset", &dataset, e);
    if (r)
        return r;
    const char *owner = json_string_value(json_object_get(dataset, "owner")), *name = json_string_value(json_object_get(dataset, "queue"));
    g->face = arena_printf(a, "/users/%s/tables/%s", client_encode(a, owner ? owner : ""), client_encode(a, name ? name : ""));
    return 0;
}

/* ERR_TABLE_NOT_FOUND. */
static int is_headless(struct replacing *g, const char *name, bool *out, struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(json_drop) json_t *table = NULL;
    int r = client_call(g->c->client, "POST", arena_printf(&a, "%s/getDescription?table=%s", g->face, client_encode(&a, name)), NULL,
                        &table, e);
    *out = json_array_size(json_object_get(table, "header")) == 0;
    return r;
}

static int read_body(struct replacing *g, size_t table, bool headless, json_t **out, struct err *e)
{
    CLEANUP(buf_done) struct buf b = {0};
    CLEANUP(arena_done) struct arena a = {0};
    int r = tables_content_read(&g->content, tables_folder_file(&a, &g->folder, table), e);
    if (r)
        return r;
    buf_putc(&b, '{');
    tables_wire_content(&g->content, headless, &b);
    buf_putc(&b, '}');
    return json_parse(buf_text(&b), b.len, out, e);
}

static int put(struct replacing *g, const char *name, const json_t *body, struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    const char *tail = arena_printf(&a, "/tables/%s", client_encode(&a, name));
    return client_call(g->c->client, "PUT", client_queue_path(&a, g->queue, tail), body, NULL, e);
}

static int replace_one(struct replacing *g, size_t table, struct err *e)
{
    CLEANUP(json_drop) json_t *body = NULL;
    const char *name = g->folder.all[table].name;
    bool headless = false;
    int r = is_headless(g, name, &headless, e);
    if (!r)
        r = read_body(g, table, headless, &body, e);
    if (!r && !g->dry)
        r = put(g, name, body, e);
    if (r && r != ERR_TABLE_NOT_FOUND && r != ERR_TASK_STATE)
        return r;
    note(g, !r ? "replaced" : r == ERR_TASK_STATE ? "held" : "unknown", name);
    return 0;
}

int tables_replace(struct connection *c, const char *queue, const char *dir, bool dry, json_t **out_told, struct err *e)
{
    struct replacing g = {.c = c, .queue = queue, .dry = dry,
                          .told = json_pack("{s:[], s:[], s:[]}", "replaced", "unknown", "held")};
    int r = tables_folder_open(&g.folder, dir, e);
    if (!r)
        r = find_face(&g, e);
    for (size_t i = 0; !r && i < g.folder.count; i++)
        r = replace_one(&g, i, e);
    tables_content_done(&g.content);
    tables_folder_done(&g.folder);
    if (r)
        json_decref(g.told);
    else
        *out_told = g.told;
    return r;
}
