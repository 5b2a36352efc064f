/* See dataset_audit.h. */
#include "core/dataset_audit.h"

int dataset_audit_add(struct turn *t, const struct dataset *d, const struct audit_row *row, struct err *e)
{
    return store_audit_add(t->store, d->queue.id, row, e);
}

int dataset_audit_sums(struct turn *t, const struct dataset *d, struct arena *a, struct audit_sum_row **out_rows, int *out_count,
                       struct err *e)
{
    return store_audit_sums(t->store, d->queue.id, a, out_rows, out_count, e);
}

int dataset_audit_records(struct turn *t, const struct dataset *d, int64_t after, int max, struct arena *a,
                          struct audit_row **out_rows, int *out_count, struct err *e)
{
    return store_audit_list(t->store, d->queue.id, after, max, a, out_rows, out_count, e);
}

int dataset_keep_analysis(struct turn *t, const struct dataset *d, const char *table, const char *bytes, size_t n, struct err *e)
{
    int64_t task;
    if (!d->row.analyze)
        return err_refuse(e, ERR_ANALYSIS_OFF, "the dataset '%.60s' takes no analysis", d->queue.name);
    int r = dataset_table(t, d, table, &task, e);
    if (r == 0)
        r = store_body_write(t->store, BODY_ANALYSIS, task, 0, NULL, 0, e);
    for (size_t at = 0; r == 0 && at < n; at += STORE_PIECE)
        r = store_body_write(t->store, BODY_ANALYSIS, task, (int64_t)at, bytes + at, n - at < STORE_PIECE ? n - at : STORE_PIECE, e);
    return r;
}
