/* docket task export: the tasks of a queue in a table of one's own. */
#include "base/cleanup.h"
#include "cli/export.h"

static const struct option OPTIONS[] = {
    EXPORT_OPTIONS,
    CONNECT_OPTIONS(offsetof(struct export_options, connect)),
    {"json", 0, OPTION_FLAG, NULL, offsetof(struct export_options, json), 0, 0, "print what was done as JSON"},
};

static int run_export(struct verb_call *call, struct err *e);

const struct verb task_export = {
    .name = "task export",
    .arguments = "QUEUE",
    .summary = "what has changed in a queue, into a table of your own database",
    .help = "Each run inserts or updates the rows of those tasks that have changed since the last\n"
            "one of its consumer, and commits there before the server is told that they were\n"
            "taken: a run that was killed is made good by the next. Any number of consumers may\n"
            "follow. The row of a task that was removed stays, unless --mirror is given.\n\n"
            "Fields: id, queue, owner, state, reason, command, payload, key,\n"
            "priority, cwd, env, time_limit, attempt_count, failures, crashes, worker, exitcode,\n"
            "message, created, not_before, started, finished, updated (the newest of these\n"
            "moments), rev. A table that is made has one column for each in the map; in one that\n"
            "is there all of them must be. The password for a database is found where its own\n"
            "programs find it, such as in ~/.pgpass.\n\n"
            "  docket task export night --to sqlite:work.db --table work --map 'id=task_id,state=status'\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct export_options),
    .args_max = 1,
    .flags = VERB_OPENS_DATA,
    .run = run_export,
};

static const char *const TIMES[] = {"created", "started", "finished", NULL};

static const struct export_field FIELDS[] = {
    {"id", NULL, FOREIGN_INT},
    {"queue", NULL, FOREIGN_TEXT},
    {"owner", NULL, FOREIGN_TEXT},
    {"state", NULL, FOREIGN_TEXT},
    {"reason", NULL, FOREIGN_TEXT},
    {"command", NULL, FOREIGN_TEXT},
    {"payload", NULL, FOREIGN_TEXT, .as_json = true},
    {"key", NULL, FOREIGN_TEXT},
    {"priority", NULL, FOREIGN_INT},
    {"cwd", NULL, FOREIGN_TEXT},
    {"env", NULL, FOREIGN_TEXT, .as_json = true},
    {"time_limit", NULL, FOREIGN_NUMBER},
    {"attempt_count", NULL, FOREIGN_INT},
    {"failures", NULL, FOREIGN_INT},
    {"crashes", NULL, FOREIGN_INT},
    {"worker", NULL, FOREIGN_TEXT},
    {"exitcode", NULL, FOREIGN_INT},
    {"message", NULL, FOREIGN_TEXT},
    {"created", NULL, FOREIGN_TIME},
    {"not_before", NULL, FOREIGN_TIME},
    {"started", NULL, FOREIGN_TIME},
    {"finished", NULL, FOREIGN_TIME},
    {"updated", NULL, FOREIGN_TIME, .latest = TIMES},
    {"rev", NULL, FOREIGN_INT},
};

static const struct export_kind KIND = {
    .verb = "task export",
    .change = "task",
    .gone = "task_deleted",
    .fields = FIELDS,
    .field_count = COUNT_OF(FIELDS),
    .keys = {"id"},
};

static int run_export(struct verb_call *call, struct err *e)
{
    const struct export_options *o = call->options;
    const char *queue;
    int r = connect_queue(call, &o->connect, &queue, e);
    return r ? r : export_run(call, &KIND, queue, e);
}
