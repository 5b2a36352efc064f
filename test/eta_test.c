/* Time left, held against how 50 recorded runs really ended (test/eta): each is replayed through rate and eta, asked
 * at every percent between 10 % and 90 % done. The interval must hold the true end in 70–90 % of these moments and still
 * say something. After that: what a window keeps and forgets. Arguments: the files of runs. */
#include "core/eta.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "check.h"

enum { KINDS = 3, SOURCES = 2, MOMENTS = 81, RUNS_MAX = 100, LINE_BYTES = 1 << 20, CHANGES_MAX = 1 << 16 };

static const char *const KIND_NAMES[KINDS] = {"equal", "unequal", "changing"};
static const char *const SOURCE_NAMES[SOURCES] = {"docket", "simulated"};
static const int64_t START_US = INT64_C(1000000000000000); /* when every run begins */

/* A lease is taken, or is over. */
struct change {
    int64_t at_us, claimed_us, begun_us;
    bool over, ended; /* ended: the task did, too */
};

struct run {
    int kind, source;
    char words[64];
    int tasks, change_count;
    struct change changes[CHANGES_MAX];
    int64_t end_us;
};

/* What came of asking. */
struct tally {
    int runs, asked, held, silent; /* silent: no estimate was given */
    int known;
    double widths[RUNS_MAX * MOMENTS], ratios[RUNS_MAX * MOMENTS];
};

static struct tally by_kind[KINDS], by_source[SOURCES], all;

/* Reading runs */

static int by_time(const void *x, const void *y)
{
    const struct change *a = x, *b = y;
    if (a->at_us != b->at_us)
        return a->at_us < b->at_us ? -1 : 1;
    return b->over - a->over;
}

static int index_of(const char *word, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(word, names[i]) == 0)
            return i;
    return -1;
}

/* AFTER+WAITED+RAN[x]: claimed so long after the one before it; all in ms; x: it did not end the task. */
static bool read_attempt(struct run *r, const char *word, int64_t *claimed_ms)
{
    int64_t after, waited, ran;
    char x = 0;
    if (sscanf(word, "%" SCNd64 "+%" SCNd64 "+%" SCNd64 "%c", &after, &waited, &ran, &x) < 3 ||
        r->change_count + 2 > CHANGES_MAX)
        return false;
    *claimed_ms += after;
    int64_t claimed_us = START_US + *claimed_ms * CLOCK_MS, begun_us = claimed_us + waited * CLOCK_MS;
    struct change c = {claimed_us, claimed_us, begun_us, false, false};
    r->changes[r->change_count++] = c;
    c.at_us = begun_us + ran * CLOCK_MS;
    c.over = true;
    c.ended = x != 'x';
    r->changes[r->change_count++] = c;
    if (c.ended && c.at_us > r->end_us)
        r->end_us = c.at_us;
    return true;
}

static bool read_run(char *line, struct run *r)
{
    char kind[16], source[16];
    int used = 0;
    int64_t claimed_ms = 0;
    r->change_count = 0;
    r->end_us = 0;
    if (sscanf(line, "%15s %15s %63s %d%n", kind, source, r->words, &r->tasks, &used) != 4)
        return false;
    r->kind = index_of(kind, KIND_NAMES, KINDS);
    r->source = index_of(source, SOURCE_NAMES, SOURCES);
    bool good = r->kind >= 0 && r->source >= 0;
    for (char *word = strtok(line + used, " \n"); word && good; word = strtok(NULL, " \n"))
        good = read_attempt(r, word, &claimed_ms);
    qsort(r->changes, (size_t)r->change_count, sizeof *r->changes, by_time);
    return good;
}

/* Asking */

static void count(struct tally *t, bool known, const struct eta *e, int64_t truth_us)
{
    t->asked++;
    t->silent += !known;
    if (!known)
        return;
    t->held += e->low_us <= truth_us && truth_us <= e->high_us;
    t->widths[t->known] = (double)(e->high_us - e->low_us) / (double)truth_us;
    t->ratios[t->known++] = (double)e->high_us / (double)(e->low_us ? e->low_us : 1);
}

static void ask(const struct run *r, const struct rates *rates, int left, int running, int64_t now_us)
{
    struct eta e = {0};
    bool known = eta_estimate(rates_of(rates, 1, now_us), left, running, now_us, &e);
    struct tally *const tallies[] = {&by_kind[r->kind], &by_source[r->source], &all};
    for (int i = 0; i < 3; i++)
        count(tallies[i], known, &e, r->end_us - now_us);
}

static void replay(const struct run *r)
{
    struct rates *rates = rates_new();
    int running = 0, done = 0, percent = 10;
    for (int i = 0; i < r->change_count;) {
        int64_t now_us = r->changes[i].at_us;
        struct rate_sum sum = {0};
        for (; i < r->change_count && r->changes[i].at_us == now_us; i++) {
            const struct change *c = &r->changes[i];
            running += c->over ? -1 : 1;
            if (c->ended)
                rate_sum_task(&sum, now_us - c->claimed_us, now_us - c->begun_us);
        }
        if (sum.count)
            rates_add(rates, 1, &sum, now_us);
        done += (int)sum.count;
        for (; percent <= 90 && done * 100 >= percent * r->tasks && now_us < r->end_us; percent++)
            ask(r, rates, r->tasks - done, running, now_us);
    }
    by_kind[r->kind].runs++;
    by_source[r->source].runs++;
    all.runs++;
    rates_free(rates);
}

static void replay_file(const char *name)
{
    static char line[LINE_BYTES];
    static struct run r;
    FILE *file = fopen(name, "r");
    CHECK(name, file != NULL);
    bool good = true;
    while (file && good && all.runs < RUNS_MAX && fgets(line, sizeof line, file)) {
        good = read_run(line, &r);
        if (good)
            replay(&r);
    }
    CHECK("all its lines are runs", good);
    if (file)
        fclose(file);
}

/* Judging */

static int by_size(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return a < b ? -1 : a > b;
}

static double median(double *values, int count)
{
    if (!count)
        return 0;
    qsort(values, (size_t)count, sizeof *values, by_size);
    return values[count / 2];
}

static double percent_held(const struct tally *t) { return t->asked ? 100.0 * t->held / t->asked : 0; }

static void tell(const char *name, struct tally *t)
{
    printf("# %-9s %2d runs, %4d moments: held in %4.1f %%, no estimate in %d; median width %.2f of the time left, "
           "high/low %.2f\n",
           name, t->runs, t->asked, percent_held(t), t->silent, median(t->widths, t->known),
           median(t->ratios, t->known));
}

static void judge(void)
{
    for (int i = 0; i < SOURCES; i++)
        tell(SOURCE_NAMES[i], &by_source[i]);
    bool each_kind = true, each_held = true;
    for (int i = 0; i < KINDS; i++) {
        tell(KIND_NAMES[i], &by_kind[i]);
        each_kind &= by_kind[i].runs >= 12;
        each_held &= percent_held(&by_kind[i]) >= 60 && percent_held(&by_kind[i]) <= 97;
    }
    tell("all", &all);
    CHECK("fifty runs, a dozen of each kind, most of them docket's own",
          all.runs >= 50 && each_kind && by_source[0].runs > 25);
    CHECK("the interval holds the true end in 70-90 % of all moments",
          percent_held(&all) >= 70 && percent_held(&all) <= 90);
    CHECK("in 60-97 % of those of each kind", each_held);
    CHECK("and says something: as a rule it ends before twice its beginning",
          all.known && median(all.ratios, all.known) < 2);
    CHECK("where tasks are equal, before 1.3 times that", median(by_kind[0].ratios, by_kind[0].known) < 1.3);
    CHECK("where workers come and go, before 3 times", median(by_kind[2].ratios, by_kind[2].known) < 3);
}

/* The window */

static void add(struct rates *r, int64_t queue, int64_t now_us, int64_t ran_us)
{
    struct rate_sum one = {0};
    rate_sum_task(&one, ran_us, ran_us);
    rates_add(r, queue, &one, now_us);
}

static int64_t total(const struct rate_window *w)
{
    int64_t n = 0;
    for (int i = 0; w && i < w->count; i++)
        n += w->buckets[i].sum.count;
    return n;
}

static bool is_near(double got, double wanted) { return got > wanted * 0.9 && got < wanted * 1.1; }

/* n tasks of a single worker, one after the other; the moment the last one ends. */
static int64_t work(struct rates *r, int n, int64_t from_us, int64_t each_us)
{
    for (int i = 0; i < n; i++)
        add(r, 1, from_us += each_us, each_us);
    return from_us;
}

static void scales(void)
{
    static const int64_t EACH_US[] = {10, 10 * CLOCK_MS, CLOCK_SECOND, 3600 * CLOCK_SECOND, 86400 * CLOCK_SECOND};
    bool counted = true, rate = true, held = true;
    for (size_t i = 0; i < sizeof EACH_US / sizeof *EACH_US; i++) {
        struct rates *r = rates_new();
        struct eta e;
        int64_t now_us = work(r, 3000, START_US, EACH_US[i]);
        const struct rate_window *w = rates_of(r, 1, now_us);
        counted &= total(w) == 3000 && w->count <= RATE_BUCKETS;
        rate &= is_near(eta_rate(w, now_us) * (double)EACH_US[i] / CLOCK_SECOND, 1);
        held &= eta_estimate(w, 1000, 1, now_us, &e) && e.low_us <= 1000 * EACH_US[i] &&
                1000 * EACH_US[i] <= e.high_us && e.high_us < 1100 * EACH_US[i] + CLOCK_MS;
        rates_free(r);
    }
    CHECK("tasks of 10 us and of a day: none is lost from the window", counted);
    CHECK("their rate is known", rate);
    CHECK("and when the next thousand will have ended", held);
}

static void changes_of_rate(void)
{
    struct rates *r = rates_new();
    int64_t now_us = work(r, 500, START_US, CLOCK_SECOND);
    now_us = work(r, 200, now_us, CLOCK_SECOND / 10);
    CHECK("a rate that has changed is the new one", eta_rate(rates_of(r, 1, now_us), now_us) > 8);
    now_us = work(r, 20, now_us + 300 * CLOCK_SECOND, CLOCK_SECOND);
    CHECK("after a rest the old one is not mixed in", is_near(eta_rate(rates_of(r, 1, now_us), now_us), 1));
    CHECK("nor is what was before", total(rates_of(r, 1, now_us)) == 20);
    double slower = eta_rate(rates_of(r, 1, now_us), now_us + 10 * CLOCK_SECOND);
    CHECK("silence lowers it", slower > 0 && slower < 0.5);
    CHECK("until it is forgotten", !rates_of(r, 1, now_us + 61 * CLOCK_SECOND));
    CHECK("no window, no rate", eta_rate(rates_of(r, 2, now_us), now_us) == 0);
    rates_free(r);
}

static void too_little(void)
{
    struct rates *r = rates_new();
    struct eta e;
    CHECK("nothing ended: no estimate", !eta_estimate(rates_of(r, 1, START_US), 10, 1, START_US, &e));
    add(r, 1, START_US, CLOCK_SECOND);
    CHECK("one task: no estimate", !eta_estimate(rates_of(r, 1, START_US), 10, 1, START_US, &e));
    int64_t now_us = work(r, 1, START_US, CLOCK_SECOND);
    CHECK("two are enough", eta_estimate(rates_of(r, 1, now_us), 10, 1, now_us, &e));
    CHECK("in order", 0 <= e.low_us && e.low_us <= e.us && e.us <= e.high_us);
    CHECK("nothing left: now", eta_estimate(rates_of(r, 1, now_us), 0, 0, now_us, &e) && !e.us && !e.high_us);
    CHECK("more than a century is a century",
          eta_estimate(rates_of(r, 1, now_us), INT64_MAX, 1, now_us, &e) && e.high_us == INT64_C(3200000000000000));
    add(r, 2, START_US, 0);
    add(r, 2, START_US + 1, 0);
    CHECK("tasks that take no time", eta_estimate(rates_of(r, 2, START_US + 1), 1, 1, START_US + 1, &e) &&
                                         e.low_us <= e.us && e.us <= e.high_us && e.high_us < CLOCK_SECOND);
    rates_free(r);
}

static void many_queues(void)
{
    struct rates *r = rates_new();
    int known = 0;
    for (int64_t q = 1; q <= RATE_QUEUES + 10; q++)
        add(r, q * 7 % (RATE_QUEUES + 11), START_US + q, 1);
    for (int64_t q = 1; q <= RATE_QUEUES + 10; q++)
        known += rates_of(r, q, START_US + 1000) != NULL;
    CHECK("of more queues than RATE_QUEUES so many are known", known == RATE_QUEUES);
    CHECK("the first is forgotten", !rates_of(r, 7, START_US + 1000));
    CHECK("the last is not", rates_of(r, (RATE_QUEUES + 10) * 7 % (RATE_QUEUES + 11), START_US + 1000));
    rates_free(r);
}

static void cost(void)
{
    enum { MANY = 2000000 };
    struct rates *r = rates_new();
    clock_t begin = clock();
    work(r, MANY, START_US, 50);
    printf("# an end costs %.0f ns\n", (double)(clock() - begin) / CLOCKS_PER_SEC / MANY * 1e9);
    CHECK("two million ends are all there", total(rates_of(r, 1, START_US + INT64_C(50) * MANY)) == MANY);
    rates_free(r);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay_file(argv[i]);
    judge();
    scales();
    changes_of_rate();
    too_little();
    many_queues();
    cost();
    return check_end();
}
