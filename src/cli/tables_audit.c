/* docket tables audit: what runners told of how they worked, summed up. */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/tables_verb.h"

static const struct option OPTIONS[] = {TABLES_OPTIONS(struct tables_plain)};

static int run_audit(struct verb_call *call, struct err *e);

const struct verb tables_audit = {
    .name = "tables audit",
    .arguments = "QUEUE",
    .summary = "how many targets each method of the runners solved",
    .help = "By task (CEA, CTA, CPA) and step (creation of candidates, selection among them),\n"
            "the methods that solved the most first.\n\n"
            "  docket tables audit round1\n",
    TABLES_PLAIN,
    .args_max = 1,
    .run = run_audit,
};

static void print_step(struct arena *a, const json_t *step)
{
    size_t i;
    json_t *method;
    printf("%s %s\n", out_field(a, step, "task"), out_field(a, step, "step"));
    json_array_foreach(json_object_get(step, "methods"), i, method) {
        CLEANUP(buf_done) struct buf solved = {0};
        text_count(&solved, json_integer_value(json_array_get(method, 1)));
        printf("  %12s  ", buf_text(&solved));
        out_safe(stdout, json_string_value(json_array_get(method, 0)));
        putchar('\n');
    }
}

static void print(struct arena *a, const json_t *answer)
{
    size_t i, told = 0;
    json_t *step;
    json_array_foreach(json_object_get(answer, "res"), i, step) {
        if (!json_array_size(json_object_get(step, "methods")))
            continue;
        print_step(a, step);
        told++;
    }
    if (!told)
        puts("no runner has told anything yet");
}

static int run_audit(struct verb_call *call, struct err *e) { return tables_tell(call, "/audit", print, e); }
