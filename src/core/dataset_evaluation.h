/* What was handed in held against the solution, in slices (doc/PROTOCOL.md says what is divided by what). */
#ifndef DOCKET_CORE_DATASET_EVALUATION_H
#define DOCKET_CORE_DATASET_EVALUATION_H

#include "core/dataset.h"

/* An evaluation being made; zeroed it is empty. Copying it is enough to go back to where it was. */
struct evaluation {
    struct evaluation_kind {
        int64_t missing_solutions;   /* tables with a result and without truth */
        int64_t missing_submissions; /* tables with truth and without a result */
        int64_t superfluous;         /* truths that nobody asked for; these and the next three: of tables with a result */
        int64_t missing, correct, incorrect;
        int64_t wanted; /* truths of targets, of all tables */
    } kinds[TARGET_KINDS];
    bool done;

    int64_t task; /* the table under way or, between two, the last */
    bool inside, solved, seen[TARGET_KINDS];
    struct {
        enum target_kind kind;
        int64_t a, b;
    } at; /* the last truth of it that was looked at */
};

/* Goes on with it; v->done says whether it is over. 0 or < 0. */
int evaluation_slice(struct turn *t, const struct dataset *d, struct evaluation *v, struct err *e);

/* correct ÷ (correct + incorrect); correct ÷ wanted; their harmonic mean. -1 where that divides by nothing. */
double evaluation_precision(const struct evaluation_kind *k);
double evaluation_recall(const struct evaluation_kind *k);
double evaluation_f1(const struct evaluation_kind *k);

/* The part of an address that names what it is of, however it is spelled: what stands behind the last '/' or ':' of one of wikidata.org,
 * if that is Q, P or L and digits; of another text all of it. *out_n bytes, in text. */
const char *evaluation_id(const char *text, size_t n, size_t *out_n);

/* Is what was mapped one of the right answers, which commas separate? */
bool evaluation_is_right(const char *mapped, const char *answers);

#endif
