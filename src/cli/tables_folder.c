/* See tables_folder.h. Hidden files are none (some systems leave such behind), folders neither. */
#include "cli/tables_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"

static const char TAIL[] = ".csv";

void tables_folder_done(struct tables_folder *f)
{
    arena_done(&f->arena);
    free(f->all);
    *f = (struct tables_folder){0};
}

/* The length of the table's name; 0: it is no table. */
static size_t name_length(const char *file)
{
    size_t n = strlen(file), tail = sizeof TAIL - 1;
    return file[0] != '.' && n > tail && strcmp(file + n - tail, TAIL) == 0 ? n - tail : 0;
}

static bool is_file(const struct tables_folder *f, const struct dirent *entry)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct stat at;
    if (entry->d_type == DT_REG)
        return true;
    return stat(arena_printf(&a, "%s/%s", f->path, entry->d_name), &at) == 0 && S_ISREG(at.st_mode);
}

static int check_name(const struct tables_folder *f, const char *name, struct err *e)
{
    size_t n = strlen(name);
    if (n > LIMIT_KEY)
        return err_refuse(e, ERR_BAD_NAME, "%s/%.80s….csv: the name of a table has at most %d bytes", f->path, name, LIMIT_KEY);
    if (!text_is_utf8(name, n) || text_has_control(name))
        return err_refuse(e, ERR_BAD_NAME, "%s/%s.csv: the name of a table is UTF-8 without control characters", f->path, name);
    return 0;
}

static int add(struct tables_folder *f, const char *file, size_t n, size_t *room, struct err *e)
{
    if (f->count == *room) {
        *room = *room ? *room * 2 : 1024;
        f->all = reallocarray(f->all, *room, sizeof *f->all);
        if (!f->all)
            abort();
    }
    f->all[f->count++] = (struct tables_entry){.name = arena_copy(&f->arena, file, n)};
    return check_name(f, f->all[f->count - 1].name, e);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct tables_entry *)a)->name, ((const struct tables_entry *)b)->name);
}

static int refuse_missing(const char *path, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    int r = err_refuse(e, ERR_USAGE, "could not read the folder of tables '%s': %s", path, text_cause(errno, cause));
    err_hint(e, "tables are files such as %s/NAME.csv", path);
    return r;
}

int tables_folder_open(struct tables_folder *f, const char *path, struct err *e)
{
    CLEANUP(cleanup_dir) DIR *dir = opendir(path);
    size_t room = 0;
    int r = 0;
    *f = (struct tables_folder){0};
    f->path = arena_strdup(&f->arena, path);
    if (!dir)
        return refuse_missing(path, e);
    for (struct dirent *entry; r == 0 && (entry = readdir(dir));) {
        size_t n = name_length(entry->d_name);
        if (n && is_file(f, entry))
            r = add(f, entry->d_name, n, &room, e);
    }
    if (r == 0 && !f->count)
        r = err_refuse(e, ERR_USAGE, "there is no table in '%s': no file NAME.csv", path);
    if (r == 0)
        qsort(f->all, f->count, sizeof *f->all, by_name);
    return r;
}

int tables_folder_keep(struct tables_folder *f, const char *const *names, size_t count, struct err *e)
{
    struct tables_entry *kept = calloc(count + 1, sizeof *kept);
    if (!kept)
        abort();
    int64_t at = 0;
    for (size_t i = 0; i < count && at >= 0; i++) {
        at = tables_folder_find(f, names[i]);
        if (at >= 0)
            kept[i] = f->all[at];
        else
            err_refuse(e, ERR_USAGE, "the table '%.100s' is not in '%s'", names[i], f->path);
    }
    free(f->all);
    f->all = kept;
    f->count = count;
    f->found = 0;
    return at < 0 ? ERR_USAGE : 0;
}

const char *tables_folder_file(struct arena *a, const struct tables_folder *f, size_t table)
{
    return arena_printf(a, "%s/%s%s", f->path, f->all[table].name, TAIL);
}

int64_t tables_folder_find(struct tables_folder *f, const char *name)
{
    const struct tables_entry wanted = {.name = name}, *found = &f->all[f->found];
    if (strcmp(found->name, name) != 0)
        found = bsearch(&wanted, f->all, f->count, sizeof *f->all, by_name);
    if (!found)
        return -1;
    f->found = (size_t)(found - f->all);
    return (int64_t)f->found;
}
