/* What a task is to be when it is added: the options that `add`, `load` and `run` share, and the checks that can be
 * made before anything is sent. */
#ifndef DOCKET_CLI_NEW_TASK_H
#define DOCKET_CLI_NEW_TASK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/options.h"

struct new_task_options {
    const char *cwd;
    bool anywhere;         /* without a cwd: where their worker runs, instead of the current directory */
    struct option_list env;
    int64_t time_limit_us; /* 0: none */
    int64_t priority;
    struct option_list after;
    const char *not_before; /* as it was given */
};

/* The option rows of struct new_task_options, standing `at` bytes into the struct that is filled. */
#define NEW_TASK_OPTIONS(at)                                                                                          \
    {"cwd", 0, OPTION_TEXT, "DIR", (at) + offsetof(struct new_task_options, cwd), 0, 0,                               \
     "where commands run; else the current directory"},                                                               \
    {"env", 0, OPTION_LIST, "NAME=VALUE", (at) + offsetof(struct new_task_options, env), 0, 0,                        \
     "a variable for them; may be given again"},                                                                      \
    {"time-limit", 0, OPTION_SECONDS, "TIME", (at) + offsetof(struct new_task_options, time_limit_us), 0,             \
     LIMIT_TIME_LIMIT_SECONDS, "end one that takes longer (90, 10m, 1:30:00)"}
#define NEW_TASK_PRIORITY_OPTION(at)                                                                                  \
    {"priority", 0, OPTION_INT, "N", (at) + offsetof(struct new_task_options, priority), -LIMIT_PRIORITY,             \
     LIMIT_PRIORITY, "higher goes first; 0 unless given"}

/* And those that only `add` and `load` have. */
#define NEW_TASK_LATER_OPTIONS(at)                                                                                    \
    {"after", 0, OPTION_LIST, "TASK", (at) + offsetof(struct new_task_options, after), 0, 0,                          \
     "wait for this task: its id, or key:KEY; may be given again"},                                                   \
    {"not-before", 0, OPTION_TEXT, "WHEN", (at) + offsetof(struct new_task_options, not_before), 0, 0,                \
     "not sooner than +30m, 2030-01-31 or 2030-01-31T12:00 (local, or with Z or +01:00)"}

/* The fields that all tasks of a call share, as JSON: cwd (absolute; the current directory unless given or anywhere), env,
 * time_limit, priority, after, not_before. 0 and a new reference; ERR_USAGE naming the option; < 0 ERR_FILE. */
int new_task_base(const struct new_task_options *o, json_t **out_base, struct err *e);

/* Reads WHEN, at now_us: a span behind a +, or RFC 3339, of which the time, the seconds and the zone (then it is the
 * local one) may be left out. 0, or -1 if it is none. */
int new_task_when(const char *text, int64_t now_us, int64_t *out_us);

/* A task of its own: base with a command. A new reference. */
json_t *new_task_with(const json_t *base, const char *command, size_t n);

/* May these bytes be a command? 0; ERR_BAD_LINE with the reason. */
int new_task_check(const char *command, size_t n, struct err *e);

/* At most how many bytes the text takes as a JSON string. */
size_t new_task_json_bytes(const char *text, size_t n);

#endif
