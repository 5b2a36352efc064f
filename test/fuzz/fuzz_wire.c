/* Bytes that somebody sends to the server's port: heads, bodies and chunks, well formed or not.
 *
 * The first byte says how they are cut into pieces. Whole or in pieces, they get the same answers; whoever has no token gets
 * 401 or an open page; nothing stays open when the client has left, and the store is in order. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "fuzz.h"
#include "web/http_inner.h"
#include "world.h"

enum { ANSWERS_MAX = 64, HALF_MINUTE = 30 };

/* What is answered, without what differs from call to call: dates, times and counts of turns. */
static void add_answer(struct buf *all, const struct world_answer *a)
{
    bool varies = strncmp(a->type, "text/plain", 10) == 0 || strstr(a->body, "\"uptime\"") || strstr(a->body, "vnd.sqlite3");
    buf_printf(all, "%d ", a->status);
    if (!varies)
        buf_add(all, a->body, a->n);
}

static void read_answers(struct buf *in, struct buf *all)
{
    struct world_answer answer;
    for (int i = 0; i < ANSWERS_MAX; i++) {
        world_answer(in, false, &answer);
        if (!answer.status)
            return;
        add_answer(all, &answer);
        buf_drop(in, answer.used);
    }
}

/* The next piece: 1 to 255 bytes, from a small generator. */
static size_t piece(uint32_t *state, size_t left)
{
    *state = *state * 1664525 + 1013904223;
    size_t n = 1 + (*state >> 24 & (*state >> 16 & 1 ? 0xff : 7));
    return n < left ? n : left;
}

/* Sends it; cut: in pieces, each decided before the next comes. All that was answered; returns whether the store is as it was. */
static bool talk(const uint8_t *bytes, size_t n, unsigned cut, struct buf *all)
{
    CLEANUP(buf_done) struct buf in = {0};
    struct world *w = world_begin();
    int fd = world_connect(w);
    uint32_t state = cut;
    for (size_t at = 0, some; at < n; at += some) {
        some = cut ? piece(&state, n - at) : n;
        if (send(fd, bytes + at, some, MSG_NOSIGNAL) != (ssize_t)some)
            break; /* it has been cut off */
        world_settle(w);
    }
    world_pass(w, 2 * HALF_MINUTE * CLOCK_SECOND + CLOCK_SECOND); /* nobody waits so long */
    world_read(fd, &in);
    close(fd);
    world_end(w);
    read_answers(&in, all);
    return store_rev(w->store) == 0;
}

/* Without that word there is no token. */
static bool has_token(const uint8_t *bytes, size_t n)
{
    static const char WORD[] = "bearer";
    for (size_t i = 0; i + sizeof WORD - 1 <= n; i++)
        if (strncasecmp((const char *)bytes + i, WORD, sizeof WORD - 1) == 0)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP(buf_done) struct buf whole = {0}, cut = {0};
    struct fuzz_input in = {bytes, n};
    unsigned how = fuzz_choice(&in, 256);
    bool answers_once = !memmem(in.at, in.left, "HEAD", 4); /* their bodies are not there to be read */
    if (!answers_once)
        return -1;
    bool untouched = talk(in.at, in.left, 0, &whole);
    if (how)
        talk(in.at, in.left, how, &cut);
    fuzz_must(!how || strcmp(buf_text(&whole), buf_text(&cut)) == 0, "cut into pieces it is answered otherwise:\n%s\n%s",
              buf_text(&whole), buf_text(&cut));
    fuzz_must(untouched || has_token(in.at, in.left), "something was made without a token");
    return 0;
}
