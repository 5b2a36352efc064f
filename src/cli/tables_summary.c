/* What an import has brought: one document, printed as it is or in words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/out.h"
#include "cli/tables_course.h"
#include "cli/tables_mend.h"
#include "core/dataset.h"

/* ---- as JSON */

/* Bytes from outside as a text of JSON. */
static json_t *text(const char *bytes)
{
    CLEANUP(buf_done) struct buf b = {0};
    if (!bytes)
        return json_null();
    tables_mend(&b, bytes, strlen(bytes));
    return json_stringn(buf_text(&b), b.len);
}

/* Rows of tables that are not there. */
static json_t *unknown(struct tables_strangers *s)
{
    json_t *some = json_array();
    for (int i = 0; i < TABLES_NAMED && s->some[i]; i++)
        json_array_append_new(some, text(s->some[i]));
    return json_pack("{s:I, s:I, s:o}", "rows", (json_int_t)s->rows, "tables", (json_int_t)tables_strangers_tables(s), "some", some);
}

/* Those named twice count once. */
static json_int_t targets_of(struct tables_course *c, enum target_kind kind)
{
    const json_t *sent = json_object_get(json_object_get(c->answer, "targets"), dataset_kind_word(kind));
    return sent ? json_integer_value(sent) : (json_int_t)(c->targets.cells[kind].count - tables_cells_repeated(&c->targets.cells[kind]));
}

static json_t *targets(struct tables_course *c)
{
    json_t *all = json_object();
    for (int kind = 1; kind < TARGET_KINDS; kind++)
        json_object_set_new(all, dataset_kind_word((enum target_kind)kind),
                            json_pack("{s:o, s:I, s:o, s:I, s:I}", "file", text(c->targets.files.of[kind]), "targets",
                                      targets_of(c, (enum target_kind)kind), "unknown", unknown(&c->targets.strangers[kind]), "outside",
                                      (json_int_t)c->targets.outside[kind], "repeated",
                                      (json_int_t)tables_cells_repeated(&c->targets.cells[kind])));
    return all;
}

static json_t *truth(struct tables_truth *t)
{
    json_t *all = json_object();
    for (int kind = 1; t->given && kind < TARGET_KINDS; kind++)
        json_object_set_new(all, dataset_kind_word((enum target_kind)kind),
                            json_pack("{s:o, s:I, s:o}", "file", text(t->files.of[kind]), "answers", (json_int_t)t->cells[kind].count,
                                      "unknown", unknown(&t->strangers[kind])));
    if (t->given)
        return all;
    json_decref(all);
    return json_null();
}

static const char *const FITS[] = {[TABLES_FIT_SAID] = "said", [TABLES_FIT_FOUND] = "found", [TABLES_FIT_BOTH] = "both",
                                   [TABLES_FIT_NONE] = "none"};

static json_t *summary(struct tables_course *c)
{
    int64_t replaced = c->content.replaced + c->targets.replaced + c->gt.replaced + c->solution.replaced;
    return json_pack("{s:s, s:b, s:I, s:{s:I, s:I}, s:{s:s, s:s}, s:o, s:I, s:o, s:o, s:f}", "queue", c->queue, "sent", c->answer != NULL,
                     "tables", (json_int_t)c->sent, "header", "row", (json_int_t)(c->sent - c->headless), "none",
                     (json_int_t)c->headless, "order", "cells", tables_order_word(c->targets.order), "why", FITS[c->targets.fit], "targets",
                     targets(c), "replaced", (json_int_t)replaced, "gt", truth(&c->gt), "solution", truth(&c->solution), "seconds",
                     (double)(clock_mono_us() - c->began_us) / CLOCK_SECOND);
}

/* ---- in words */

static void put_count(struct buf *b, const json_t *object, const char *name, const char *one, const char *many)
{
    out_count(b, out_int(object, name), one, many);
}

/* "2 of tables that are not here: X, Y", if there are any. */
static void put_unknown(struct buf *b, const json_t *strangers)
{
    const json_t *name;
    size_t i;
    if (!out_int(strangers, "rows"))
        return;
    buf_puts(b, "; ");
    put_count(b, strangers, "rows", "row", "rows");
    buf_puts(b, " of ");
    put_count(b, strangers, "tables", "table that is not there", "tables that are not there");
    json_array_foreach(json_object_get(strangers, "some"), i, name) {
        buf_puts(b, i ? ", " : ": ");
        text_cut(b, json_string_value(name), 60);
    }
    if (out_int(strangers, "tables") > TABLES_NAMED)
        buf_puts(b, ", …");
}

static void put_more(struct buf *b, const json_t *row, const char *name, const char *words)
{
    if (!out_int(row, name))
        return;
    buf_puts(b, "; ");
    text_count(b, out_int(row, name));
    buf_puts(b, words);
}

/* "  cea  12 targets, from DIR/cea.csv". */
static void print_rows(const json_t *rows, const char *label, const char *member, const char *one, const char *many)
{
    for (int kind = 1; kind < TARGET_KINDS; kind++) {
        CLEANUP(buf_done) struct buf b = {0};
        const json_t *row = json_object_get(rows, dataset_kind_word((enum target_kind)kind));
        const char *file = json_string_value(json_object_get(row, "file"));
        buf_printf(&b, "  %s%s  ", label, dataset_kind_word((enum target_kind)kind));
        if (file) {
            put_count(&b, row, member, one, many);
            buf_puts(&b, ", from ");
            text_safe(&b, file, strlen(file), false);
        } else {
            buf_puts(&b, "no file");
        }
        put_unknown(&b, json_object_get(row, "unknown"));
        put_more(&b, row, "outside", " outside their tables");
        put_more(&b, row, "repeated", " named before");
        puts(buf_text(&b));
    }
}

static void print_order(const struct tables_course *c)
{
    static const char *const WORDS[] = {
        [TABLES_FIT_SAID] = "as you said", [TABLES_FIT_FOUND] = "which fits better than the other",
        [TABLES_FIT_BOTH] = "as the old manager read them: both orders fit, and --order says otherwise"};
    if (c->targets.fit != TABLES_FIT_NONE)
        printf("  cells were read as %s, %s\n", c->targets.order == TABLES_ROW_COL ? "row, column" : "column, row", WORDS[c->targets.fit]);
}

static void print_headline(const struct tables_course *c, const json_t *s)
{
    CLEANUP(buf_done) struct buf b = {0};
    const json_t *header = json_object_get(s, "header");
    put_count(&b, s, "tables", "table", "tables");
    buf_puts(&b, c->answer ? " in dataset " : " would be in dataset ");
    text_safe(&b, c->queue, strlen(c->queue), false);
    buf_puts(&b, ", ");
    text_count(&b, out_int(header, "row"));
    buf_puts(&b, " with a row of names, ");
    text_count(&b, out_int(header, "none"));
    buf_puts(&b, " without; ");
    text_span(&b, clock_mono_us() - c->began_us);
    puts(buf_text(&b));
}

static void print_words(const struct tables_course *c, const json_t *s)
{
    CLEANUP(buf_done) struct buf b = {0};
    print_headline(c, s);
    print_rows(json_object_get(s, "targets"), "", "targets", "target", "targets");
    print_order(c);
    if (c->gt.given)
        print_rows(json_object_get(s, "gt"), "gt ", "answers", "answer", "answers");
    if (c->solution.given)
        print_rows(json_object_get(s, "solution"), "solution ", "answers", "answer", "answers");
    if (!out_int(s, "replaced"))
        return;
    put_count(&b, s, "replaced", "byte was", "bytes were");
    printf("  %s not UTF-8 and became U+FFFD\n", buf_text(&b));
}

void tables_summary(struct tables_course *c, bool json)
{
    CLEANUP(json_drop) json_t *s = summary(c);
    if (json)
        out_json(s);
    else
        print_words(c, s);
}
