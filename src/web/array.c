/* A JSON array of any length as an answer. The library asks for bytes whenever the client has taken what there was; then a
 * few elements are looked for, between turns, by queries that have ended before the bytes leave. So nobody who reads slowly
 * holds a transaction, or more than a few elements; and the loop is never away for long: where a while of looking finds
 * nothing, white space is sent, which JSON allows between elements, and the others have their turn. All arrays together
 * take about a millisecond in each round of the loop, however many they are. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/walk.h"
#include "web/http_inner.h"

enum { ARRAY_BLOCK = 32 * 1024, ARRAY_ENOUGH = 16 * 1024, ARRAY_MOST_US = 1000 };

void array_element(struct array_source *s, struct buf *out)
{
    buf_puts(out, s->any ? ",\n" : "\n");
    s->any = true;
}

/* Some more elements, as far as one look goes. */
static int look(struct request *r, int64_t until_us, struct err *e)
{
    struct arena a = {0};
    struct turn t;
    int bad = walk_turn_begin(r->http->o.engine, &a, &t, e);
    do
        bad = bad ? bad : r->array->next(r->array, &t, &r->answer, &r->array_over, e);
    while (!bad && !r->array_over && r->answer.len < ARRAY_ENOUGH && clock_mono_us() < until_us);
    walk_turn_end(&t);
    arena_done(&a);
    return bad;
}

/* Of those that want to go on, one may in each round of the loop, more or less: by number, so each comes as often as the
 * others. The library asks the rest again when it runs next. */
static bool is_its_turn(struct request *r)
{
    struct http_round *round = &r->http->round;
    if (r->array_round != round->number) {
        r->array_round = round->number;
        r->array_served = false;
        round->asked++;
    }
    bool its_turn = !r->array_served && (round->arrays < 2 || (r->array_number + round->number) % round->arrays == 0);
    r->array_served = r->array_served || its_turn;
    return its_turn;
}

static int fill(struct request *r, struct err *e)
{
    buf_clear(&r->answer);
    r->array_sent = 0;
    int bad = look(r, clock_mono_us() + ARRAY_MOST_US, e);
    if (r->array_over)
        buf_puts(&r->answer, "\n]\n");
    else if (!r->answer.len)
        buf_putc(&r->answer, ' ');
    return bad;
}

static ssize_t on_room(void *arg, uint64_t pos, char *out, size_t room)
{
    struct request *r = arg;
    struct err e;
    if (r->array_sent == r->answer.len) {
        if (r->array_over)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (!is_its_turn(r))
            return 0;
        int bad = fill(r, &e);
        if (bad < 0)
            log_error("a list could not be read: %s", e.text);
        if (bad)
            return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t left = r->answer.len - r->array_sent, n = left < room ? left : room;
    memcpy(out, r->answer.data + r->array_sent, n);
    r->array_sent += n;
    return (ssize_t)n;
}

struct MHD_Response *array_response(struct request *r)
{
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, ARRAY_BLOCK, on_room, r, NULL);
}

int request_array(struct request *r, struct array_source *s)
{
    buf_putc(request_answer_text(r, 200), '[');
    r->array = s;
    r->array_sent = 0;
    r->array_over = false;
    r->array_number = r->http->round.begun++;
    return 0;
}
