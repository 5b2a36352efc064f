/* Only on 127.0.0.1: the way there is a forward of ssh's, or a program of this machine's. It speaks TLS nevertheless, for on the far
 * side its other end is a port that anybody there may connect to, or put a program of his own on: the pin tells. The port is kept,
 * so that forwards and workers find it after a restart. */
#include "cli/home_listener.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/listen.h"
#include "web/http.h"
#include "web/tls.h"

enum { PORT_FILE_BYTES = 16, PORT_LEAST = 1024, PORT_MOST = 65535 };

/* 0: none is known. */
static int last_port(const char *path)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct err e;
    if (!file_exists(path) || file_read(path, PORT_FILE_BYTES, &text, &e) != 0)
        return 0;
    int port = atoi(buf_text(&text));
    return port >= PORT_LEAST && port <= PORT_MOST ? port : 0;
}

/* Without it the port is another after the next start: worse, but nothing that keeps workers from home now. */
static void keep_port(const char *path, int port)
{
    char text[PORT_FILE_BYTES];
    struct err e;
    int n = snprintf(text, sizeof text, "%d\n", port);
    if (file_write(path, text, (size_t)n, 0600, &e) != 0)
        log_warning("%s; workers of other machines may not find the server after its next start", e.text);
}

static int listen_here(int port, struct arena *a, struct http_listen *out, int *out_port, struct err *e)
{
    struct listen_place here = {.address = "127.0.0.1", .port = port};
    const char *url;
    int r = listen_on(&here, 1, false, true, a, out, &url, e);
    if (!r)
        *out_port = atoi(strrchr(url, ':') + 1);
    return r;
}

int home_listener_open(struct http *h, const char *dir, int64_t now_us, struct arena *a, struct home_listener *out, struct err *e)
{
    const char *key = arena_printf(a, "%s/home.key", dir), *kept = arena_printf(a, "%s/" HOME_LISTENER_PORT, dir);
    struct http_listen listen;
    struct tls *tls;
    int before = last_port(kept), port;
    int r = tls_own(key, now_us, &tls, e);
    if (r)
        return err_widen(e, r, "the key for workers of other machines: ");
    r = before ? listen_here(before, a, &listen, &port, e) : -1;
    if (r)
        r = listen_here(0, a, &listen, &port, e);
    if (r) {
        tls_drop(tls);
        return r;
    }
    listen.tls = tls;
    listen.far = true;
    const char *pin = arena_strdup(a, tls_pin(tls));
    r = http_add(h, &listen, e);
    if (r)
        return r;
    if (port != before)
        keep_port(kept, port);
    *out = (struct home_listener){port, pin};
    log_info("for workers of other machines: TLS on 127.0.0.1 port %d", port);
    return 0;
}
