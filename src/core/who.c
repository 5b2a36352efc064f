/* See who.h. What a credential may not do at all (change something, with one that may only read) is refused before a call
 * gets here, by the route: see web/auth.c. */
#include "core/who.h"

#include <string.h>

bool who_may(const struct who *who, const char *owner)
{
    return who->role == ACCOUNT_ADMIN || strcmp(owner, who->user) == 0;
}

bool who_may_queue(const struct who *who, const struct queue_row *q)
{
    return who_may(who, q->owner) && (who->scope != SCOPE_WORKER || who->queue == q->id);
}

bool who_is_admin(const struct who *who) { return who->role == ACCOUNT_ADMIN && who->scope != SCOPE_WORKER; }
