/* docket create: a queue with its policy, or a new policy for one there is. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/queue_words.h"
#include "cli/verb.h"

struct create_options {
    struct connect_options connect;
    int64_t lease_us, max_attempts, max_crashes, backoff_us; /* -1: as it is */
    bool json;
};

static const struct create_options DEFAULTS = {
    .lease_us = -1, .max_attempts = -1, .max_crashes = -1, .backoff_us = -1};

#define AT(member) offsetof(struct create_options, member)
static const struct option OPTIONS[] = {
    {"lease", 0, OPTION_SECONDS, "TIME", AT(lease_us), 1, LIMIT_LEASE_SECONDS,
     "how long a silent worker keeps a task; 60 s"},
    {"max-attempts", 0, OPTION_INT, "N", AT(max_attempts), 1, LIMIT_COUNT_POLICY, "tries of a task that fails; 1"},
    {"max-crashes", 0, OPTION_INT, "N", AT(max_crashes), 1, LIMIT_COUNT_POLICY, "workers that may die holding it; 3"},
    {"backoff", 0, OPTION_SECONDS, "TIME", AT(backoff_us), 0, LIMIT_LEASE_SECONDS,
     "pause before the second try, doubled each time; 0"},
    CONNECT_OPTIONS(AT(connect)),
    OUT_JSON_OPTION(struct create_options),
};

static int run_create(struct verb_call *call, struct err *e);

const struct verb verb_create = {
    .name = "create",
    .arguments = "QUEUE",
    .summary = "make a queue, or change its policy",
    .help = "What is not named stays as it is. Adding a task makes a missing queue too,\n"
            "with the defaults.\n\n"
            "  docket create downloads --max-attempts 5 --backoff 10s\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct create_options),
    .defaults = &DEFAULTS,
    .args_min = 1,
    .args_max = 1,
    .flags = VERB_OPENS_DATA,
    .run = run_create,
};

static json_t *policy_of(const struct create_options *o)
{
    json_t *policy = json_object();
    if (o->lease_us >= 0)
        json_object_set_new(policy, "lease_seconds", json_real((double)o->lease_us / CLOCK_SECOND));
    if (o->max_attempts >= 0)
        json_object_set_new(policy, "max_attempts", json_integer(o->max_attempts));
    if (o->max_crashes >= 0)
        json_object_set_new(policy, "max_crashes", json_integer(o->max_crashes));
    if (o->backoff_us >= 0)
        json_object_set_new(policy, "backoff_seconds", json_real((double)o->backoff_us / CLOCK_SECOND));
    return policy;
}

static int run_create(struct verb_call *call, struct err *e)
{
    struct create_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *policy = policy_of(o), *answer = NULL;
    CLEANUP(buf_done) struct buf words = {0};
    int r = connect_check_queue(call->args[0], e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (!r)
        r = client_call(c.client, "PUT", client_queue_path(&c.arena, call->args[0], ""), policy, &answer, e);
    if (r)
        return r;
    if (o->json) {
        out_json(answer);
        return 0;
    }
    queue_words_policy(answer, &words);
    out_safe(stdout, call->args[0]);
    printf(": %s\n", buf_text(&words));
    return 0;
}
