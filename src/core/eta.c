/* Time left = (what is not begun) / rate + what the last ones take, and how far that may be off.
 *
 * The rate is how many run at once, divided by how long one runs (Little, "A proof for the queuing formula L = λW",
 * 1961). How many run now is known at once when workers come and go, where a count of ends would learn it late; the
 * count has the say where both agree but for chance.
 *
 * Four things make the end uncertain, taken as independent; d is the mean time a task runs, v its squared coefficient
 * of variation, k how many run at once:
 *   1. the rate: n tasks that ended tell it to within a variance of v / n (renewal theory: Cox, "Renewal Theory", 1962,
 *      ch. 4), and a stretch of tasks in step begins anywhere in a round;
 *   2. workers to come and to go: as far as their number differed between neighbouring stretches of the past (the
 *      two-sample variance of Allan, "Statistics of atomic frequency standards", 1966);
 *   3. the tasks to come: v for each of them;
 *   4. the last ones: once nothing is pending the longest of k decides. Its mean is k / (k + 1) of d for equal tasks,
 *      d times the harmonic number of k for exponential ones, and in between and beyond by v.
 * The interval is taken as lognormal, its upper side wider the more tasks differ: a sample seldom shows the longest.
 *
 * Workers that claim ahead hold more leases than they run commands: leases count by the share of their time in which
 * the command ran. The constants come from runs that the test does not use (test/eta/README.md). */
#include "core/eta.h"

#include <math.h>

#include "base/clock.h"

#define NORMAL_80 1.28155    /* 80 % of a normal distribution lie within so many standard deviations */
#define IN_STEP (1.0 / 12)    /* variance of a moment anywhere in a round of length 1 */
#define EULER_GAMMA 0.57722
#define VARIATION_MOST 4.0   /* v, where it stands for the longest of a few */
#define VARIATION_PRIOR 0.1  /* v before anything is seen: counts as one task */
#define RECENT_LEAST 8       /* tasks in the shortest stretch that a rate is taken from */
#define DIFFERENT 4          /* standard deviations (and 10 %) between two rates that cannot be one */
#define DIFFERENT_LEAST 0.1
#define STEADY_PRIOR 0.02    /* how far the number of workers moves before anything is seen: counts as 1.5 stretches */
#define STEADY_WEIGHT 1.5
#define MOVES_MOST 0.25      /* variance of the log of the number of workers */
#define LEAST_S 0.001        /* nothing ends at once */
#define MOST_S 3.2e9         /* a hundred years */
#define SKEW 0.8             /* how much wider the upper side is for v = 1 */

/* A part of the window. */
struct stretch {
    double count, held_s, ran_s, span_s;
};

/* The window as it is looked at now. */
struct sight {
    const struct rate_window *w;
    int64_t end_us; /* what ended up to here is known, and silence since then tells nothing yet */
    double span_s, mean_s, variation;
};

/* How it goes now. */
struct pace {
    double rate, mean_s;
    double at_once;  /* commands that run */
    double share;    /* of the time of a lease: its command ran */
    double surprise; /* log of at_once against how many ran in the stretch that the rate is from */
};

static double seconds(int64_t us) { return (double)us / CLOCK_SECOND; }
static int64_t in_us(double s) { return (int64_t)(fmin(s, MOST_S) * CLOCK_SECOND); }
static double square(double x) { return x * x; }

/* How much of begin..end lies after from. */
static double part_after(int64_t from_us, int64_t begin_us, int64_t end_us)
{
    if (from_us <= begin_us)
        return 1;
    return from_us < end_us ? seconds(end_us - from_us) / seconds(end_us - begin_us) : 0;
}

/* What ended after from_us, as if ends were spread evenly over their bucket. */
static struct stretch after(const struct sight *s, int64_t from_us)
{
    struct stretch all = {.span_s = seconds(s->end_us - from_us)};
    int64_t begin_us = s->w->begin_us;
    for (int i = 0; i < s->w->count; i++) {
        const struct rate_bucket *b = &s->w->buckets[i];
        double part = part_after(from_us, begin_us, b->end_us);
        all.count += part * (double)b->sum.count;
        all.held_s += part * b->sum.held_s;
        all.ran_s += part * b->sum.ran_s;
        begin_us = b->end_us;
    }
    return all;
}

/* From `from_s` to `to_s` seconds before the end. */
static struct stretch between(const struct sight *s, double from_s, double to_s)
{
    struct stretch a = after(s, s->end_us - (int64_t)(from_s * CLOCK_SECOND));
    struct stretch b = after(s, s->end_us - (int64_t)(to_s * CLOCK_SECOND));
    return (struct stretch){a.count - b.count, a.held_s - b.held_s, a.ran_s - b.ran_s, from_s - to_s};
}

static struct sight look_at(const struct rate_window *w, int64_t now_us)
{
    struct rate_sum all = {0};
    for (int i = 0; i < w->count; i++)
        rate_sum_add(&all, &w->buckets[i].sum);
    double n = (double)all.count, mean_s = all.ran_s / n;
    double variation = mean_s > 0 ? fmax(0, all.ran_s2 / n / square(mean_s) - 1) : 0;
    int64_t last_us = w->buckets[w->count - 1].end_us;
    int64_t silent_us = now_us - last_us - (int64_t)(mean_s * CLOCK_SECOND);
    struct sight s = {
        .w = w,
        .end_us = silent_us > 0 ? last_us + silent_us : last_us,
        .mean_s = mean_s,
        .variation = (variation * n + VARIATION_PRIOR) / (n + 1),
    };
    s.span_s = seconds(s.end_us - w->begin_us);
    return s;
}

/* Variance of the log of a rate that is counted. */
static double count_noise(const struct sight *s, double count, double span_s)
{
    return s->variation / fmax(count, 1) + IN_STEP * square(s->mean_s / span_s);
}

/* Variance of the log of how many ran at once, found from what ended. */
static double workers_noise(const struct sight *s, double at_once, double span_s)
{
    return square(s->mean_s / span_s) * (IN_STEP + s->variation * (1 + s->variation) / fmax(at_once, 1));
}

/* The longest stretch up to now, by doubling, whose rate is that of its newer half but for chance. */
static struct stretch recent(const struct sight *s)
{
    struct stretch all = after(s, s->w->begin_us);
    double span_s = fmax(RECENT_LEAST / all.count * s->span_s, 2 * s->mean_s);
    for (; span_s * 2 <= s->span_s; span_s *= 2) {
        struct stretch newer = between(s, span_s, 0), older = between(s, 2 * span_s, span_s);
        double noise = count_noise(s, newer.count, span_s) + count_noise(s, older.count, span_s);
        if (fabs(log((newer.count + 0.5) / (older.count + 0.5))) > DIFFERENT * sqrt(noise) + DIFFERENT_LEAST)
            return newer;
    }
    return all;
}

static struct pace pace_of(const struct sight *s, const struct stretch *from, int64_t left, int64_t running)
{
    struct pace p = {.rate = from->count / from->span_s, .mean_s = from->ran_s / from->count, .share = 1};
    if (from->held_s > from->ran_s)
        p.share = from->ran_s / from->held_s;
    p.at_once = fmax((double)running * p.share, 1);
    if (left == running || !running || from->ran_s <= 0)
        return p; /* the number falls because the end is near, not because workers leave */
    p.surprise = log(p.at_once / (from->ran_s / from->span_s));
    double age_s = p.mean_s * (1 + s->variation) / 2; /* of a running one, on average */
    double chance = 0.2 * square(age_s / from->span_s) + square(0.02);
    double weight = square(p.surprise) / (square(p.surprise) + chance) * square(p.share);
    p.rate *= exp(weight * p.surprise);
    return p;
}

/* Variance of the log of the mean number of workers over the next `ahead_s` seconds. */
static double workers_to_come(const struct sight *s, const struct pace *p, double ahead_s)
{
    double span_s = fmin(ahead_s, s->span_s / 4);
    if (span_s < 2 * s->mean_s)
        span_s = fmin(2 * s->mean_s, s->span_s / 2);
    double sum = square(p->surprise * p->share) + STEADY_WEIGHT * square(STEADY_PRIOR);
    double weight = square(p->share) + STEADY_WEIGHT;
    for (int i = 0; i < 16 && (i + 2) * span_s <= s->span_s * 1.001; i++) {
        double newer = between(s, (i + 1) * span_s, i * span_s).ran_s / span_s;
        double older = between(s, (i + 2) * span_s, (i + 1) * span_s).ran_s / span_s;
        double noise = workers_noise(s, newer, span_s) + workers_noise(s, older, span_s);
        sum += fmax(0, square(log((newer + 0.1) / (older + 0.1))) - 2 * noise);
        weight++;
    }
    return fmin(sum / weight, MOVES_MOST);
}

/* What the longest of those that run last takes, in units of the mean. */
static double longest(double at_once, double variation)
{
    if (at_once < 1.5)
        return 1;
    double equal = at_once / (at_once + 1), exponential = EULER_GAMMA + log(at_once + 0.5);
    return equal + variation * (exponential - equal);
}

double eta_rate(const struct rate_window *w, int64_t now_us)
{
    if (!w)
        return 0;
    struct sight s = look_at(w, now_us);
    if (s.span_s <= 0)
        return 0;
    struct stretch from = recent(&s);
    return from.count / from.span_s;
}

bool eta_estimate(const struct rate_window *w, int64_t left, int64_t running, int64_t now_us, struct eta *out)
{
    struct sight s = w ? look_at(w, now_us) : (struct sight){0};
    struct stretch from = s.span_s > 0 ? recent(&s) : (struct stretch){0};
    if (from.count < 2)
        return false;
    struct pace p = pace_of(&s, &from, left, running);
    double variation = fmin(s.variation, VARIATION_MOST);
    double begun = (double)running * p.share, ahead_s = fmax(0, (double)left - begun) / p.rate;
    double last_s = running ? p.mean_s * longest(p.at_once, variation) : 0;
    double guess_s = fmax(ahead_s + last_s - seconds(now_us - s.end_us), fmax(p.mean_s / 10, LEAST_S));
    double last_spread_s = p.at_once > 1.5 ? 0.5 * p.mean_s : 0;
    double variance = square(ahead_s) * (count_noise(&s, from.count, from.span_s) + workers_to_come(&s, &p, guess_s)) +
                      s.variation * ahead_s / p.rate + square(last_spread_s) * (0.3 + square(variation));
    double spread = left ? NORMAL_80 * sqrt(variance) / guess_s : 0;
    guess_s = left ? guess_s : 0;
    *out = (struct eta){.us = in_us(guess_s),
                        .low_us = in_us(guess_s * exp(-spread)),
                        .high_us = in_us(guess_s * exp(spread * (1 + SKEW * sqrt(variation))))};
    return true;
}
