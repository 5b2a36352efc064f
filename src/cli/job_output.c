/* docket job output: what a job has printed, as its site has it. */
#include "cli/job_verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

enum { PAUSE_SECONDS = 2 };

struct output_options {
    struct job_options base;
    bool follow, only_stderr, raw;
};

#define AT(member) offsetof(struct output_options, member)
static const struct option OPTIONS[] = {
    {"follow", 'f', OPTION_FLAG, NULL, AT(follow), 0, 0, "go on until the job has ended"},
    {"stderr", 0, OPTION_FLAG, NULL, AT(only_stderr), 0, 0, "what it wrote to stderr instead"},
    {"raw", 0, OPTION_FLAG, NULL, AT(raw), 0, 0, "as it is even on a terminal"},
    CONNECT_OPTIONS(AT(base.connect)),
};

static int run_output(struct verb_call *call, struct err *e);

const struct verb job_word_output = {
    .name = "job output",
    .arguments = "ID",
    .summary = "what a job has printed",
    .help = "Asked of its site. It ends with the exit status 0, whatever became of the job.\n\n"
            "  docket job output 17 -f\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct output_options),
    .args_min = 1,
    .args_max = 1,
    .run = run_output,
};

static int print(const char *bytes, size_t n, bool raw, struct err *e)
{
    CLEANUP(buf_done) struct buf safe = {0};
    bool as_is = raw || !isatty(STDOUT_FILENO);
    if (!as_is)
        text_safe(&safe, bytes, n, true);
    size_t size = as_is ? n : safe.len;
    if (fwrite(as_is ? bytes : buf_text(&safe), 1, size, stdout) != size || fflush(stdout))
        return err_fail(e, ERR_FILE, "could not write the output");
    return 0;
}

/* What came since *from; *from goes on. One that is not started yet has printed nothing. */
static int print_more(struct connection *c, const struct output_options *o, const char *id, int64_t *from, bool *out_any, struct err *e)
{
    CLEANUP(cleanup_free) char *bytes = NULL;
    size_t n = 0;
    CLEANUP(cleanup_file) FILE *to = open_memstream(&bytes, &n);
    if (!to)
        return err_fail(e, ERR_INTERNAL, "no memory for the output");
    const char *tail = arena_printf(&c->arena, "/%s?from=%" PRId64, o->only_stderr ? "stderr" : "stdout", *from);
    int r = client_save(c->client, job_verb_path(&c->arena, id, tail), to, e);
    fflush(to);
    *out_any = !r && n;
    if (r == ERR_OUTPUT_NOT_FOUND && o->follow)
        r = 0;
    *from += r ? 0 : (int64_t)n;
    return r || !n ? r : print(bytes, n, o->raw, e);
}

static int look(struct connection *c, const char *id, bool *out_ended, struct err *e)
{
    CLEANUP(json_drop) json_t *job = NULL;
    int r = client_call(c->client, "GET", job_verb_path(&c->arena, id, ""), NULL, &job, e);
    const char *state = r ? NULL : json_string_value(json_object_get(job, "state"));
    *out_ended = state && !strstr("submitted pending running", state);
    return r;
}

/* It had ended before the last look at what it printed, and there was nothing more. */
static int follow(struct connection *c, const struct output_options *o, const char *id, struct err *e)
{
    bool ended = false, any;
    int64_t from = 0;
    for (int r = 0;;) {
        bool ended_before = ended;
        r = print_more(c, o, id, &from, &any, e);
        if (!r && !any && ended_before)
            return 0;
        if (!r && !ended)
            r = look(c, id, &ended, e);
        if (r)
            return r;
        if (!any && !ended)
            ask_pause(c->loop, PAUSE_SECONDS * CLOCK_SECOND);
    }
}

static int run_output(struct verb_call *call, struct err *e)
{
    const struct output_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    int64_t from = 0;
    bool any;
    int r = job_verb_check_ids(call, e);
    if (!r)
        r = connect_open(&c, call, &o->base.connect, e);
    if (r)
        return r;
    return o->follow ? follow(&c, o, call->args[0], e) : print_more(&c, o, call->args[0], &from, &any, e);
}
