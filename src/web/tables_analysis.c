/* What runners told of their candidates on the way, held against the solution (contract C.5.11): a table's analysis is lines of JSON, and in
 * each stand entries with a label and the candidates then. It is told while it is sent, one kind of targets after the other, an entry at
 * a time. What a runner sent is looked at here for the first time: where it cannot be read the table says so, and the rest goes on. */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "core/dataset_evaluation.h"
#include "web/openapi.h"
#include "web/tables.h"

enum { TRUTHS_STEP = 250, PIECE_BYTES = 64 * 1024, LABELS_MOST = 256 };

struct label {
    const char *text;
    int64_t missing, correct, incorrect, total;
};

struct labels {
    struct label rows[LABELS_MOST];
    int count;
};

struct analysis_making {
    struct making making; /* first */
    int64_t queue, task;
    int list; /* of tables_told: the kind that is being told */
    bool begun, any;
    enum { BETWEEN, TRUTHS, LINES } at;

    struct arena arena; /* of the table */
    const char *name;
    struct truth_row *truths; /* those of its targets, in order */
    int truth_count, truth_room;
    struct truth_row last;
    bool any_truth;
    int64_t size, read; /* of the analysis */
    struct buf line;    /* what is read of it and not yet parsed */
    int64_t line_number;
    json_t *parsed; /* a line; NULL: none */
    size_t entry;   /* the next of its entries */
    const char *wrong; /* why no more of it was read; NULL: nothing */
    struct labels labels;

    struct arena sums_arena; /* of the kind */
    struct labels sums;
};

static struct label *label_of(struct labels *all, const char *text, struct arena *a)
{
    for (int i = 0; i < all->count; i++)
        if (strcmp(all->rows[i].text, text) == 0)
            return &all->rows[i];
    if (all->count == LABELS_MOST)
        return NULL;
    all->rows[all->count] = (struct label){.text = arena_strdup(a, text)};
    return &all->rows[all->count++];
}

static void put_labels(struct buf *out, const struct labels *all)
{
    buf_putc(out, '{');
    for (int i = 0; i < all->count; i++) {
        const struct label *l = &all->rows[i];
        buf_puts(out, i ? "," : "");
        json_put_text(out, l->text);
        buf_printf(out, ":{\"correct\":%lld,\"incorrect\":%lld,\"missing\":%lld,\"total\":%lld}", (long long)l->correct,
                   (long long)l->incorrect, (long long)l->missing, (long long)l->total);
    }
    buf_putc(out, '}');
}

/* Entries --------------------------------------------------------------------------------------------------------- */
static const struct {
    const char *first, *first_too, *second; /* first_too: another name of it; NULL: there is none */
} IDS[TARGET_KINDS] = {[TARGET_CEA] = {"row_id", NULL, "col_id"},
                       [TARGET_CTA] = {"col_id", NULL, NULL},
                       [TARGET_CPA] = {"subj_id", "sub_id", "obj_id"}};

static bool read_place(enum target_kind kind, const json_t *one, int64_t *a, int64_t *b)
{
    const json_t *first = json_object_get(one, IDS[kind].first);
    if (!first && IDS[kind].first_too)
        first = json_object_get(one, IDS[kind].first_too);
    const json_t *second = IDS[kind].second ? json_object_get(one, IDS[kind].second) : NULL;
    *a = json_integer_value(first);
    *b = json_integer_value(second);
    return json_is_integer(first) && (!IDS[kind].second || json_is_integer(second));
}

static int find_truth(const struct analysis_making *m, int64_t a, int64_t b)
{
    int from = 0, to = m->truth_count;
    while (from < to) {
        int middle = from + (to - from) / 2;
        const struct truth_row *row = &m->truths[middle];
        if (row->a == a && row->b == b)
            return middle;
        bool before = row->a < a || (row->a == a && row->b < b);
        from = before ? middle + 1 : from;
        to = before ? to : middle;
    }
    return -1;
}

static bool has_candidates(const json_t *c) { return json_array_size(c) > 0 || json_string_length(c) > 0; }

static bool is_among(const json_t *candidates, const char *answers)
{
    if (json_is_string(candidates))
        return evaluation_is_right(json_string_value(candidates), answers);
    for (size_t i = 0; i < json_array_size(candidates); i++) {
        const char *one = json_string_value(json_array_get(candidates, i));
        if (one && evaluation_is_right(one, answers))
            return true;
    }
    return false;
}

/* The candidates of each target, of whom the last entry counts. NULL: of one it is not said which that is. */
static const json_t **candidates_of(struct analysis_making *m, enum target_kind kind, const json_t *state, struct arena *a)
{
    const json_t **found = arena_array(a, (size_t)m->truth_count + 1, sizeof *found);
    for (size_t i = 0; i < json_array_size(state); i++) {
        const json_t *one = json_array_get(state, i);
        int64_t first, second;
        if (!read_place(kind, one, &first, &second))
            return NULL;
        int truth = find_truth(m, first, second);
        if (truth >= 0)
            found[truth] = json_object_get(one, "cand");
    }
    return found;
}

static const char *count_entry(struct analysis_making *m, const json_t *entry, struct arena *a)
{
    enum target_kind kind = tables_told[m->list];
    const char *text = json_string_value(json_object_get(entry, "label"));
    const json_t *state = json_object_get(entry, "state");
    if (!text || !json_is_array(state))
        return "an entry has a label and a state";
    const json_t **found = candidates_of(m, kind, state, a);
    struct label *l = label_of(&m->labels, text, &m->arena);
    if (!found || !l)
        return found ? "there are more than 256 labels" : "each of a state names its target by integers";
    for (int i = 0; i < m->truth_count; i++) {
        l->total++;
        if (!has_candidates(found[i]))
            l->missing++;
        else if (is_among(found[i], m->truths[i].value))
            l->correct++;
        else
            l->incorrect++;
    }
    return NULL;
}

/* Lines ----------------------------------------------------------------------------------------------------------- */
static void stop_reading(struct analysis_making *m, const char *why)
{
    m->wrong = arena_printf(&m->arena, "line %lld: %s", (long long)m->line_number, why);
    m->read = m->size;
    buf_clear(&m->line);
    json_decref(MOVE(m->parsed));
}

static void parse_line(struct analysis_making *m, size_t n)
{
    const char *text = buf_text(&m->line);
    struct err bad;
    m->line_number++;
    m->entry = 0;
    if (strspn(text, " \t\r\n") >= n) {
        buf_drop(&m->line, n + (n < m->line.len));
        return;
    }
    if (json_parse(text, n, &m->parsed, &bad)) {
        stop_reading(m, bad.text);
        return;
    }
    buf_drop(&m->line, n + (n < m->line.len));
}

static int read_more(struct turn *t, struct analysis_making *m, struct err *e)
{
    size_t n = 0;
    char *place = buf_reserve(&m->line, PIECE_BYTES);
    int r = store_body_read(t->store, BODY_ANALYSIS, m->task, m->read, place, PIECE_BYTES, &n, e);
    m->line.len += n;
    m->read += (int64_t)n;
    if (r == STORE_EMPTY || (r == 0 && !n))
        stop_reading(m, "it was removed meanwhile");
    return r < 0 ? r : 0;
}

static void close_table(struct analysis_making *m, struct buf *out)
{
    buf_puts(out, m->any ? ",\n{\"stats\":" : "\n{\"stats\":");
    m->any = true;
    put_labels(out, &m->labels);
    buf_puts(out, ",\"table\":");
    json_put_text(out, m->name);
    if (m->wrong) {
        buf_puts(out, ",\"wrong\":");
        json_put_text(out, m->wrong);
    }
    buf_putc(out, '}');
    for (int i = 0; i < m->labels.count; i++) {
        const struct label *l = &m->labels.rows[i];
        struct label *sum = label_of(&m->sums, l->text, &m->sums_arena);
        if (sum)
            sum->missing += l->missing, sum->correct += l->correct, sum->incorrect += l->incorrect, sum->total += l->total;
    }
    m->at = BETWEEN;
}

/* An entry, a line, or some more bytes. */
static int read_lines(struct turn *t, struct analysis_making *m, struct buf *out, struct err *e)
{
    const json_t *entries = json_object_get(m->parsed, dataset_kind_word(tables_told[m->list]));
    if (m->parsed && m->entry < json_array_size(entries)) {
        const char *wrong = count_entry(m, json_array_get(entries, m->entry++), t->arena);
        if (wrong)
            stop_reading(m, wrong);
        return 0;
    }
    json_decref(MOVE(m->parsed));
    const char *end = m->line.len ? memchr(m->line.data, '\n', m->line.len) : NULL;
    if (end || (m->line.len && m->read == m->size))
        parse_line(m, end ? (size_t)(end - m->line.data) : m->line.len);
    else if (m->read < m->size)
        return read_more(t, m, e);
    else
        close_table(m, out);
    return 0;
}

/* Tables ---------------------------------------------------------------------------------------------------------- */
static void forget_table(struct analysis_making *m)
{
    arena_done(&m->arena);
    json_decref(MOVE(m->parsed));
    buf_clear(&m->line);
    m->labels.count = 0;
    m->truths = NULL;
    m->truth_count = m->truth_room = 0;
    m->any_truth = false;
    m->read = m->line_number = 0;
    m->wrong = NULL;
    m->last = (struct truth_row){.kind = tables_told[m->list], .a = -1};
}

/* The kind is told; then the next one begins. */
static void close_kind(struct analysis_making *m, struct buf *out, bool *out_over)
{
    buf_puts(out, "],\"agg\":");
    put_labels(out, &m->sums);
    m->sums.count = 0;
    arena_done(&m->sums_arena);
    m->task = 0;
    m->list++;
    m->begun = false;
    *out_over = m->list == TABLES_TOLD;
    buf_puts(out, *out_over ? "}}\n" : "}");
}

static int next_table(struct turn *t, struct analysis_making *m, struct buf *out, bool *out_over, struct err *e)
{
    struct coverage_row *row;
    bool raw;
    int count = 0, r = store_coverage_walk(t->store, m->queue, m->task, 1, t->arena, &row, &count, e);
    if (r || !count) {
        if (r == 0)
            close_kind(m, out, out_over);
        return r;
    }
    m->task = row->task;
    forget_table(m);
    r = store_body_size(t->store, BODY_ANALYSIS, m->task, &m->size, &raw, e);
    if (r == 0)
        r = store_table_name(t->store, m->task, &m->arena, &m->name, e);
    if (r == 0)
        m->at = TRUTHS;
    return r < 0 ? r : 0;
}

static void keep_truth(struct analysis_making *m, const struct truth_row *truth)
{
    if (m->truth_count == m->truth_room) {
        m->truth_room = m->truth_room ? 2 * m->truth_room : TRUTHS_STEP;
        struct truth_row *more = arena_array(&m->arena, (size_t)m->truth_room, sizeof *more);
        if (m->truth_count)
            memcpy(more, m->truths, (size_t)m->truth_count * sizeof *more);
        m->truths = more;
    }
    m->truths[m->truth_count++] = *truth;
}

/* A table without any truth of this kind is not told of. */
static int read_truths(struct turn *t, struct analysis_making *m, struct err *e)
{
    struct judged_row *rows;
    int count = 0, i = 0;
    int r = store_truth_walk(t->store, m->task, &m->last, TRUTHS_STEP, &m->arena, &rows, &count, e);
    for (; r == 0 && i < count && rows[i].truth.kind == tables_told[m->list]; i++) {
        m->any_truth = true;
        m->last = rows[i].truth;
        if (rows[i].wanted)
            keep_truth(m, &rows[i].truth);
    }
    if (r == 0 && (i < count || count < TRUTHS_STEP))
        m->at = m->any_truth ? LINES : BETWEEN;
    return r;
}

static int put_some(struct making *making, struct turn *t, struct buf *out, bool *out_over, struct err *e)
{
    struct analysis_making *m = (struct analysis_making *)making;
    if (!m->begun) {
        buf_printf(out, "%s\"%s\":{\"tables\":[", m->list ? "," : "{", dataset_kind_word(tables_told[m->list]));
        m->begun = true;
        m->any = false;
    }
    if (m->at == TRUTHS)
        return read_truths(t, m, e);
    return m->at == LINES ? read_lines(t, m, out, e) : next_table(t, m, out, out_over, e);
}

static void analysis_done(struct making *making)
{
    struct analysis_making *m = (struct analysis_making *)making;
    json_decref(m->parsed);
    buf_done(&m->line);
    arena_done(&m->arena);
    arena_done(&m->sums_arena);
}

int tables_analysis(struct request *r, struct turn *t, struct err *e)
{
    struct dataset d;
    bool face = r->route->flags & ROUTE_TABLES;
    int bad = face ? 0 : request_query(r, &openapi_no_query, NULL, e);
    if (!bad)
        bad = tables_any_dataset(r, t, &d, e);
    if (bad)
        return bad;
    if (!d.row.solution)
        return request_answer(r, 200, json_object());
    struct analysis_making *m = arena_alloc(&r->arena, sizeof *m);
    m->making.next = put_some;
    m->making.done = analysis_done;
    m->queue = d.queue.id;
    return request_make(r, &m->making, "application/json");
}
