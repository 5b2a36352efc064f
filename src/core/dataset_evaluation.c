/* See dataset_evaluation.h. */
#include "core/dataset_evaluation.h"

#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "core/table_history.h"

/* Comparing ------------------------------------------------------------------------------------------------------- */
static size_t find_site(const char *text, size_t n)
{
    static const char SITE[] = "wikidata.org";
    size_t at = 0;
    while (at + sizeof SITE - 1 <= n && strncasecmp(text + at, SITE, sizeof SITE - 1) != 0)
        at++;
    return at + sizeof SITE - 1 <= n ? at + sizeof SITE - 1 : n;
}

static size_t digits_at(const char *text, size_t n)
{
    size_t count = 0;
    while (count < n && text[count] >= '0' && text[count] <= '9')
        count++;
    return count;
}

const char *evaluation_id(const char *text, size_t n, size_t *out_n)
{
    size_t site = find_site(text, n);
    *out_n = n;
    for (size_t at = n; at > site; at--) {
        const char *letter = text + at;
        if ((letter[-1] != '/' && letter[-1] != ':') || at == n || !strchr("QPLqpl", *letter))
            continue;
        size_t digits = digits_at(letter + 1, n - at - 1);
        if (!digits)
            continue;
        *out_n = digits + 1;
        return letter;
    }
    return text;
}

bool evaluation_is_right(const char *mapped, const char *answers)
{
    size_t mapped_n, answer_n;
    mapped = evaluation_id(mapped, strlen(mapped), &mapped_n);
    for (size_t n;; answers += n + 1) {
        n = strcspn(answers, ",");
        const char *answer = evaluation_id(answers, n, &answer_n);
        if (answer_n == mapped_n && memcmp(answer, mapped, mapped_n) == 0)
            return true;
        if (!answers[n])
            return false;
    }
}

double evaluation_precision(const struct evaluation_kind *k)
{
    int64_t judged = k->correct + k->incorrect;
    return judged ? (double)k->correct / (double)judged : -1;
}

double evaluation_recall(const struct evaluation_kind *k) { return k->wanted ? (double)k->correct / (double)k->wanted : -1; }

double evaluation_f1(const struct evaluation_kind *k)
{
    double p = evaluation_precision(k), r = evaluation_recall(k);
    return p < 0 || r < 0 || p + r == 0 ? -1 : 2 * p * r / (p + r);
}

/* Slices ---------------------------------------------------------------------------------------------------------- */
static void judge(struct evaluation *v, const struct judged_row *row)
{
    struct evaluation_kind *k = &v->kinds[row->truth.kind];
    v->seen[row->truth.kind] = true;
    k->wanted += row->wanted;
    if (!v->solved)
        return;
    if (!row->wanted)
        k->superfluous++;
    else if (!row->mapped)
        k->missing++;
    else if (evaluation_is_right(row->mapped, row->truth.value))
        k->correct++;
    else
        k->incorrect++;
}

static void close_table(struct evaluation *v)
{
    for (int kind = 1; kind < TARGET_KINDS; kind++) {
        v->kinds[kind].missing_solutions += v->solved && !v->seen[kind];
        v->kinds[kind].missing_submissions += !v->solved && v->seen[kind];
        v->seen[kind] = false;
    }
    v->inside = false;
}

/* Up to max truths of the table under way. *out: how many there were. */
static int judge_some(struct turn *t, struct evaluation *v, int max, int *out, struct err *e)
{
    struct truth_row after = {.kind = v->at.kind, .a = v->at.a, .b = v->at.b};
    struct judged_row *rows;
    int r = store_truth_walk(t->store, v->task, &after, max, t->arena, &rows, out, e);
    if (r)
        return r;
    for (int i = 0; i < *out; i++)
        judge(v, &rows[i]);
    if (*out == max) {
        const struct truth_row *last = &rows[max - 1].truth;
        v->at.kind = last->kind, v->at.a = last->a, v->at.b = last->b;
    } else {
        close_table(v);
    }
    return 0;
}

static int open_table(struct turn *t, const struct dataset *d, struct evaluation *v, struct err *e)
{
    struct coverage_row *row;
    int count = 0, r = store_coverage_walk(t->store, d->queue.id, v->task, 1, t->arena, &row, &count, e);
    v->done = r == 0 && !count;
    if (r || v->done)
        return r;
    v->task = row->task;
    v->inside = true;
    v->at.kind = 0, v->at.a = v->at.b = 0;
    return table_solved(t, v->task, &v->solved, e);
}

int evaluation_slice(struct turn *t, const struct dataset *d, struct evaluation *v, struct err *e)
{
    int r = 0, count, rows = 0;
    do {
        count = 0;
        r = v->inside ? 0 : open_table(t, d, v, e);
        if (r == 0 && !v->done)
            r = judge_some(t, v, LIMIT_SLICE_ROWS, &count, e);
        rows += count + 1;
    } while (r == 0 && !v->done && rows < 2 * LIMIT_SLICE_ROWS && !turn_is_long(t));
    for (int kind = 1; r == 0 && v->done && kind < TARGET_KINDS; kind++)
        v->kinds[kind].missing_submissions += d->row.unknown[kind];
    return r;
}
