/* See out.h. A column is a code point here: wide characters may break a line's edge, never a terminal. */
#include "cli/out.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

void out_safe(FILE *to, const char *s)
{
    CLEANUP(buf_done) struct buf b = {0};
    text_safe(&b, s ? s : "-", s ? strlen(s) : 1, false);
    fwrite(buf_text(&b), 1, b.len, to);
}

static size_t code_points(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += (*s & 0xc0) != 0x80;
    return n;
}

void out_cut(FILE *to, const char *s, size_t columns)
{
    CLEANUP(buf_done) struct buf b = {0};
    text_cut(&b, s ? s : "-", columns);
    fwrite(buf_text(&b), 1, b.len, to);
}

void out_cell(FILE *to, const char *s, size_t columns)
{
    CLEANUP(buf_done) struct buf b = {0};
    text_cut(&b, s ? s : "-", columns);
    size_t n = code_points(buf_text(&b));
    fprintf(to, "%s%*s", buf_text(&b), n < columns ? (int)(columns - n) : 0, "");
}

void out_json(const json_t *value)
{
    CLEANUP(buf_done) struct buf b = {0};
    json_write(value, &b);
    puts(buf_text(&b));
}

size_t out_width(int fd)
{
    struct winsize size;
    if (!isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) || size.ws_col == 0)
        return OUT_UNLIMITED;
    return size.ws_col;
}

void out_count(struct buf *b, int64_t n, const char *one, const char *many)
{
    text_count(b, n);
    buf_putc(b, ' ');
    buf_puts(b, n == 1 ? one : many);
}

const char *out_field(struct arena *a, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (json_is_string(value)) {
        CLEANUP(buf_done) struct buf safe = {0};
        text_safe(&safe, json_string_value(value), json_string_length(value), false);
        return arena_copy(a, buf_text(&safe), safe.len);
    }
    if (json_is_integer(value))
        return arena_printf(a, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    if (json_is_real(value))
        return arena_printf(a, "%g", json_real_value(value));
    return "-";
}

int64_t out_int(const json_t *object, const char *name) { return json_integer_value(json_object_get(object, name)); }
