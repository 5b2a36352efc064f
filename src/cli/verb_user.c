/* docket user: letting people in. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/ask.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/qr.h"
#include "cli/verb.h"

struct user_options {
    struct connect_options connect;
    bool qr, json;
};

#define AT(member) offsetof(struct user_options, member)
static const struct option OPTIONS[] = {
    {"qr", 0, OPTION_FLAG, NULL, AT(qr), 0, 0, "draw the link for the camera of a phone, too"},
    CONNECT_OPTIONS(AT(connect)),
    OUT_JSON_OPTION(struct user_options),
};

static int run_user(struct verb_call *call, struct err *e);

const struct verb verb_user = {
    .name = "user",
    .arguments = "link NAME",
    .summary = "a link that signs a browser in",
    .help = "Makes a link that signs in one browser as NAME, once, within ten minutes; the\n"
            "browser then stays signed in for 30 days. NAME is the account of the server's\n"
            "owner: the system user that it runs as. The link is told here and nowhere else.\n\n"
            "  docket user link docket --qr\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct user_options),
    .args_min = 2,
    .args_max = 2,
    .run = run_user,
};

/* Can nobody but this machine open it? */
static bool is_local(const char *url)
{
    static const char *const HOSTS[] = {"://127.", "://[::1]", "://localhost"};
    const char *host = strstr(url, "://");
    for (size_t i = 0; host && i < COUNT_OF(HOSTS); i++)
        if (strncmp(host, HOSTS[i], strlen(HOSTS[i])) == 0)
            return true;
    return false;
}

static int print_link(struct connection *c, const struct user_options *o, const json_t *link, struct err *e)
{
    const char *url = out_field(&c->arena, link, "url");
    if (o->json)
        out_json(link);
    else
        printf("%s\n", url);
    int r = o->qr ? qr_print(stdout, url, e) : 0;
    if (r == 0 && !o->json)
        fprintf(stderr, "it signs in one browser as %s, once, until %s\n", out_field(&c->arena, link, "user"),
                out_field(&c->arena, link, "until"));
    if (r == 0 && is_local(url))
        fputs("it leads to this machine; for others the server needs to know its address: advertise in its settings\n",
              stderr);
    return r;
}

static int run_user(struct verb_call *call, struct err *e)
{
    struct user_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *link = NULL;
    if (strcmp(call->args[0], "link") != 0) {
        int refused = err_refuse(e, ERR_USAGE, "docket user cannot '%s'", call->args[0]);
        err_hint(e, "docket user link NAME");
        return refused;
    }
    int r = connect_open(&c, call, &o->connect, e);
    if (r)
        return r;
    const char *path = arena_printf(&c.arena, "/api/v1/users/%s/links", client_encode(&c.arena, call->args[1]));
    r = client_call(c.client, "POST", path, NULL, &link, e);
    return r ? r : print_link(&c, o, link, e);
}
