/* The figures as the old manager's page and the programs that watched it know them (contract C.5.7, C.5.9). */
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "core/dataset_audit.h"
#include "web/tables.h"

/* "1 hour 1 minute 1 seconds": parts of whole numbers, where the last has a fraction it is cut off, and is more than one. */
static json_t *duration(double seconds)
{
    static const struct {
        const char *name;
        int64_t seconds;
    } UNITS[] = {{"day", 86400}, {"hour", 3600}, {"minute", 60}};
    char text[120] = "";
    size_t n = 0;
    for (size_t i = 0; i < COUNT_OF(UNITS); i++) {
        int64_t count = (int64_t)(seconds / (double)UNITS[i].seconds);
        seconds -= (double)(count * UNITS[i].seconds);
        if (count)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%lld %s%s", n ? " " : "", (long long)count, UNITS[i].name,
                                  count > 1 ? "s" : "");
    }
    if (seconds > 0)
        snprintf(text + n, sizeof text - n, "%s%d second%s", n ? " " : "", (int)seconds, seconds > 1 ? "s" : "");
    return json_string(text);
}

static json_t *mean(int64_t us) { return us == NONE || us == 0 ? json_null() : duration((double)us / CLOCK_SECOND); }

/* As the old manager reckoned it: each client of the last quarter of an hour takes as long as the mean. */
static json_t *remaining(const struct dataset_figures *f)
{
    if (f->result_us == NONE || !f->result_us || !f->unfinished)
        return json_integer(0);
    int64_t clients = f->clients[1] > 1 ? f->clients[1] : 1;
    return duration((double)f->result_us / CLOCK_SECOND * (double)f->unfinished / (double)clients);
}

/* A percentage with two digits, as text: "50.0", "33.33". */
static json_t *fraction(int64_t mapped, int64_t total)
{
    char text[40];
    double percent = total ? round(10000.0 * (double)mapped / (double)total) / 100 : 0;
    snprintf(text, sizeof text, "%.2f", percent);
    size_t n = strlen(text);
    if (text[n - 1] == '0')
        text[n - 1] = '\0';
    return json_string(text);
}

static json_t *mappings(const struct dataset *d, enum target_kind kind)
{
    int64_t mapped = d->row.sums.mapped[kind], total = d->row.sums.total[kind];
    return json_pack("{s:o, s:I, s:I}", "fraction", fraction(mapped, total), "mapped", (json_int_t)mapped, "total", (json_int_t)total);
}

static json_t *stats(const struct dataset *d, const struct dataset_figures *f)
{
    return json_pack("{s:{s:I, s:I, s:I, s:I}, s:{s:b, s:b}, s:b, s:{s:o, s:o, s:o}, s:{s:I, s:I, s:I, s:I}, s:{s:o, s:o, s:o}}",
                     "clients", "day", (json_int_t)f->clients[3], "hour", (json_int_t)f->clients[2], "minute",
                     (json_int_t)f->clients[0], "quarter", (json_int_t)f->clients[1],
                     "files", "errors", d->row.errors || d->row.flawed, "results", d->row.results != 0,
                     "hasEvaluation", (int)d->row.solution,
                     "mappings", "cea", mappings(d, TARGET_CEA), "cpa", mappings(d, TARGET_CPA), "cta", mappings(d, TARGET_CTA),
                     "tables", "error", (json_int_t)f->error, "result", (json_int_t)f->result, "total", (json_int_t)f->total,
                     "unfinished", (json_int_t)f->unfinished,
                     "times", "error", mean(f->error_us), "remaining", remaining(f), "result", mean(f->result_us));
}

int tables_get_stats(struct request *r, struct turn *t, struct err *e)
{
    struct dataset_figures figures;
    struct dataset d;
    int bad = tables_dataset(r, t, &d, e);
    if (!bad)
        bad = dataset_look(t, &d, &figures, e);
    return bad ? bad : request_answer(r, 200, stats(&d, &figures));
}

/* Six of them, whether or not there is anything to tell. */
static json_t *audit_of(const char *task, const char *step, const struct audit_sum_row *rows, int count)
{
    json_t *methods = json_array();
    for (int i = 0; i < count; i++)
        if (strcmp(rows[i].task, task) == 0 && strcmp(rows[i].step, step) == 0)
            json_array_append_new(methods, json_pack("[s, I]", rows[i].method, (json_int_t)rows[i].solved));
    return json_pack("{s:o, s:s, s:s}", "methods", methods, "step", step, "task", task);
}

json_t *tables_audit_sums(const struct audit_sum_row *rows, int count)
{
    static const char *const TASKS[] = {"CEA", "CTA", "CPA"}, *const STEPS[] = {"creation", "selection"};
    json_t *all = json_array();
    for (size_t i = 0; i < COUNT_OF(TASKS); i++)
        for (size_t k = 0; k < COUNT_OF(STEPS); k++)
            json_array_append_new(all, audit_of(TASKS[i], STEPS[k], rows, count));
    return json_pack("{s:o}", "res", all);
}

int tables_get_audit(struct request *r, struct turn *t, struct err *e)
{
    struct audit_sum_row *rows;
    struct dataset d;
    int count = 0;
    int bad = tables_any_dataset(r, t, &d, e);
    if (!bad)
        bad = dataset_audit_sums(t, &d, t->arena, &rows, &count, e);
    return bad ? bad : request_answer(r, 200, tables_audit_sums(rows, count));
}

int tables_test(struct request *r, struct turn *t, struct err *e)
{
    buf_puts(request_answer_text(r, 200), "/test");
    r->content_type = "text/html; charset=utf-8";
    return 0;
}
