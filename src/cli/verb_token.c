/* docket token: what programs come in by. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/password.h"
#include "cli/verb.h"

struct token_options {
    struct connect_options connect;
    const char *worker, *user, *note, *login, *password_file;
    int64_t expires_us;
    bool read_only, json;
};

static const struct token_options DEFAULTS = {.expires_us = 0};

#define AT(member) offsetof(struct token_options, member)
static const struct option OPTIONS[] = {
    {"worker", 0, OPTION_TEXT, "QUEUE", AT(worker), 0, 0, "create: good for working this queue (or OWNER/QUEUE), and nothing else"},
    {"read-only", 0, OPTION_FLAG, NULL, AT(read_only), 0, 0, "create: good for looking"},
    {"expires", 0, OPTION_SECONDS, "TIME", AT(expires_us), 1, LIMIT_TOKEN_SECONDS, "create: so long, such as 30d; else until it is deleted"},
    {"note", 0, OPTION_TEXT, "TEXT", AT(note), 0, 0, "create: what it is for"},
    {"user", 0, OPTION_TEXT, "NAME", AT(user), 0, 0, "of this account; for admins"},
    {"login", 0, OPTION_TEXT, "NAME", AT(login), 0, 0, "ask as this account, by its password, not by a token"},
    {"password-file", 0, OPTION_TEXT, "FILE", AT(password_file), 0, 0, "which is the first line of FILE (- for stdin), and not asked for"},
    CONNECT_OPTIONS(AT(connect)),
    OUT_JSON_OPTION(struct token_options),
};

static int run_token(struct verb_call *call, struct err *e);

const struct verb verb_token = {
    .name = "token",
    .arguments = "create|list|delete [ID]",
    .summary = "what programs come in by",
    .help = "  create     prints a new token, here and nowhere else; the server keeps its hash\n"
            "  list       those there are, and what each may do\n"
            "  delete ID  whoever brings it is refused from then on\n\n"
            "Without --worker and --read-only it may do all that its account may. Give a batch\n"
            "job one that can only work its queue, and only as long as the job can last:\n\n"
            "  docket token create --worker survey --expires 2d >survey.token\n"
            "  docket work survey --server URL --token-file survey.token\n\n"
            "Whoever has an account and a password on a server elsewhere begins with\n\n"
            "  docket token create --server URL --login NAME >mine.token\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct token_options),
    .defaults = &DEFAULTS,
    .args_min = 1,
    .args_max = 2,
    .run = run_token,
};

static void set_queue(struct arena *a, json_t *ask, const char *queue)
{
    const char *slash = strchr(queue, '/');
    json_object_set_new(ask, "scope", json_string("worker"));
    json_object_set_new(ask, "queue", json_string(slash ? slash + 1 : queue));
    if (slash)
        json_object_set_new(ask, "owner", json_string(arena_printf(a, "%.*s", (int)(slash - queue), queue)));
}

static int token_create(struct connection *c, const struct token_options *o, const char *id, struct err *e)
{
    CLEANUP(json_drop) json_t *ask = json_object();
    CLEANUP(json_drop) json_t *token = NULL;
    if (o->worker && o->read_only)
        return err_refuse(e, ERR_USAGE, "--worker and --read-only do not go together");
    int r = o->worker ? connect_check_queue(o->worker, e) : 0;
    if (r)
        return r;
    if (o->worker)
        set_queue(&c->arena, ask, o->worker);
    if (o->read_only)
        json_object_set_new(ask, "scope", json_string("read-only"));
    if (o->expires_us)
        json_object_set_new(ask, "expires_seconds", json_integer(o->expires_us / CLOCK_SECOND));
    if (o->user)
        json_object_set_new(ask, "user", json_string(o->user));
    if (o->note)
        json_object_set_new(ask, "note", json_string(o->note));
    r = client_call(c->client, "POST", "/api/v1/tokens", ask, &token, e);
    if (!r && o->json)
        out_json(token);
    else if (!r)
        printf("%s\n", out_field(&c->arena, token, "token"));
    return r;
}

static const char *path_for(struct connection *c, const struct token_options *o, const char *tail)
{
    const char *query = o->user ? arena_printf(&c->arena, "?user=%s", client_encode(&c->arena, o->user)) : "";
    return arena_printf(&c->arena, "/api/v1/tokens%s%s", tail, query);
}

static void print_token(struct arena *a, const json_t *token)
{
    const json_t *queue = json_object_get(token, "queue"), *note = json_object_get(token, "note");
    printf("%s  %-9s  made %s  ", out_field(a, token, "id"), out_field(a, token, "scope"), out_field(a, token, "created"));
    if (json_is_null(json_object_get(token, "expires")))
        fputs("no end", stdout);
    else
        printf("until %s", out_field(a, token, "expires"));
    if (json_is_string(queue)) {
        fputs("  ", stdout);
        out_safe(stdout, arena_printf(a, "%s/%s", out_field(a, token, "owner"), json_string_value(queue)));
    }
    if (json_is_string(note)) {
        fputs("  ", stdout);
        out_safe(stdout, json_string_value(note));
    }
    putchar('\n');
}

static int token_list(struct connection *c, const struct token_options *o, const char *id, struct err *e)
{
    CLEANUP(json_drop) json_t *answer = NULL;
    size_t i;
    json_t *token;
    int r = client_call(c->client, "GET", path_for(c, o, ""), NULL, &answer, e);
    if (r)
        return r;
    if (o->json)
        out_json(answer);
    else
        json_array_foreach(json_object_get(answer, "tokens"), i, token)
            print_token(&c->arena, token);
    return 0;
}

static int token_delete(struct connection *c, const struct token_options *o, const char *id, struct err *e)
{
    const char *tail = arena_printf(&c->arena, "/%s", client_encode(&c->arena, id));
    return client_call(c->client, "DELETE", path_for(c, o, tail), NULL, NULL, e);
}

static const struct action {
    const char *word;
    bool named; /* takes an ID */
    int (*run)(struct connection *c, const struct token_options *o, const char *id, struct err *e);
} ACTIONS[] = {{"create", false, token_create}, {"list", false, token_list}, {"delete", true, token_delete}};

static const struct action *find_action(const struct verb_call *call)
{
    for (size_t i = 0; i < COUNT_OF(ACTIONS); i++)
        if (strcmp(ACTIONS[i].word, call->args[0]) == 0 && ACTIONS[i].named == (call->arg_count == 2))
            return &ACTIONS[i];
    return NULL;
}

static int ask_as(struct connection *c, const struct token_options *o, struct err *e)
{
    const char *password;
    int r = password_ask(&c->arena, o->password_file, arena_printf(&c->arena, "Password of %s: ", o->login), &password, e);
    if (!r)
        client_as(c->client, o->login, password);
    return r;
}

static int run_token(struct verb_call *call, struct err *e)
{
    struct token_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    const struct action *action = find_action(call);
    if (!action) {
        int refused = err_refuse(e, ERR_USAGE, "docket token cannot '%s%s'", call->args[0], call->arg_count == 2 ? " ID" : "");
        err_hint(e, "docket token %s", call->verb->arguments);
        return refused;
    }
    int r = connect_open(&c, call, &o->connect, e);
    if (!r && o->login)
        r = ask_as(&c, o, e);
    return r ? r : action->run(&c, o, call->arg_count == 2 ? call->args[1] : NULL, e);
}
