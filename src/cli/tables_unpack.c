/* See tables_unpack.h. What an archive says of its files is data: of a name nothing but the last part of a path can come. */
#include "cli/tables_unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include "base/cleanup.h"
#include "cli/tables_part.h"

enum { BLOCK_BYTES = 64 * 1024 };

static int refuse(struct archive *zip, const char *path, struct err *e)
{
    const char *cause = archive_error_string(zip);
    return err_fail(e, ERR_FILE, "could not unpack '%s': %s", path, cause ? cause : "it ends too early");
}

static int copy(struct archive *zip, const char *path, FILE *to, struct err *e)
{
    char block[BLOCK_BYTES];
    la_ssize_t n;
    while ((n = archive_read_data(zip, block, sizeof block)) > 0)
        if (fwrite(block, 1, (size_t)n, to) != (size_t)n)
            return err_fail(e, ERR_FILE, "could not write what is in '%s'", path);
    return n < 0 ? refuse(zip, path, e) : 0;
}

static int unpack_one(struct archive *zip, struct archive_entry *entry, const char *path, const char *dir, bool force, int64_t number,
                      struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(tables_part_drop) struct tables_part part = {0};
    const char *name = archive_entry_pathname_utf8(entry);
    int64_t bytes;
    if (!name)
        name = archive_entry_pathname(entry);
    int r = tables_part_open(&part, &a, dir, tables_part_name(&a, name ? name : "unnamed", (size_t)number), force, false, e);
    if (!r)
        r = copy(zip, path, part.to, e);
    return r ? r : tables_part_end(&part, &bytes, e);
}

static int unpack_all(struct archive *zip, const char *path, const char *dir, bool force, int64_t *out_count, struct err *e)
{
    struct archive_entry *entry;
    int r = 0, status = ARCHIVE_OK;
    *out_count = 0;
    while (!r && (status = archive_read_next_header(zip, &entry)) >= ARCHIVE_WARN && status != ARCHIVE_EOF)
        r = unpack_one(zip, entry, path, dir, force, ++*out_count, e);
    return !r && status != ARCHIVE_EOF ? refuse(zip, path, e) : r;
}

static int unpack(const char *path, const char *dir, bool force, int64_t *out_count, struct err *e)
{
    struct archive *zip = archive_read_new();
    if (!zip)
        return err_fail(e, ERR_INTERNAL, "no memory for an archive");
    bool bad = archive_read_support_format_zip(zip) || archive_read_open_filename(zip, path, BLOCK_BYTES);
    int r = bad ? refuse(zip, path, e) : unpack_all(zip, path, dir, force, out_count, e);
    archive_read_free(zip);
    return r;
}

/* The library hands names over in the locale's encoding, and none at all where they do not fit it. */
int tables_unpack(const char *path, const char *dir, bool force, int64_t *out_count, struct err *e)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before = uselocale((locale_t)0);
    if (utf8)
        uselocale(utf8);
    int r = unpack(path, dir, force, out_count, e);
    uselocale(before);
    if (utf8)
        freelocale(utf8);
    return r;
}
