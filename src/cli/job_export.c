/* docket job export: jobs in a table of one's own. A word of `docket job`. */
#include "base/cleanup.h"
#include "cli/export.h"

static const struct option OPTIONS[] = {
    EXPORT_OPTIONS,
    {"site", 0, OPTION_TEXT, "SITE", offsetof(struct export_options, site), 0, 0, "only jobs of this one"},
    CONNECT_OPTIONS(offsetof(struct export_options, connect)),
    {"json", 0, OPTION_FLAG, NULL, offsetof(struct export_options, json), 0, 0, "print what was done as JSON"},
};

static int run_export(struct verb_call *call, struct err *e);

const struct verb job_word_export = {
    .name = "job export",
    .arguments = "",
    .summary = "what has changed of the jobs, into a table of your own database",
    .help = "Each run inserts or updates the rows of those jobs that have changed since the last\n"
            "one of its consumer, and commits there before the server is told that they were\n"
            "taken: a run that was killed is made good by the next. Any number of consumers may\n"
            "follow, and a finished job is cleaned away only after each of them has taken it. The\n"
            "row of such a job stays, unless --mirror is given.\n\n"
            "Fields: id, jobid (HASH_N, by which a site calls it; where jobs run at several sites,\n"
            "take one by --site, or id), app, site, owner, name, queue, workers, cores, walltime,\n"
            "command, state (also called status), cancelling, reason, exitcode, batch, submitted,\n"
            "started, finished, updated (the newest of these moments), seen, cleaned, rev.\n\n"
            "  docket job export --to postgresql://me@db/lab --table jobs --map 'updated=last_updated,jobid=id'\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct export_options),
    .args_max = 0,
    .flags = VERB_OPENS_DATA,
    .run = run_export,
};

static const char *const TIMES[] = {"submitted", "started", "finished", NULL};

static const struct export_field FIELDS[] = {
    {"id", NULL, FOREIGN_INT},
    {"jobid", "job", FOREIGN_TEXT},
    {"app", NULL, FOREIGN_TEXT},
    {"site", NULL, FOREIGN_TEXT},
    {"owner", NULL, FOREIGN_TEXT},
    {"name", NULL, FOREIGN_TEXT},
    {"queue", NULL, FOREIGN_TEXT},
    {"workers", NULL, FOREIGN_INT},
    {"cores", NULL, FOREIGN_INT},
    {"walltime", NULL, FOREIGN_NUMBER},
    {"command", NULL, FOREIGN_TEXT},
    {"state", NULL, FOREIGN_TEXT},
    {"status", "state", FOREIGN_TEXT},
    {"cancelling", NULL, FOREIGN_TRUTH},
    {"reason", NULL, FOREIGN_TEXT},
    {"exitcode", NULL, FOREIGN_INT},
    {"batch", NULL, FOREIGN_TEXT},
    {"submitted", NULL, FOREIGN_TIME},
    {"started", NULL, FOREIGN_TIME},
    {"finished", NULL, FOREIGN_TIME},
    {"updated", NULL, FOREIGN_TIME, .latest = TIMES},
    {"seen", NULL, FOREIGN_TIME},
    {"cleaned", NULL, FOREIGN_TRUTH},
    {"rev", NULL, FOREIGN_INT},
};

static const struct export_kind KIND = {
    .verb = "job export",
    .change = "job",
    .gone = "job_deleted",
    .fields = FIELDS,
    .field_count = COUNT_OF(FIELDS),
    .keys = {"id", "jobid"},
};

static int run_export(struct verb_call *call, struct err *e) { return export_run(call, &KIND, NULL, e); }
