/* See backup_dir.h. A date in a name orders the files as text does, so nobody's clock or mtime is asked. */
#include "cli/backup_dir.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

enum { DIR_MODE = 0700 };
static const char FORM[] = "docket-00000000T000000Z.db"; /* 0: any digit */

struct names {
    char **items;
    size_t count, room;
};

static void drop_names(struct names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->items[i]);
    free(n->items);
}

static void drop_listing(DIR **d)
{
    if (*d)
        closedir(*d);
}

int backup_dir_make(const char *dir, struct err *e) { return file_make_dirs(dir, DIR_MODE, e); }

const char *backup_dir_file(struct arena *a, const char *dir)
{
    struct clock clock;
    char name[sizeof FORM];
    clock_init(&clock, 0);
    time_t now = (time_t)(clock_now_us(&clock) / CLOCK_SECOND);
    struct tm utc;
    strftime(name, sizeof name, "docket-%Y%m%dT%H%M%SZ.db", gmtime_r(&now, &utc));
    return arena_printf(a, "%s/%s", dir, name);
}

const char *backup_dir_part(struct arena *a, const char *dir) { return arena_printf(a, "%s/docket.db.part", dir); }

static bool is_dated(const char *name)
{
    if (strlen(name) != sizeof FORM - 1)
        return false;
    for (size_t i = 0; FORM[i]; i++)
        if (FORM[i] == '0' ? !isdigit((unsigned char)name[i]) : name[i] != FORM[i])
            return false;
    return true;
}

static void add(struct names *n, const char *name)
{
    if (n->count == n->room) {
        n->room = n->room ? n->room * 2 : 64;
        n->items = realloc(n->items, n->room * sizeof *n->items);
    }
    char *copy = n->items ? strdup(name) : NULL;
    if (!copy)
        abort();
    n->items[n->count++] = copy;
}

static int newest_first(const void *a, const void *b) { return strcmp(*(char *const *)b, *(char *const *)a); }

/* The dated files but for the one made, the newest first. */
static int list_others(const char *dir, const char *made, struct names *out, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    struct stat st;
    CLEANUP(drop_listing) DIR *listing = opendir(dir);
    struct dirent *entry = NULL;
    errno = 0;
    while (listing && (entry = readdir(listing))) {
        if (is_dated(entry->d_name) && strcmp(entry->d_name, made) != 0 &&
            fstatat(dirfd(listing), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
            add(out, entry->d_name);
        errno = 0;
    }
    if (errno)
        return err_fail(e, ERR_FILE, "could not read '%s': %s", dir, text_cause(errno, cause));
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, newest_first);
    return 0;
}

int backup_dir_trim(struct arena *a, const char *dir, const char *made, int64_t keep, int64_t *out_removed,
                    struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    CLEANUP(drop_names) struct names others = {0};
    const char *slash = strrchr(made, '/');
    int r = list_others(dir, slash ? slash + 1 : made, &others, e);
    *out_removed = 0;
    for (size_t i = (size_t)keep - 1; r == 0 && i < others.count; i++) {
        const char *path = arena_printf(a, "%s/%s", dir, others.items[i]);
        if (unlink(path) && errno != ENOENT)
            r = err_fail(e, ERR_FILE, "could not remove '%s': %s", path, text_cause(errno, cause));
        else
            ++*out_removed;
    }
    return r;
}
