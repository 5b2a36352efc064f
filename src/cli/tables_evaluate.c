/* docket tables evaluate: what was handed in, held against the solution. */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/tables_verb.h"

static const struct option OPTIONS[] = {TABLES_OPTIONS(struct tables_plain)};

static int run_evaluate(struct verb_call *call, struct err *e);

const struct verb tables_evaluate = {
    .name = "tables evaluate",
    .arguments = "QUEUE",
    .summary = "precision, recall and F1, where the dataset was imported with a solution",
    .help = "Precision is correct ÷ (correct + incorrect), recall correct ÷ all right answers to\n"
            "what is asked for, F1 their harmonic mean. Missing: asked for and not mapped, of\n"
            "tables with a result; unasked: right answers to what nobody asked for.\n\n"
            "  docket tables evaluate round1\n",
    TABLES_PLAIN,
    .args_max = 1,
    .run = run_evaluate,
};

static void print_share(const json_t *kind, const char *name)
{
    const json_t *value = json_object_get(kind, name);
    if (json_is_number(value))
        printf(" %9.4f", json_number_value(value));
    else
        printf(" %9s", "-");
}

static void print_count(const json_t *kind, const char *name)
{
    CLEANUP(buf_done) struct buf b = {0};
    text_count(&b, out_int(kind, name));
    printf(" %12s", buf_text(&b));
}

static void print_kind(const char *word, const json_t *kind)
{
    static const char *const SHARES[] = {"precision", "recall", "f1"};
    static const char *const COUNTS[] = {"correctMappings", "incorrectMappings", "missingMappings", "superfluousMappings"};
    printf("%-4s", word);
    for (size_t i = 0; i < COUNT_OF(SHARES); i++)
        print_share(kind, SHARES[i]);
    for (size_t i = 0; i < COUNT_OF(COUNTS); i++)
        print_count(kind, COUNTS[i]);
    putchar('\n');
}

/* Tables that could not be compared. */
static void print_left_out(const char *word, const json_t *kind)
{
    CLEANUP(buf_done) struct buf b = {0};
    int64_t truthless = out_int(kind, "missingSolutions"), resultless = out_int(kind, "missingSubmissions");
    if (!truthless && !resultless)
        return;
    out_count(&b, truthless, "table", "tables");
    buf_puts(&b, " without right answers, ");
    text_count(&b, resultless);
    printf("%s: %s with some and without a result\n", word, buf_text(&b));
}

static void print(struct arena *a, const json_t *answer)
{
    if (!json_object_size(answer)) {
        puts("there is nothing to compare with: the dataset was imported without --solution");
        return;
    }
    printf("%4s %9s %9s %9s %12s %12s %12s %12s\n", "", "Precision", "Recall", "F1", "Correct", "Incorrect", "Missing", "Unasked");
    for (int i = 0; i < TABLES_KINDS; i++)
        print_kind(TABLES_KIND[i], json_object_get(answer, TABLES_KIND[i]));
    for (int i = 0; i < TABLES_KINDS; i++)
        print_left_out(TABLES_KIND[i], json_object_get(answer, TABLES_KIND[i]));
}

static int run_evaluate(struct verb_call *call, struct err *e) { return tables_tell(call, "/evaluation", print, e); }
