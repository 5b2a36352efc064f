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

static void print_held(struct arena *a, const json_t *item)
{
    printf("job %s is held back for ", out_field(a, item, "job"));
    out_safe(stdout, json_string_value(json_object_get(item, "consumer")));
    printf(", %s changes behind\n", out_field(a, item, "behind"));
}

static int64_t print(struct arena *a, const json_t *answer)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(answer, "clean"), i, item)
        job_verb_say(a, item);
    json_array_foreach (json_object_get(answer, "held"), i, item)
        print_held(a, item);
    return (int64_t)json_array_size(json_object_get(answer, "clean"));
}

/* Page by page, until all were looked at. */
static int clean_all(struct connection *c, const struct clean_options *o, struct err *e)
{
    int64_t count = 0;
    json_int_t after = 0;
    bool more = true;
    int r = 0;
    while (!r && more) {
        CLEANUP(json_drop) json_t *body = json_pack("{s:b, s:I}", "dry_run", o->dry_run, "after", after), *answer = NULL;
        r = client_call(c->client, "POST", "/api/v1/jobs/clean", body, &answer, e);
        if (!r && o->base.json)
            out_json(answer);
        else if (!r)
            count += print(&c->arena, answer);
        more = !r && json_is_integer(json_object_get(answer, "next"));
        after = more ? json_integer_value(json_object_get(answer, "next")) : 0;
    }
    if (r || o->base.json)
        return r;
    CLEANUP(buf_done) struct buf b = {0};
    out_count(&b, count, "job", "jobs");
    printf("%s %s cleaned away\n", buf_text(&b), o->dry_run ? "would be" : "will be");
    return 0;
}

static int run_clean(struct verb_call *call, struct err *e)
{
    const struct clean_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    if (call->arg_count && o->dry_run)
        return err_refuse(e, ERR_USAGE, "--dry-run goes without ids");
    if (call->arg_count)
        return job_verb_each(call, &o->base, "DELETE", "", e);
    int r = connect_open(&c, call, &o->base.connect, e);
    return r ? r : clean_all(&c, o, e);
}
