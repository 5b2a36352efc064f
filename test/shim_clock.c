/* Moves the clocks of a program under test: LD_PRELOAD library for the scenarios' `clock +31s`.
 *
 * CLOCK_REALTIME and CLOCK_BOOTTIME of clock_gettime run ahead by the microseconds written, as decimal digits, at the
 * start of the file $TEST_CLOCK. Where a second number follows, of a sign and 19 digits, CLOCK_REALTIME runs off by that beside: as when
 * somebody sets the clock. The file is mapped once and read at each call, so a change is seen at once;
 * who changes it writes in place and never truncates. CLOCK_MONOTONIC is left alone: libraries wait by it. */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { DIGITS = 20 };

static const volatile char *map_offset(void)
{
    const char *path = getenv("TEST_CLOCK");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return NULL;
    char *p = mmap(NULL, 2 * DIGITS + 1, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    return p == MAP_FAILED ? NULL : p;
}

static int64_t number(const volatile char *digits, int count)
{
    int64_t us = 0;
    for (int i = 0; i < count && digits[i] >= '0' && digits[i] <= '9'; i++)
        us = us * 10 + (digits[i] - '0');
    return us;
}

static int64_t offset_us(clockid_t id)
{
    static const volatile char *digits;
    if (!digits && !(digits = map_offset()))
        return 0;
    const volatile char *set = digits + DIGITS + 1;
    int64_t by_hand = id == CLOCK_REALTIME && (*set == '+' || *set == '-') ? number(set + 1, DIGITS - 1) : 0;
    return number(digits, DIGITS) + (*set == '-' ? -by_hand : by_hand);
}

int clock_gettime(clockid_t id, struct timespec *t)
{
    int r = (int)syscall(SYS_clock_gettime, id, t);
    if (r || (id != CLOCK_REALTIME && id != CLOCK_BOOTTIME))
        return r;
    int64_t us = offset_us(id) + t->tv_nsec / 1000;
    t->tv_sec += us / 1000000;
    t->tv_nsec = us % 1000000 * 1000 + t->tv_nsec % 1000;
    return 0;
}
