/* See tables_part.h. */
#include "cli/tables_part.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

static int fail(const char *what, const char *path, struct err *e)
{
    char cause[TEXT_CAUSE_BYTES];
    return err_fail(e, ERR_FILE, "could not %s '%s': %s", what, path, text_cause(errno, cause));
}

int tables_part_open(struct tables_part *p, struct arena *a, const char *dir, const char *name, bool force, bool sync, struct err *e)
{
    enum { MODE = 0644 };
    *p = (struct tables_part){.path = arena_printf(a, "%s/%s", dir, name), .force = force, .sync = sync,
                              .part = arena_printf(a, "%s/.docket-%ld.part", dir, (long)getpid())};
    int fd = open(p->part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, MODE);
    if (fd < 0)
        return fail("write", p->part, e);
    p->to = fdopen(fd, "w");
    if (p->to)
        return 0;
    close(fd);
    return fail("write", p->part, e);
}

void tables_part_drop(struct tables_part *p)
{
    if (!p->to)
        return;
    fclose(p->to);
    unlink(p->part);
    p->to = NULL;
}

static int publish(const struct tables_part *p, struct err *e)
{
    if (!p->force && p->sync)
        return file_publish(p->part, p->path, e);
    if (!p->force && file_exists(p->path))
        return err_fail(e, ERR_FILE, "could not write '%s': it is there already", p->path);
    return rename(p->part, p->path) ? fail("replace", p->path, e) : 0;
}

int tables_part_end(struct tables_part *p, int64_t *out_bytes, struct err *e)
{
    *out_bytes = ftello(p->to);
    if (fflush(p->to) || (p->sync && fsync(fileno(p->to)))) {
        int r = fail("write", p->path, e);
        tables_part_drop(p);
        return r;
    }
    int r = publish(p, e);
    if (r) {
        tables_part_drop(p);
        return r;
    }
    fclose(p->to);
    p->to = NULL;
    return 0;
}

static bool stands_as_it_is(const char *name, size_t i)
{
    unsigned char c = (unsigned char)name[i];
    return c >= 0x20 && c != 0x7f && c != '/' && !(c == '.' && i == 0);
}

const char *tables_part_name(struct arena *a, const char *name, size_t number)
{
    enum { MOST = 230 };
    CLEANUP(buf_done) struct buf b = {0};
    for (size_t i = 0; name[i]; i++)
        if (stands_as_it_is(name, i))
            buf_putc(&b, name[i]);
        else
            buf_printf(&b, "%%%02X", (unsigned char)name[i]);
    size_t n = b.len;
    if (n <= MOST)
        return arena_copy(a, buf_text(&b), n);
    for (n = MOST; n && ((unsigned char)b.data[n] & 0xc0) == 0x80;)
        n--; /* not within a character */
    return arena_printf(a, "%.*s~%zu", (int)n, buf_text(&b), number);
}
