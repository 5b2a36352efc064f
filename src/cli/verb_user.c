/* docket user: who has an account, and letting them in. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/ask.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/password.h"
#include "cli/qr.h"
#include "cli/verb.h"

struct user_options {
    struct connect_options connect;
    const char *role, *password_file;
    bool password, no_password, qr, json;
};

#define AT(member) offsetof(struct user_options, member)
static const struct option OPTIONS[] = {
    {"role", 0, OPTION_TEXT, "ROLE", AT(role), 0, 0, "add, set: admin or user"},
    {"password-file", 0, OPTION_TEXT, "FILE", AT(password_file), 0, 0, "add, set: its first line is the password; - for stdin"},
    {"password", 0, OPTION_FLAG, NULL, AT(password), 0, 0, "set: ask for a new one at the terminal"},
    {"no-password", 0, OPTION_FLAG, NULL, AT(no_password), 0, 0, "add: none; they come in by links and tokens, or another way"},
    {"qr", 0, OPTION_FLAG, NULL, AT(qr), 0, 0, "link: draw it for the camera of a phone, too"},
    CONNECT_OPTIONS(AT(connect)),
    OUT_JSON_OPTION(struct user_options),
};

static int run_user(struct verb_call *call, struct err *e);

const struct verb verb_user = {
    .name = "user",
    .arguments = "add|set|delete|link NAME, or list",
    .summary = "accounts: who may come in, and how",
    .help = "  add NAME     an account; its password is asked for, or read from a file\n"
            "  set NAME     another role, another password: browsers signed in are signed out\n"
            "  delete NAME  of one that has no queues; its tokens end\n"
            "  link NAME    a link that signs in one browser as NAME, once, within ten minutes;\n"
            "               it then stays signed in for 30 days. It is told here and nowhere else\n"
            "  list         all accounts\n\n"
            "An admin sees and does everything; a user what is his own. The account of the\n"
            "server's owner, an admin, is there from the beginning. Passwords are never given\n"
            "on the command line: others could read them there.\n\n"
            "  docket user add ada --role user\n"
            "  docket user link ada --qr\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct user_options),
    .args_min = 1,
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

static const char *user_path(struct connection *c, const char *name, const char *tail)
{
    return arena_printf(&c->arena, "/api/v1/users/%s%s", client_encode(&c->arena, name), tail);
}

static int user_link(struct connection *c, const struct user_options *o, const char *name, struct err *e)
{
    CLEANUP(json_drop) json_t *link = NULL;
    int r = client_call(c->client, "POST", user_path(c, name, "/links"), NULL, &link, e);
    return r ? r : print_link(c, o, link, e);
}

static void print_user(struct arena *a, const json_t *user)
{
    out_cell(stdout, out_field(a, user, "user"), 24);
    printf("  %-5s  %-8s  %s\n", out_field(a, user, "role"),
           json_is_true(json_object_get(user, "password")) ? "password" : "-", out_field(a, user, "created"));
}

/* The fields that PUT takes, from the options. */
static int put_fields(struct connection *c, const struct user_options *o, bool ask, json_t *fields, struct err *e)
{
    const char *password;
    if (o->role)
        json_object_set_new(fields, "role", json_string(o->role));
    if (!ask)
        return 0;
    int r = password_read(&c->arena, o->password_file, &password, e);
    if (!r && json_object_set_new(fields, "password", json_string(password)))
        r = err_refuse(e, ERR_USAGE, "a password is UTF-8");
    return r;
}

static int put(struct connection *c, const struct user_options *o, const char *name, bool ask, struct err *e)
{
    CLEANUP(json_drop) json_t *fields = json_object();
    CLEANUP(json_drop) json_t *user = NULL;
    int r = put_fields(c, o, ask, fields, e);
    if (!r)
        r = client_call(c->client, "PUT", user_path(c, name, ""), fields, &user, e);
    if (!r && o->json)
        out_json(user);
    else if (!r)
        print_user(&c->arena, user);
    return r;
}

static int user_add(struct connection *c, const struct user_options *o, const char *name, struct err *e)
{
    struct err unknown;
    int r = client_call(c->client, "GET", user_path(c, name, ""), NULL, NULL, &unknown);
    if (r == 0) {
        r = err_refuse(e, ERR_USAGE, "there is an account '%s' already", name);
        err_hint(e, "change it: docket user set %s", name);
        return r;
    }
    return r == ERR_ACCOUNT_NOT_FOUND ? put(c, o, name, !o->no_password, e) : (*e = unknown, r);
}

static int user_set(struct connection *c, const struct user_options *o, const char *name, struct err *e)
{
    bool ask = o->password || o->password_file;
    if (!ask && !o->role)
        return err_refuse(e, ERR_USAGE, "nothing to change: --role, --password or --password-file");
    int r = client_call(c->client, "GET", user_path(c, name, ""), NULL, NULL, e);
    return r ? r : put(c, o, name, ask, e);
}

static int user_delete(struct connection *c, const struct user_options *o, const char *name, struct err *e)
{
    return client_call(c->client, "DELETE", user_path(c, name, ""), NULL, NULL, e);
}

static int print_one(void *arg, const json_t *user, struct err *e)
{
    print_user(arg, user);
    return 0;
}

static int user_list(struct connection *c, const struct user_options *o, const char *name, struct err *e)
{
    CLEANUP(json_drop) json_t *page = NULL;
    if (!o->json)
        return ask_pages(c->client, "/api/v1/users?", "users", print_one, &c->arena, e);
    int r = client_call(c->client, "GET", "/api/v1/users", NULL, &page, e);
    if (!r)
        out_json(page);
    return r;
}

static const struct action {
    const char *word;
    bool named; /* takes a NAME */
    int (*run)(struct connection *c, const struct user_options *o, const char *name, struct err *e);
} ACTIONS[] = {
    {"add", true, user_add},   {"set", true, user_set},    {"delete", true, user_delete},
    {"link", true, user_link}, {"list", false, user_list},
};

static const struct action *find_action(const struct verb_call *call)
{
    for (size_t i = 0; i < COUNT_OF(ACTIONS); i++)
        if (strcmp(ACTIONS[i].word, call->args[0]) == 0 && ACTIONS[i].named == (call->arg_count == 2))
            return &ACTIONS[i];
    return NULL;
}

static int run_user(struct verb_call *call, struct err *e)
{
    struct user_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    const struct action *action = find_action(call);
    if (!action) {
        int refused = err_refuse(e, ERR_USAGE, "docket user cannot '%s%s'", call->args[0], call->arg_count == 2 ? " NAME" : "");
        err_hint(e, "docket user %s", call->verb->arguments);
        return refused;
    }
    int r = connect_open(&c, call, &o->connect, e);
    return r ? r : action->run(&c, o, call->arg_count == 2 ? call->args[1] : NULL, e);
}
