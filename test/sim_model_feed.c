/* See sim_model.h. Tombstones, named readers, what may be forgotten: after an hour what every named reader has passed, after
 * a week all of it. */
#include "base/clock.h"
#include "base/err.h"
#include "sim_model.h"

enum { HOUR = 3600, WEEK = 7 * 86400 };

void model_bury(struct model *m, int queue, int task)
{
    m->stones[m->stone_count++] = (struct model_stone){.at = m->now_us, .queue = queue, .task = task};
}

static int64_t passed_by_all(const struct model *m)
{
    int64_t rev = INT64_MAX;
    for (int i = 0; i < MODEL_CONSUMERS; i++)
        if (m->consumers[i].exists && m->consumers[i].rev < rev)
            rev = m->consumers[i].rev;
    return rev;
}

/* Forgets a slice of those ≤ upto that are older than `seconds`. Returns how many. */
static int forget(struct model *m, int64_t upto, int64_t seconds)
{
    int count = 0, kept = 0;
    for (int i = 0; i < m->stone_count; i++) {
        struct model_stone *s = &m->stones[i];
        if (count < m->slice_rows && s->rev <= upto && s->at < m->now_us - seconds * CLOCK_SECOND) {
            m->forgotten = s->rev > m->forgotten ? s->rev : m->forgotten;
            count++;
        } else {
            m->stones[kept++] = *s;
        }
    }
    m->stone_count = kept;
    return count;
}

void model_forget(struct model *m, bool *out_more)
{
    int old = forget(m, INT64_MAX, WEEK);
    int read = forget(m, passed_by_all(m), HOUR);
    *out_more = old == m->slice_rows || read == m->slice_rows;
}

/* A reader that begins at 0 reads all there is. Any other one has missed something if a removal was forgotten that is
 * later than what it has read and later than when it began. */
int model_may_read(const struct model *m, int64_t since, int64_t began, int64_t newest)
{
    if (since > newest)
        return ERR_BAD_FIELD;
    if (since == 0)
        return 0;
    return m->forgotten > since && (began == NONE || m->forgotten > began) ? ERR_CHANGES_GONE : 0;
}

int model_consumer_put(struct model *m, int consumer, int64_t rev, int64_t newest)
{
    struct model_consumer *c = &m->consumers[consumer];
    int r = model_may_read(m, rev, c->exists ? c->began : 0, newest);
    if (r)
        return r;
    if (!c->exists)
        c->began = 0;
    if (rev == 0)
        c->began = newest;
    c->exists = true;
    c->rev = rev;
    return 0;
}
