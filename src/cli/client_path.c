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

char *client_queue_path(struct arena *a, const char *queue, const char *tail)
{
    CLEANUP(buf_done) struct buf b = {0};
    const char *slash = strchr(queue, '/');
    buf_puts(&b, "/api/v1/");
    if (slash) {
        buf_puts(&b, "users/");
        encode(&b, queue, (size_t)(slash - queue));
        buf_putc(&b, '/');
        queue = slash + 1;
    }
    buf_puts(&b, "queues/");
    encode(&b, queue, strlen(queue));
    buf_puts(&b, tail);
    return arena_copy(a, b.data, b.len);
}
