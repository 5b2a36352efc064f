/* What every part of core may tell a turn. */
#include "core/turn.h"

#include <string.h>

#include "base/clock.h"

static int64_t spent(const struct engine *c) { return c->spent_us ? c->spent_us(c->arg) : 0; }

void turn_part(struct turn *t, int64_t most_us) { t->part_end_us = spent(t->engine) + most_us; }

bool turn_is_long(const struct turn *t) { return spent(t->engine) > t->part_end_us; }

void turn_gained(struct turn *t, int64_t queue)
{
    for (int i = 0; i < t->gained_count; i++)
        if (t->gained[i] == queue)
            return;
    if (t->gained_count == t->gained_room) {
        t->gained_room = t->gained_room ? t->gained_room * 2 : 64;
        int64_t *more = arena_array(t->arena, (size_t)t->gained_room, sizeof *more);
        if (t->gained_count)
            memcpy(more, t->gained, (size_t)t->gained_count * sizeof *more);
        t->gained = more;
    }
    t->gained[t->gained_count++] = queue;
}

void turn_note(struct turn *t, struct note note)
{
    enum { FIRST = 64 };
    int n = t->note_count++;
    if (n == 0 || (n >= FIRST && (n & (n - 1)) == 0)) { /* full: 64, 128, 256, … */
        struct note *more = arena_array(t->arena, n ? (size_t)n * 2 : FIRST, sizeof *more);
        if (n)
            memcpy(more, t->notes, (size_t)n * sizeof *more);
        t->notes = more;
    }
    t->notes[n] = note;
}
