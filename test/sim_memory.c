/* What memory has from the notes of turns: who holds what is what the store says, and a counter counts what was committed,
 * once, however often a turn was run. The same for an answer that is made in slices. */
#include <string.h>

#include "core/crew.h"
#include "core/stats.h"
#include "sim.h"

enum { CREW_MOST = MODEL_WORKERS };

static int64_t held_in(const struct crew *c, int64_t queue, int64_t now_us)
{
    struct crew_worker workers[CREW_MOST];
    bool more;
    int64_t held = 0;
    for (int i = crew_list(c, queue, now_us, "", CREW_MOST, workers, &more); i-- > 0;)
        held += workers[i].leases;
    return held;
}

/* The workers of a queue that hold a lease, by name. */
static int holders(const struct crew *c, int64_t queue, int64_t now_us, struct crew_worker *out)
{
    bool more;
    int count = crew_list(c, queue, now_us, "", CREW_MOST, out, &more), kept = 0;
    for (int i = 0; i < count; i++)
        if (out[i].leases)
            out[kept++] = out[i];
    return kept;
}

static void check_holders(struct sim *s, const struct crew *stored, int64_t queue)
{
    struct crew_worker kept[CREW_MOST], read[CREW_MOST];
    int count = holders(s->engine.crew, queue, s->now_us, kept);
    sim_equal(s, holders(stored, queue, s->now_us, read), count, "another number of workers hold leases");
    for (int i = 0; i < count; i++) {
        sim_must(s, strcmp(kept[i].name, read[i].name) == 0, "another worker holds a lease");
        sim_equal(s, read[i].leases, kept[i].leases, "a worker holds another number of leases");
        sim_equal(s, read[i].oldest_started, kept[i].oldest_started, "a worker's oldest lease is another");
    }
}

/* Leases given, less those closed, are those open. */
static void check_counters(struct sim *s, int64_t queue)
{
    const struct stats_queue *counted = stats_of(s->engine.stats, queue);
    if (s->model->queues[queue - 1].removed)
        return;
    int64_t open = s->held_at_start[queue] + (counted ? (int64_t)counted->leased : 0);
    for (int i = 0; counted && i < ATTEMPT_OUTCOMES; i++)
        open -= (int64_t)counted->attempts[i];
    sim_equal(s, held_in(s->engine.crew, queue, s->now_us), open, "a counter counts what was not committed");
}

void sim_check_memory(struct sim *s, int kept_before)
{
    struct err e;
    struct crew *stored = crew_new();
    sim_must(s, crew_load(stored, s->store, &e) == 0, e.text);
    for (int64_t queue = 1; queue <= s->model->queue_count; queue++) {
        check_holders(s, stored, queue);
        check_counters(s, queue);
    }
    crew_free(stored);
    sim_equal(s, kept_before + 1, s->slices.kept, "a slice was kept another number of times than once");
    sim_must(s, s->slices.runs >= s->slices.kept, "a slice was kept that was not made");
}

void sim_memory_begin(struct sim *s)
{
    for (int64_t queue = 1; queue <= MODEL_QUEUES; queue++)
        s->held_at_start[queue] = held_in(s->engine.crew, queue, s->now_us);
}

static int run_slice(struct work *work, struct turn *t, struct err *e)
{
    struct sim_slices *s = (struct sim_slices *)work;
    s->coming = s->kept + 1;
    s->runs++;
    return TURN_AGAIN;
}

static void keep_slice(struct work *work)
{
    struct sim_slices *s = (struct sim_slices *)work;
    s->kept = s->coming;
}

struct work *sim_memory_slice(struct sim *s)
{
    s->slices.work = (struct work){.run = run_slice, .again = keep_slice, .kind = WORK_READ};
    return &s->slices.work;
}
