/* See policy.h. */
#include "cli/policy.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/ask.h"
#include "cli/queue_words.h"
#include "cli/verb.h"

const struct policy_options POLICY_DEFAULTS = {
    .lease_us = -1, .max_attempts = -1, .max_crashes = -1, .backoff_us = -1, .retention_us = -1, .face_lease_us = -1};

static void put_seconds(json_t *policy, const char *name, int64_t us)
{
    if (us >= 0)
        json_object_set_new(policy, name, json_real((double)us / CLOCK_SECOND));
}

static void put_count(json_t *policy, const char *name, int64_t n)
{
    if (n >= 0)
        json_object_set_new(policy, name, json_integer(n));
}

static int put_switch(json_t *policy, const char *value, struct err *e)
{
    if (!value)
        return 0;
    if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
        return err_refuse(e, ERR_USAGE, "--speculate is on or off, not '%s'", value);
    json_object_set_new(policy, "speculate", json_boolean(value[1] == 'n'));
    return 0;
}

static int put_cascade(json_t *policy, const char *value, struct err *e)
{
    if (!value)
        return 0;
    if (strcmp(value, "wait") != 0 && strcmp(value, "cancel") != 0)
        return err_refuse(e, ERR_USAGE, "--on-dependency-failure is wait or cancel, not '%s'", value);
    json_object_set_new(policy, "on_dependency_failure", json_string(value));
    return 0;
}

static int read_policy(const struct policy_options *o, json_t *policy, struct err *e)
{
    put_seconds(policy, "lease_seconds", o->lease_us);
    put_count(policy, "max_attempts", o->max_attempts);
    put_count(policy, "max_crashes", o->max_crashes);
    put_seconds(policy, "backoff_seconds", o->backoff_us);
    put_seconds(policy, "retention_seconds", o->retention_us);
    put_seconds(policy, "face_lease_seconds", o->face_lease_us);
    int r = put_switch(policy, o->speculate, e);
    return r ? r : put_cascade(policy, o->on_dependency_failure, e);
}

static void print_policy(const struct policy_options *o, const char *queue, const json_t *answer)
{
    CLEANUP(buf_done) struct buf words = {0};
    if (o->json) {
        out_json(answer);
        return;
    }
    queue_words_policy(answer, &words);
    out_safe(stdout, queue);
    printf(": %s\n", buf_text(&words));
}

int policy_put(struct verb_call *call, bool existing, struct err *e)
{
    struct policy_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *policy = json_object(), *before = NULL, *answer = NULL;
    const char *queue = call->args[0];
    int r = connect_check_queue(queue, e);
    if (!r)
        r = read_policy(o, policy, e);
    if (!r)
        r = connect_open(&c, call, &o->connect, e);
    if (!r && existing)
        r = ask_queue(c.client, queue, &before, e);
    if (!r)
        r = client_call(c.client, "PUT", client_queue_path(&c.arena, queue, ""), policy, &answer, e);
    if (!r)
        print_policy(o, queue, answer);
    return r;
}
