/* The policy of a queue as options: what `create` and `set` share. */
#ifndef DOCKET_CLI_POLICY_H
#define DOCKET_CLI_POLICY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/options.h"
#include "cli/connect.h"
#include "cli/out.h"

struct policy_options {
    struct connect_options connect;
    int64_t lease_us, max_attempts, max_crashes, backoff_us, retention_us, face_lease_us; /* -1: as it is */
    const char *speculate, *on_dependency_failure;                         /* NULL: as it is */
    bool json;
};

#define POLICY_AT(member) offsetof(struct policy_options, member)
#define POLICY_OPTIONS                                                                                                \
    {"lease", 0, OPTION_SECONDS, "TIME", POLICY_AT(lease_us), 1, LIMIT_LEASE_SECONDS,                                 \
     "how long a silent worker keeps a task; 60 s"},                                                                  \
    {"max-attempts", 0, OPTION_INT, "N", POLICY_AT(max_attempts), 1, LIMIT_COUNT_POLICY,                              \
     "tries of a task that fails; 1"},                                                                                \
    {"max-crashes", 0, OPTION_INT, "N", POLICY_AT(max_crashes), 1, LIMIT_COUNT_POLICY,                                \
     "workers that may die holding it; 3"},                                                                           \
    {"backoff", 0, OPTION_SECONDS, "TIME", POLICY_AT(backoff_us), 0, LIMIT_LEASE_SECONDS,                             \
     "pause before the second try, doubled each time; 0"},                                                            \
    {"speculate", 0, OPTION_TEXT, "on|off", POLICY_AT(speculate), 0, 0,                                               \
     "idle workers try what runs a second time; off"},                                                                \
    {"on-dependency-failure", 0, OPTION_TEXT, "wait|cancel", POLICY_AT(on_dependency_failure), 0, 0,                  \
     "of tasks whose dependency failed; wait"},                                                                       \
    {"retention", 0, OPTION_SECONDS, "TIME", POLICY_AT(retention_us), 0, LIMIT_RETENTION_SECONDS,                     \
     "finished tasks are removed after it; 0: never"},                                                                \
    {"face-lease", 0, OPTION_SECONDS, "TIME", POLICY_AT(face_lease_us), 1, LIMIT_LEASE_SECONDS,                       \
     "the lease of clients that cannot renew (qdo's); 24 h"},                                                         \
    CONNECT_OPTIONS(POLICY_AT(connect)), OUT_JSON_OPTION(struct policy_options)

/* What their table entries have in common, with OPTIONS named so. */
extern const struct policy_options POLICY_DEFAULTS;
#define POLICY_TABLE                                                                                                  \
    .options = OPTIONS, .option_count = COUNT_OF(OPTIONS), .options_bytes = sizeof(struct policy_options),            \
    .defaults = &POLICY_DEFAULTS, .args_min = 1, .args_max = 1, .flags = VERB_OPENS_DATA

/* PUTs what was named and prints the policy there is now. existing: a queue that is not there is refused. */
struct verb_call;
int policy_put(struct verb_call *call, bool existing, struct err *e);

#endif
