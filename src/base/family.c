/* Descendants by walking /proc/PID/task/TID/children. The walk is a snapshot: a process that forks meanwhile may be
 * missed, so whoever wants all of them gone repeats it until none is left (as a subreaper it inherits each orphan). */
#include "base/family.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

void family_done(struct family *f)
{
    free(f->pids);
    *f = (struct family){0};
}

bool family_has(const struct family *f, pid_t pid)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->pids[i] == pid)
            return true;
    return false;
}

static void add(struct family *f, pid_t pid)
{
    if (f->count == f->room) {
        f->room = f->room ? f->room * 2 : 64;
        f->pids = realloc(f->pids, f->room * sizeof *f->pids);
        if (!f->pids)
            abort();
    }
    f->pids[f->count++] = pid;
}

static void read_children(struct family *f, const char *path)
{
    CLEANUP(cleanup_file) FILE *file = fopen(path, "re");
    int pid;
    while (file && fscanf(file, "%d", &pid) == 1)
        if (!family_has(f, pid))
            add(f, pid);
}

/* A child belongs to the thread that forked it. */
static void add_children_of(struct family *f, const char *process)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/task", process);
    CLEANUP(cleanup_dir) DIR *tasks = opendir(path);
    for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%s/task/%.16s/children", process, entry->d_name);
        read_children(f, path);
    }
}

void family_find(struct family *f, bool deep)
{
    size_t next = f->count;
    add_children_of(f, "self");
    for (; deep && next < f->count; next++) {
        char process[16];
        snprintf(process, sizeof process, "%d", (int)f->pids[next]);
        add_children_of(f, process);
    }
}

void family_signal(const struct family *f, int signal)
{
    for (size_t i = 0; i < f->count; i++)
        kill(f->pids[i], signal);
}
