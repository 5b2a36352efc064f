/* What was handed in held against the solution: as the old manager counted it (contract C.5.10), and with what that means. */
#include "base/cleanup.h"
#include "base/json.h"
#include "core/dataset_evaluation.h"
#include "web/openapi.h"
#include "web/tables.h"

static json_t *counts(const struct evaluation_kind *k)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "correctMappings", (json_int_t)k->correct, "incorrectMappings",
                     (json_int_t)k->incorrect, "missingMappings", (json_int_t)k->missing, "missingSolutions",
                     (json_int_t)k->missing_solutions, "missingSubmissions", (json_int_t)k->missing_submissions,
                     "superfluousMappings", (json_int_t)k->superfluous);
}

static json_t *share(double value) { return value < 0 ? json_null() : json_real(value); }

static json_t *all_of(const struct evaluation *v, bool shares)
{
    json_t *all = json_object();
    for (int i = 0; i < TABLES_TOLD; i++) {
        const struct evaluation_kind *k = &v->kinds[tables_told[i]];
        json_t *one = counts(k);
        if (shares)
            json_object_update_new(one, json_pack("{s:o, s:o, s:o}", "precision", share(evaluation_precision(k)), "recall",
                                                  share(evaluation_recall(k)), "f1", share(evaluation_f1(k))));
        json_object_set_new(all, dataset_kind_word(tables_told[i]), one);
    }
    return all;
}

static int evaluate(struct request *r, struct turn *t, bool shares, struct err *e)
{
    struct dataset d;
    int bad = tables_any_dataset(r, t, &d, e);
    if (bad)
        return bad;
    if (!d.row.solution)
        return request_answer(r, 200, json_object());
    struct evaluation *v = request_slice(r, sizeof *v);
    bad = evaluation_slice(t, &d, v, e);
    if (bad || !v->done)
        return bad ? bad : TURN_AGAIN;
    return request_answer(r, 200, all_of(v, shares));
}

int tables_get_evaluation(struct request *r, struct turn *t, struct err *e) { return evaluate(r, t, false, e); }

int api_dataset_evaluation(struct request *r, struct turn *t, struct err *e)
{
    int bad = request_query(r, &openapi_no_query, NULL, e);
    return bad ? bad : evaluate(r, t, true, e);
}
