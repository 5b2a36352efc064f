/* Answers of any length that are made while they are sent: JSON arrays, and bytes of any kind. The library asks for bytes whenever the
 * client has taken what there was; then a little more is made, between turns, by queries that have ended before the bytes leave. So
 * nobody who reads slowly holds a transaction, or more than a little; and the loop is never away for long: where a while of
 * making gives nothing, nothing is sent (in an array white space, which JSON allows between elements), and the others have their turn. All
 * of them together take about a millisecond in each round of the loop, however many they are. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/walk.h"
#include "web/http_inner.h"

enum { MAKING_BLOCK = 32 * 1024, MAKING_ENOUGH = 16 * 1024, MAKING_MOST_US = 1000 };

void making_element(struct making *m, struct buf *out)
{
    buf_puts(out, m->any ? ",\n" : "\n");
    m->any = true;
}

/* Some more of it, as far as one look goes. */
static int look(struct request *r, int64_t until_us, struct err *e)
{
    struct arena a = {0};
    struct turn t;
    int bad = walk_turn_begin(r->http->o.engine, &a, &t, e);
    do
        bad = bad ? bad : r->making->next(r->making, &t, &r->answer, &r->making_over, e);
    while (!bad && !r->making_over && r->answer.len < MAKING_ENOUGH && clock_mono_us() < until_us);
    walk_turn_end(&t);
    arena_done(&a);
    return bad;
}

/* Of those that want to go on, one may in each round of the loop, more or less: by number, so each comes as often as the
 * others. The library asks the rest again when it runs next. */
static bool is_its_turn(struct request *r)
{
    struct http_round *round = &r->http->round;
    if (r->making_round != round->number) {
        r->making_round = round->number;
        r->making_served = false;
        round->asked++;
    }
    bool its_turn = !r->making_served && (round->makings < 2 || (r->making_number + round->number) % round->makings == 0);
    r->making_served = r->making_served || its_turn;
    return its_turn;
}

static int fill(struct request *r, struct err *e)
{
    buf_clear(&r->answer);
    r->making_sent = 0;
    int bad = look(r, clock_mono_us() + MAKING_MOST_US, e);
    if (r->making_over && r->making->array)
        buf_puts(&r->answer, "\n]\n");
    else if (!r->answer.len && r->making->array)
        buf_putc(&r->answer, ' ');
    return bad;
}

/* 1: there are bytes; 0: the library is to ask again; < 0: it ends, well or not. */
static ssize_t have_some(struct request *r)
{
    struct err e;
    if (r->making_sent < r->answer.len)
        return 1;
    if (r->making_over)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (!is_its_turn(r))
        return 0;
    int bad = fill(r, &e);
    if (bad < 0)
        log_error("%s could not be made: %s", r->route->path, e.text);
    if (bad)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    return r->answer.len ? 1 : r->making_over ? MHD_CONTENT_READER_END_OF_STREAM : 0;
}

static ssize_t on_room(void *arg, uint64_t pos, char *out, size_t room)
{
    struct request *r = arg;
    ssize_t some = have_some(r);
    if (some <= 0)
        return some;
    size_t left = r->answer.len - r->making_sent, n = left < room ? left : room;
    memcpy(out, r->answer.data + r->making_sent, n);
    r->making_sent += n;
    return (ssize_t)n;
}

struct MHD_Response *making_response(struct request *r)
{
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, MAKING_BLOCK, on_room, r, NULL);
}

void making_forget(struct request *r)
{
    if (r->making && r->making->done)
        r->making->done(r->making);
    r->making = NULL;
}

int request_make(struct request *r, struct making *m, const char *content_type)
{
    buf_clear(request_answer_text(r, 200));
    r->content_type = content_type;
    r->making = m;
    r->making_sent = 0;
    r->making_over = false;
    r->making_number = r->http->round.begun++;
    return 0;
}

int request_array(struct request *r, struct making *m)
{
    m->array = true;
    request_make(r, m, "application/json");
    buf_putc(&r->answer, '[');
    return 0;
}
