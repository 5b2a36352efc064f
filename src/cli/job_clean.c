/* docket job clean: what jobs that ended have left at their sites is removed. */
#include "cli/job_verb.h"

#include <stdio.h>

struct clean_options {
    struct job_options base;
    bool dry_run;
};

static const struct option OPTIONS[] = {
    {"dry-run", 0, OPTION_FLAG, NULL, offsetof(struct clean_options, dry_run), 0, 0, "say what would be cleaned away, and what is held back"},
    JOB_OPTIONS(struct clean_options),
};

static int run_clean(struct verb_call *call, struct err *e);

const struct verb job_word_clean = {
    .name = "job clean",
    .arguments = "[ID…]",
    .summary = "remove what jobs that ended have left at their sites",
    .help = "Their folders go, with output and files; what the server knows of them stays. Without\n"
            "an id: of all that ended, but for those that a reader of changes has not taken yet.\n\n"
            "  docket job clean --dry-run\n"
            "  docket job clean 17\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct clean_options),
    .args_max = -1,
    .run = run_clean,
};

static void print(struct arena *a, const json_t *answer, bool dry_run)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(answer, "clean"), i, item)
        job_verb_say(a, item);
    json_array_foreach (json_object_get(answer, "held"), i, item) {
        printf("job %s is held back for ", out_field(a, item, "job"));
        out_safe(stdout, json_string_value(json_object_get(item, "consumer")));
        putchar('\n');
    }
    CLEANUP(buf_done) struct buf b = {0};
    out_count(&b, (int64_t)json_array_size(json_object_get(answer, "clean")), "job", "jobs");
    printf("%s %s cleaned away\n", buf_text(&b), dry_run ? "would be" : "will be");
}

static int run_clean(struct verb_call *call, struct err *e)
{
    const struct clean_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *body = json_pack("{s:b}", "dry_run", o->dry_run), *answer = NULL;
    if (call->arg_count && o->dry_run)
        return err_refuse(e, ERR_USAGE, "--dry-run goes without ids");
    if (call->arg_count)
        return job_verb_each(call, &o->base, "DELETE", "", e);
    int r = connect_open(&c, call, &o->base.connect, e);
    if (!r)
        r = client_call(c.client, "POST", "/api/v1/jobs/clean", body, &answer, e);
    if (!r && o->base.json)
        out_json(answer);
    else if (!r)
        print(&c.arena, answer, o->dry_run);
    return r;
}
