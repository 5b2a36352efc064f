/* Who asks, and what they may: their own things, anybody's for an admin, one queue for a token that is to work it. Every
 * function of core that finds something of somebody asks here. */
#ifndef DOCKET_CORE_WHO_H
#define DOCKET_CORE_WHO_H

#include <stdbool.h>

#include "store/record.h"

struct who {
    const char *user;   /* the account */
    const char *origin; /* the address the request came from; NULL: unknown, or none that the journal is to keep */
    enum account_role role;
    enum credential_scope scope;
    int64_t queue; /* with SCOPE_WORKER: the only one */
};

/* May they see and change what is the account's called owner? Pure. */
bool who_may(const struct who *who, const char *owner);

/* The same of a queue. Pure. */
bool who_may_queue(const struct who *who, const struct queue_row *q);

/* Are they an admin, by a credential that may do all of it? Pure. */
bool who_is_admin(const struct who *who);

#endif
