/* Read from /proc/self (proc(5)) and the clocks. */
#include "base/process.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

static int64_t read_us(clockid_t clock)
{
    struct timespec t;
    return clock_gettime(clock, &t) ? 0 : (int64_t)t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

/* The start in ticks after the boot and the resident pages: fields 22 and 24 of stat, counted behind the name, which may
 * hold anything. */
static void read_stat(struct process *out)
{
    CLEANUP(cleanup_file) FILE *f = fopen("/proc/self/stat", "re");
    char line[1024];
    unsigned long long start;
    long pages;
    if (!f || !fgets(line, sizeof line, f))
        return;
    const char *behind = strrchr(line, ')');
    if (!behind || sscanf(behind + 1, " %*c" " %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d"
                                      " %llu %*u %ld", &start, &pages) != 2)
        return;
    int64_t after_boot_us = (int64_t)(start * (unsigned long long)CLOCK_SECOND / (unsigned long long)sysconf(_SC_CLK_TCK));
    out->resident_bytes = (int64_t)pages * sysconf(_SC_PAGESIZE);
    out->started_us = read_us(CLOCK_REALTIME) - read_us(CLOCK_BOOTTIME) + after_boot_us;
}

/* Linux says their number as the size of the directory since 6.2; before, they are counted. */
static int64_t count_fds(void)
{
    struct stat info;
    if (stat("/proc/self/fd", &info) == 0 && info.st_size > 0)
        return info.st_size;
    DIR *dir = opendir("/proc/self/fd");
    int64_t n = -1; /* the one that looks */
    while (dir && readdir(dir))
        n++;
    if (!dir)
        return 0;
    closedir(dir);
    return n - 2; /* . and .. */
}

void process_look(struct process *out)
{
    *out = (struct process){.cpu_us = read_us(CLOCK_PROCESS_CPUTIME_ID), .open_fds = count_fds()};
    read_stat(out);
}
