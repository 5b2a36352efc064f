/* docket tables export: submissions, lists of what is missing, and everything that was handed in, as files. Nothing is begun where a
 * file of that name is already; a file has its name only once it is whole. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/tables_part.h"
#include "cli/tables_unpack.h"
#include "cli/tables_verb.h"

struct export_options {
    struct tables_options base;
    const char *to;
    bool missing, bodies, force;
};

#define AT(member) offsetof(struct export_options, member)
static const struct option OPTIONS[] = {
    {"to", 0, OPTION_TEXT, "DIR", AT(to), 0, 0, "where the files go; made where it is not there; needed"},
    {"missing", 0, OPTION_FLAG, NULL, AT(missing), 0, 0, "also what is not mapped: ceaMissing.csv and so on"},
    {"bodies", 0, OPTION_FLAG, NULL, AT(bodies), 0, 0, "also a file for each result and error, in DIR/results and DIR/errors"},
    {"force", 0, OPTION_FLAG, NULL, AT(force), 0, 0, "files that are there already may be replaced"},
    TABLES_OPTIONS(struct export_options),
};

static int run_export(struct verb_call *call, struct err *e);

const struct verb tables_export = {
    .name = "tables export",
    .arguments = "QUEUE",
    .summary = "what is mapped, as the files of a submission",
    .help = "Writes DIR/cea.csv, DIR/cta.csv and DIR/cpa.csv: TABLE,COLUMN,ROW,MAPPED (or ROW\n"
            "first, as `docket tables set --order` says), TABLE,COLUMN,MAPPED and\n"
            "TABLE,SUBJECT,OBJECT,MAPPED. A file with --bodies is called as the old manager\n"
            "called it, by when it was handed in and the table's name.\n\n"
            "  docket tables export round1 --to submission\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct export_options),
    .args_max = 1,
    .flags = VERB_OPENS_DATA,
    .run = run_export,
};

struct exporting {
    struct connection *c;
    const struct export_options *o;
    const char *queue;
    json_t *told; /* {"files":[{"file","bytes"}],"results":N,"errors":N} */
};

/* Before ---------------------------------------------------------------------------------------------------------- */
static const char *const BODIES[] = {"results", "errors"};

static const char *csv_name(struct arena *a, int kind, bool missing)
{
    return arena_printf(a, "%s%s.csv", TABLES_KIND[kind], missing ? "Missing" : "");
}

static int check_free(const struct exporting *x, const char *name, struct err *e)
{
    const char *path = arena_printf(&x->c->arena, "%s/%s", x->o->to, name);
    if (x->o->force || !file_exists(path))
        return 0;
    int r = err_refuse(e, ERR_USAGE, "there is '%s' already", path);
    err_hint(e, "take another folder, or replace it: --force");
    return r;
}

static int check_all_free(const struct exporting *x, struct err *e)
{
    struct arena *a = &x->c->arena;
    int r = 0;
    for (int missing = 0; missing <= x->o->missing; missing++)
        for (int kind = 0; !r && kind < TABLES_KINDS; kind++)
            r = check_free(x, csv_name(a, kind, missing), e);
    for (size_t i = 0; !r && x->o->bodies && i < COUNT_OF(BODIES); i++)
        r = check_free(x, BODIES[i], e);
    return r;
}

/* Files ----------------------------------------------------------------------------------------------------------- */
static int save(struct exporting *x, const char *tail, const char *name, bool force, int64_t *out_bytes, struct err *e)
{
    CLEANUP(tables_part_drop) struct tables_part part = {0};
    struct arena *a = &x->c->arena;
    int r = tables_part_open(&part, a, x->o->to, name, force, true, e);
    if (!r)
        r = client_save(x->c->client, client_queue_path(a, x->queue, tail), part.to, e);
    return r ? r : tables_part_end(&part, out_bytes, e);
}

static int export_csv(struct exporting *x, int kind, bool missing, struct err *e)
{
    struct arena *a = &x->c->arena;
    const char *name = csv_name(a, kind, missing);
    int64_t bytes = 0;
    int r = save(x, arena_printf(a, "/submission/%s%s", TABLES_KIND[kind], missing ? "?missing=1" : ""), name, x->o->force, &bytes, e);
    if (!r)
        json_array_append_new(json_object_get(x->told, "files"), json_pack("{s:s, s:I}", "file", name, "bytes", (json_int_t)bytes));
    return r;
}

/* Into a folder that gets its name last, or into the one that is there. */
static int unpack(struct exporting *x, const char *zip, const char *what, struct err *e)
{
    struct arena *a = &x->c->arena;
    const char *dir = arena_printf(a, "%s/%s", x->o->to, what), *into = dir;
    int64_t count = 0;
    if (!file_exists(dir))
        into = arena_printf(a, "%s/.%s-%ld.part", x->o->to, what, (long)getpid());
    int r = file_make_dirs(into, 0755, e);
    if (!r)
        r = tables_unpack(zip, into, x->o->force, &count, e);
    if (!r && into != dir && rename(into, dir)) {
        char cause[TEXT_CAUSE_BYTES];
        r = err_fail(e, ERR_FILE, "could not name '%s': %s", dir, text_cause(errno, cause));
    }
    if (!r)
        json_object_set_new(x->told, what, json_integer(count));
    return r;
}

static int export_bodies(struct exporting *x, const char *what, struct err *e)
{
    struct arena *a = &x->c->arena;
    const char *name = arena_printf(a, ".%s-%ld.zip", what, (long)getpid());
    int64_t bytes = 0;
    int r = save(x, arena_printf(a, "/archive/%s", what), name, true, &bytes, e);
    if (r == ERR_OUTPUT_NOT_FOUND) { /* nobody has handed in any */
        json_object_set_new(x->told, what, json_integer(0));
        return 0;
    }
    if (r)
        return r;
    const char *zip = arena_printf(a, "%s/%s", x->o->to, name);
    r = unpack(x, zip, what, e);
    unlink(zip);
    return r;
}

static int export_all(struct exporting *x, struct err *e)
{
    int r = file_make_dirs(x->o->to, 0755, e);
    for (int missing = 0; missing <= x->o->missing; missing++)
        for (int kind = 0; !r && kind < TABLES_KINDS; kind++)
            r = export_csv(x, kind, missing, e);
    for (size_t i = 0; !r && x->o->bodies && i < COUNT_OF(BODIES); i++)
        r = export_bodies(x, BODIES[i], e);
    return r ? r : file_sync_dir(x->o->to, e);
}

static void print(const struct exporting *x)
{
    size_t i;
    json_t *file;
    json_array_foreach(json_object_get(x->told, "files"), i, file) {
        CLEANUP(buf_done) struct buf size = {0};
        text_bytes(&size, out_int(file, "bytes"));
        printf("%12s  %s/%s\n", buf_text(&size), x->o->to, json_string_value(json_object_get(file, "file")));
    }
    for (i = 0; i < COUNT_OF(BODIES) && x->o->bodies; i++) {
        CLEANUP(buf_done) struct buf count = {0};
        out_count(&count, out_int(x->told, BODIES[i]), "file", "files");
        printf("%12s  %s/%s\n", buf_text(&count), x->o->to, BODIES[i]);
    }
}

static int run_export(struct verb_call *call, struct err *e)
{
    const struct export_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *told = json_pack("{s:[]}", "files");
    struct exporting x = {.c = &c, .o = o, .told = told};
    if (!o->to)
        return err_refuse(e, ERR_USAGE, "where to? --to DIR");
    int r = check_all_free(&x, e);
    if (!r)
        r = tables_connect(call, &o->base, &c, &x.queue, e);
    if (!r)
        r = export_all(&x, e);
    if (r)
        return r;
    if (o->base.json)
        out_json(told);
    else
        print(&x);
    return 0;
}
