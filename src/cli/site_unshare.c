/* docket site unshare: let somebody start jobs there no longer. */
#include "cli/site_verb.h"

#include <stdio.h>

struct unshare_options {
    struct site_options base; /* first */
    const char *user;
};

static const struct option OPTIONS[] = {
    {"user", 0, OPTION_TEXT, "USER", offsetof(struct unshare_options, user), 0, 0, "the account"},
    SITE_OPTIONS};

static int run_unshare(struct verb_call *call, struct err *e);

const struct verb site_word_unshare = {
    .name = "site unshare",
    .arguments = "SITE",
    .summary = "let somebody start jobs there no longer",
    .help = "Jobs of theirs that are open go on: docket job list --site SITE.\n\n"
            "  docket site unshare cluster --user bob\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct unshare_options),
    .args_min = 1,
    .args_max = 1,
    .run = run_unshare,
};

static int run_unshare(struct verb_call *call, struct err *e)
{
    const struct unshare_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(json_drop) json_t *answer = NULL;
    if (!o->user || !*o->user)
        return err_refuse(e, ERR_USAGE, "which account? --user USER");
    int r = site_verb_call(call, &c, "DELETE", arena_printf(&a, "/shares/%s", client_encode(&a, o->user)), NULL, &answer, e);
    if (r || o->base.json) {
        if (!r)
            out_json(answer);
        return r;
    }
    out_safe(stdout, o->user);
    fputs(" may no longer start jobs at ", stdout);
    out_safe(stdout, call->args[0]);
    putchar('\n');
    return 0;
}
