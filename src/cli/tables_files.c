/* See tables_files.h. */
#include "cli/tables_files.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "core/dataset.h"

static const char *const CAPITALS[TARGET_KINDS] = {[TARGET_CEA] = "CEA", [TARGET_CTA] = "CTA", [TARGET_CPA] = "CPA"};

static bool is_letter(char c) { return isalnum((unsigned char)c) || (unsigned char)c >= 0x80; }

bool tables_files_is(const char *path, enum target_kind kind)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *word = dataset_kind_word(kind);
    size_t n = strlen(word);
    if (strstr(name, CAPITALS[kind]))
        return true;
    for (const char *at = name; (at = strstr(at, word)); at += n)
        if ((at == name || !is_letter(at[-1])) && !is_letter(at[n]))
            return true;
    return false;
}

static int refuse_two(const char *one, const char *other, enum target_kind kind, const char *option, struct err *e)
{
    int r = err_refuse(e, ERR_USAGE, "two files for %s: '%s' and '%s'", CAPITALS[kind], one, other);
    err_hint(e, "say which: %s FILE", option);
    return r;
}

/* A file of one place; `mine` are those that this place has given. */
static int take(struct tables_files *mine, struct arena *a, const char *path, const char *option, bool *out_known, struct err *e)
{
    *out_known = false;
    for (int kind = 1; kind < TARGET_KINDS; kind++) {
        if (!tables_files_is(path, (enum target_kind)kind))
            continue;
        *out_known = true;
        if (mine->of[kind] && strcmp(mine->of[kind], path) != 0)
            return refuse_two(mine->of[kind], path, (enum target_kind)kind, option, e);
        mine->of[kind] = arena_strdup(a, path);
    }
    return 0;
}

/* Is it of a kind that nothing was found for yet? */
static bool is_wanted(const struct tables_files *f, const char *path)
{
    for (int kind = 1; kind < TARGET_KINDS; kind++)
        if (!f->of[kind] && tables_files_is(path, (enum target_kind)kind))
            return true;
    return false;
}

static bool is_folder(const char *path)
{
    struct stat at;
    return stat(path, &at) == 0 && S_ISDIR(at.st_mode);
}

static void fill(struct tables_files *f, const struct tables_files *more)
{
    for (int kind = 1; kind < TARGET_KINDS; kind++)
        f->of[kind] = f->of[kind] ? f->of[kind] : more->of[kind];
}

int tables_files_in(struct tables_files *f, struct arena *a, const char *folder, const char *option, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    CLEANUP(cleanup_dir) DIR *dir = opendir(folder);
    struct tables_files mine = {0};
    bool known;
    int r = 0;
    if (!dir && errno != ENOENT && errno != ENOTDIR)
        return err_fail(e, ERR_FILE, "could not read the folder '%s': %s", folder, text_cause(errno, cause));
    for (struct dirent *entry; r == 0 && dir && (entry = readdir(dir));) {
        size_t n = strlen(entry->d_name);
        const char *path = arena_printf(a, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.' && n > 4 && strcmp(entry->d_name + n - 4, ".csv") == 0 && is_wanted(f, path) && !is_folder(path))
            r = take(&mine, a, path, option, &known, e);
    }
    fill(f, &mine);
    return r;
}

static int take_file(struct tables_files *mine, struct arena *a, const char *path, const char *option, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    bool known = false;
    int r = access(path, R_OK) ? err_refuse(e, ERR_USAGE, "could not read '%s': %s", path, text_cause(errno, cause))
                               : take(mine, a, path, option, &known, e);
    if (r || known)
        return r;
    r = err_refuse(e, ERR_USAGE, "the name of '%s' does not say of which task it is", path);
    err_hint(e, "it must hold CEA, CTA or CPA, such as CEA_Targets.csv or cea.csv");
    return r;
}

int tables_files_among(struct tables_files *f, struct arena *a, const struct option_list *paths, const char *option, struct err *e)
{
    struct tables_files mine = {0};
    int r = 0;
    for (size_t i = 0; r == 0 && i < paths->count; i++)
        if (!is_folder(paths->values[i]))
            r = take_file(&mine, a, paths->values[i], option, e);
    fill(f, &mine);
    for (size_t i = 0; r == 0 && i < paths->count; i++)
        if (is_folder(paths->values[i]))
            r = tables_files_in(f, a, paths->values[i], option, e);
    return r;
}
