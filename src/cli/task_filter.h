/* Which tasks a verb is about: the options that `tasks`, `results`, `retry` and `cancel` share. */
#ifndef DOCKET_CLI_TASK_FILTER_H
#define DOCKET_CLI_TASK_FILTER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/options.h"

struct task_filter {
    const char *state, *exitcode, *worker;
};

/* The option rows of struct task_filter, standing `at` bytes into the struct that is filled. */
#define TASK_FILTER_STATE_OPTION(at)                                                                                  \
    {"state", 0, OPTION_TEXT, "STATE", (at) + offsetof(struct task_filter, state), 0, 0,                              \
     "only waiting, pending, running, succeeded, failed or killed ones"}
#define TASK_FILTER_OPTIONS(at)                                                                                       \
    TASK_FILTER_STATE_OPTION(at),                                                                                     \
    {"exitcode", 0, OPTION_TEXT, "N", (at) + offsetof(struct task_filter, exitcode), 0, 0,                            \
     "only those that exited so"},                                                                                    \
    {"worker", 0, OPTION_TEXT, "NAME", (at) + offsetof(struct task_filter, worker), 0, 0,                             \
     "only those of this worker"}

/* Checks the values and brings the state into small letters (in the arena). 0; ERR_USAGE. */
int task_filter_check(struct task_filter *f, struct arena *a, struct err *e);

/* Refuses a word that is no state, with the one it is like, or all. ERR_USAGE. */
int task_filter_refuse_state(const char *state, struct err *e);

/* A checked filter as "&state=…&worker=…" (maybe empty), in the arena; or put into an object. */
const char *task_filter_query(const struct task_filter *f, struct arena *a);
void task_filter_put(const struct task_filter *f, json_t *object);
bool task_filter_is_empty(const struct task_filter *f);

/* Reads a positive id. 0; ERR_USAGE. */
int task_filter_id(const char *text, int64_t *out_id, struct err *e);

#endif
