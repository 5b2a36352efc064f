/* docket tables import: a dataset from files as the SemTab challenge publishes them. */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/out.h"
#include "cli/tables_course.h"
#include "cli/verb.h"

struct import_options {
    struct connect_options connect;
    const char *queue, *order, *prefix;
    struct option_list targets, solution, gt;
    bool audit, no_audit, analyze, open, dry_run, json;
};

static const struct import_options DEFAULTS = {.prefix = "http://www.wikidata.org/entity/"};

#define AT(member) offsetof(struct import_options, member)
static const struct option OPTIONS[] = {
    {"queue", 0, OPTION_TEXT, "QUEUE", AT(queue), 0, 0, "what the dataset is called; needed"},
    {"order", 0, OPTION_TEXT, "ORDER", AT(order), 0, 0, "how cells are written: row-col (2020) or col-row (2019); else what fits"},
    {"targets", 0, OPTION_LIST, "FILE", AT(targets), 0, 0, "target files, or a folder of them; may be given again"},
    {"gt", 0, OPTION_LIST, "FILE", AT(gt), 0, 0, "right answers to be shown with a table: files, or a folder"},
    {"solution", 0, OPTION_LIST, "DIR", AT(solution), 0, 0, "right answers to be compared with: cea.csv, cta.csv, cpa.csv"},
    {"prefix", 0, OPTION_TEXT, "URL", AT(prefix), 0, 0, "taken off what targets are mapped to; else http://www.wikidata.org/entity/"},
    {"audit", 0, OPTION_FLAG, NULL, AT(audit), 0, 0, "ask runners for audit records, as they are unless told otherwise"},
    {"no-audit", 0, OPTION_FLAG, NULL, AT(no_audit), 0, 0, "do not"},
    {"analyze", 0, OPTION_FLAG, NULL, AT(analyze), 0, 0, "ask runners for the data of the analysis"},
    {"open", 0, OPTION_FLAG, NULL, AT(open), 0, 0, "runners need no account, only a name"},
    {"dry-run", 0, OPTION_FLAG, NULL, AT(dry_run), 0, 0, "read and check everything, send nothing"},
    CONNECT_OPTIONS(AT(connect)),
    {"json", 0, OPTION_FLAG, NULL, AT(json), 0, 0, "print the summary as JSON"},
};

static int run_import(struct verb_call *call, struct err *e);

const struct verb tables_import = {
    .name = "tables import",
    .arguments = "DIR",
    .summary = "make a dataset of CSV files and what is to be mapped in them",
    .help = "Tables are DIR/tables/*.csv. What is to be mapped stands in files with CEA, CTA or\n"
            "CPA in their names, in DIR/targets or else in DIR; --targets names others, which go\n"
            "first. Any of the three may be missing. Rows are TABLE,ROW,COLUMN (or TABLE,COLUMN,ROW),\n"
            "TABLE,COLUMN and TABLE,SUBJECT,OBJECT; behind them may stand what it is mapped to.\n"
            "If more than one in a hundred lies outside its table, nothing is imported.\n\n"
            "A table has a row of names unless one of its cells to be mapped is in row 0. Short\n"
            "rows are filled up; bytes that are not UTF-8 become U+FFFD and are counted.\n\n"
            "All of it is there, or nothing: an import that is cut off leaves nothing.\n\n"
            "  docket tables import 'Round 1' --queue round1 --order row-col\n"
            "  docket tables import biodiv --queue biodiv --gt biodiv/gt --open\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct import_options),
    .defaults = &DEFAULTS,
    .args_min = 1,
    .args_max = 1,
    .run = run_import,
};

static int check_options(const struct import_options *o, struct err *e)
{
    if (!o->queue)
        return err_refuse(e, ERR_USAGE, "what is the dataset to be called? --queue NAME");
    if (o->audit && o->no_audit)
        return err_refuse(e, ERR_USAGE, "--audit and --no-audit do not go together");
    if (!text_is_utf8(o->prefix, strlen(o->prefix)))
        return err_refuse(e, ERR_USAGE, "--prefix must be UTF-8");
    return connect_check_queue(o->queue, e);
}

static int find_targets(struct tables_course *c, const struct import_options *o, const char *dir, struct err *e)
{
    struct tables_files *files = &c->targets.files;
    int r = tables_files_among(files, &c->arena, &o->targets, "--targets", e);
    if (r == 0)
        r = tables_files_in(files, &c->arena, arena_printf(&c->arena, "%s/targets", dir), "--targets", e);
    return r ? r : tables_files_in(files, &c->arena, dir, "--targets", e);
}

/* All but the tables themselves. */
static int read_files(struct tables_course *c, const struct import_options *o, const char *dir, struct err *e)
{
    int r = tables_folder_open(&c->folder, arena_printf(&c->arena, "%s/tables", dir), e);
    if (r == 0)
        r = find_targets(c, o, dir, e);
    if (r == 0)
        r = tables_targets_read(&c->targets, &c->folder, e);
    if (r == 0)
        r = tables_truth_read(&c->gt, &c->arena, &o->gt, "--gt", TABLES_ANSWERS, &c->folder, e);
    if (r == 0)
        r = tables_truth_read(&c->solution, &c->arena, &o->solution, "--solution", TABLES_SOLUTION, &c->folder, e);
    return r ? r : tables_course_measure(c, e);
}

static int run_import(struct verb_call *call, struct err *e)
{
    const struct import_options *o = call->options;
    CLEANUP(connect_close) struct connection connection = {0};
    CLEANUP(tables_course_done) struct tables_course c = {
        .loop = call->loop, .queue = o->queue, .began_us = clock_mono_us(),
        .settings = {.prefix = o->prefix, .audit = !o->no_audit, .analyze = o->analyze, .open = o->open}};
    int r = check_options(o, e);
    if (r == 0)
        r = tables_order_from(o->order, &c.order, e);
    if (r == 0 && !o->dry_run)
        r = connect_open(&connection, call, &o->connect, e);
    if (r == 0 && !o->dry_run)
        r = tables_course_look(&c, &connection, e);
    if (r == 0)
        r = read_files(&c, o, call->args[0], e);
    if (r == 0)
        r = tables_course_send(&c, o->dry_run ? NULL : &connection, e);
    if (r == 0)
        tables_summary(&c, o->json);
    return r;
}
