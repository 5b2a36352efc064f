/* See tables_truth.h. */
#include "cli/tables_truth.h"

void tables_truth_done(struct tables_truth *t)
{
    for (int kind = 1; kind < TARGET_KINDS; kind++) {
        tables_cells_done(&t->cells[kind]);
        tables_strangers_done(&t->strangers[kind]);
    }
    *t = (struct tables_truth){0};
}

static int refuse_none(const struct option_list *paths, const char *option, struct err *e)
{
    int r = err_refuse(e, ERR_USAGE, "%s: there is none of cea.csv, cta.csv, cpa.csv in '%s'", option, paths->values[0]);
    err_hint(e, "files are known by CEA, CTA or CPA in their name");
    return r;
}

int tables_truth_read(struct tables_truth *t, struct arena *a, const struct option_list *paths, const char *option,
                      enum tables_style style, struct tables_folder *f, struct err *e)
{
    bool any = false;
    int r = tables_files_among(&t->files, a, paths, option, e);
    t->given = paths->count > 0;
    for (int kind = 1; r == 0 && kind < TARGET_KINDS; kind++) {
        const char *path = t->files.of[kind];
        any |= path != NULL;
        if (path)
            r = tables_places_read(path, (enum target_kind)kind, style, f, &t->cells[kind], &t->strangers[kind], &t->replaced, e);
        tables_cells_sort(&t->cells[kind], f->count);
    }
    return r == 0 && t->given && !any ? refuse_none(paths, option, e) : r;
}
