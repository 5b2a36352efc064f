/* See clock.h. Calendar arithmetic is libc's (timegm, gmtime_r). */
#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

int64_t clock_init(struct clock *c, int64_t not_before_us)
{
    int64_t wall = read_us(CLOCK_REALTIME);
    c->boot_us = read_us(CLOCK_BOOTTIME);
    c->start_us = wall > not_before_us ? wall : not_before_us;
    return c->start_us - wall;
}

int64_t clock_now_us(const struct clock *c) { return c->start_us + read_us(CLOCK_BOOTTIME) - c->boot_us; }
int64_t clock_mono_us(void) { return read_us(CLOCK_BOOTTIME); }

char *clock_format(int64_t us, char out[CLOCK_TEXT_BYTES])
{
    int64_t fraction = us % CLOCK_SECOND;
    if (fraction < 0)
        fraction += CLOCK_SECOND;
    time_t seconds = (time_t)((us - fraction) / CLOCK_SECOND);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t n = strftime(out, CLOCK_TEXT_BYTES, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + n, CLOCK_TEXT_BYTES - n, ".%03dZ", (int)(fraction / 1000));
    return out;
}

/* The part behind the seconds: [.fraction](Z|±hh:mm). */
static int parse_tail(const char *s, int64_t *out_fraction_us, int64_t *out_offset_s)
{
    int64_t fraction = 0, unit = CLOCK_SECOND / 10;
    if (*s == '.')
        for (s++; *s >= '0' && *s <= '9'; s++, unit /= 10)
            fraction += (*s - '0') * unit;
    *out_fraction_us = fraction;
    *out_offset_s = 0;
    if ((*s == 'Z' || *s == 'z') && !s[1])
        return 0;
    int hours, minutes, used = 0;
    if ((*s != '+' && *s != '-') || sscanf(s + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 || used != 5 || s[6])
        return -1;
    if (hours > 23 || minutes > 59)
        return -1;
    *out_offset_s = (*s == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return 0;
}

/* Is it a day of the calendar, written as RFC 3339 wants it? What timegm makes of it has to read the same. */
static bool reads_the_same(const char *text, size_t n, time_t seconds)
{
    char again[CLOCK_TEXT_BYTES];
    struct tm tm;
    gmtime_r(&seconds, &tm);
    return strftime(again, sizeof again, "%Y-%m-%dT%H:%M:%S", &tm) == n && memcmp(again, text, n) == 0;
}

int clock_parse(const char *text, int64_t *out_us)
{
    struct tm tm = {0};
    const char *tail = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    int64_t fraction, offset;
    if (!tail || strlen(text) > 40 || parse_tail(tail, &fraction, &offset))
        return -1;
    time_t seconds = timegm(&tm);
    if (!reads_the_same(text, (size_t)(tail - text), seconds))
        return -1;
    *out_us = ((int64_t)seconds - offset) * CLOCK_SECOND + fraction;
    return 0;
}
