/* docket site share: let somebody start jobs at a site. */
#include "cli/site_verb.h"

#include <stdio.h>

struct share_options {
    struct site_options base; /* first */
    const char *user;
};

static const struct option OPTIONS[] = {
    {"user", 0, OPTION_TEXT, "USER", offsetof(struct share_options, user), 0, 0, "the account"},
    SITE_OPTIONS};

static int run_share(struct verb_call *call, struct err *e);

const struct verb site_word_share = {
    .name = "site share",
    .arguments = "SITE",
    .summary = "let somebody start jobs at a site",
    .help = "Whoever may start jobs at a site runs what they like there as the user whom the server\n"
            "is there: of a site of the kind local that is the server's own user, who can read the store\n"
            "and every token.\n\n"
            "  docket site share cluster --user bob\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct share_options),
    .args_min = 1,
    .args_max = 1,
    .run = run_share,
};

static int run_share(struct verb_call *call, struct err *e)
{
    const struct share_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(json_drop) json_t *answer = NULL;
    if (!o->user || !*o->user)
        return err_refuse(e, ERR_USAGE, "which account? --user USER");
    int r = site_verb_call(call, &c, "PUT", arena_printf(&a, "/shares/%s", client_encode(&a, o->user)), NULL, &answer, e);
    if (r || o->base.json) {
        if (!r)
            out_json(answer);
        return r;
    }
    out_safe(stdout, o->user);
    fputs(" may now start jobs at ", stdout);
    out_safe(stdout, call->args[0]);
    putchar('\n');
    return 0;
}
