/* What every part of core may tell a turn. */
#include "core/turn.h"

#include <assert.h>

void turn_gained(struct turn *t, int64_t queue)
{
    for (int i = 0; i < t->gained_count; i++)
        if (t->gained[i] == queue)
            return;
    assert(t->gained_count < TURN_GAINED_MAX);
    t->gained[t->gained_count++] = queue;
}
