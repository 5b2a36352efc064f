/* Paths of the API: segments percent-encoded (RFC 3986, section 2.3 says which bytes need not be). */
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/client.h"

static void encode(struct buf *b, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char ch = (unsigned char)s[i];
        bool plain = (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '-' ||
                     ch == '_' || ch == '.' || ch == '~';
        if (plain)
            buf_putc(b, (char)ch);
        else
            buf_printf(b, "%%%02X", ch);
    }
}

char *client_encode(struct arena *a, const char *text)
{
    CLEANUP(buf_done) struct buf b = {0};
    encode(&b, text, strlen(text));
    return arena_copy(a, buf_text(&b), b.len);
}

/* What somebody has: NAME, or OWNER/NAME. */
static char *path_of(struct arena *a, const char *kind, const char *name, const char *tail)
{
    CLEANUP(buf_done) struct buf b = {0};
    const char *slash = strchr(name, '/');
    buf_puts(&b, "/api/v1/");
    if (slash) {
        buf_puts(&b, "users/");
        encode(&b, name, (size_t)(slash - name));
        buf_putc(&b, '/');
        name = slash + 1;
    }
    buf_puts(&b, kind);
    encode(&b, name, strlen(name));
    buf_puts(&b, tail);
    return arena_copy(a, b.data, b.len);
}

char *client_queue_path(struct arena *a, const char *queue, const char *tail) { return path_of(a, "queues/", queue, tail); }
char *client_site_path(struct arena *a, const char *site, const char *tail) { return path_of(a, "sites/", site, tail); }
