/* docket job fetch: the files of a job, brought here. */
#include "cli/job_tar_pack.h"
#include "cli/job_verb.h"

#include <inttypes.h>
#include <stdio.h>

struct fetch_options {
    struct job_options base;
    bool force;
};

static const struct option OPTIONS[] = {
    {"force", 0, OPTION_FLAG, NULL, offsetof(struct fetch_options, force), 0, 0, "files that are there may be replaced"},
    CONNECT_OPTIONS(offsetof(struct fetch_options, base.connect)),
};

static int run_fetch(struct verb_call *call, struct err *e);

const struct verb job_word_fetch = {
    .name = "job fetch",
    .arguments = "ID [DIR]",
    .summary = "bring the files of a job here",
    .help = "What its folder at the site holds now (files, where it ran; stdout, stderr and exit),\n"
            "into DIR (job-ID unless given). Nothing is written outside of DIR, and what is there is\n"
            "kept.\n\n"
            "  docket job fetch 17 results\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct fetch_options),
    .args_min = 1,
    .args_max = 2,
    .run = run_fetch,
};

static int run_fetch(struct verb_call *call, struct err *e)
{
    const struct fetch_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(cleanup_file) FILE *tar = tmpfile();
    struct verb_call id = {.args = call->args, .arg_count = 1};
    int64_t count;
    int r = job_verb_check_ids(&id, e);
    if (!r && !tar)
        r = err_fail(e, ERR_FILE, "could not make a temporary file");
    if (!r)
        r = connect_open(&c, call, &o->base.connect, e);
    if (r)
        return r;
    const char *dir = call->arg_count > 1 ? call->args[1] : arena_printf(&c.arena, "job-%s", call->args[0]);
    r = client_save(c.client, job_verb_path(&c.arena, call->args[0], "/files"), tar, e);
    rewind(tar);
    if (!r)
        r = job_tar_unpack(tar, dir, o->force, &count, e);
    if (r)
        return r;
    CLEANUP(buf_done) struct buf b = {0};
    out_count(&b, count, "entry", "entries");
    printf("%s in ", buf_text(&b));
    out_safe(stdout, dir);
    putchar('\n');
    return 0;
}
