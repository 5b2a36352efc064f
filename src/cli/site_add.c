/* docket site add: a site is made, or given other settings, and then looked at. */
#include "cli/site_verb.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/limits.h"

struct add_options {
    struct site_options base; /* first */
    const char *kind, *host, *ssh_config, *app, *advertise, *partition, *account, *qos, *template, *docket;
    struct option_list option;
    int64_t port, cores, walltime_us, sync_us, keep_us;
    bool no_check;
};

#define AT(member) offsetof(struct add_options, member)
#define TEXT(name, member, value, help) {name, 0, OPTION_TEXT, value, AT(member), 0, 0, help}
static const struct option OPTIONS[] = {
    TEXT("kind", kind, "local|ssh|slurm", "ssh unless given, or local without a host"),
    TEXT("host", host, "[USER@]HOST", "as ssh knows it: a name of ~/.ssh/config is fine"),
    {"port", 0, OPTION_INT, "N", AT(port), 1, 65535, "of its ssh, else as ssh has it"},
    TEXT("ssh-config", ssh_config, "FILE", "of ssh, in place of the server's own"),
    TEXT("app", app, "APP", "jobs have their folders in ~/.APP there; docket unless given"),
    TEXT("advertise", advertise, "URL", "where workers there find this server: https, or http to a loopback address"),
    TEXT("partition", partition, "NAME", "of Slurm, where a launch names none"),
    TEXT("account", account, "NAME", "of Slurm, the same"),
    TEXT("qos", qos, "NAME", "of Slurm, the same"),
    TEXT("template", template, "FILE", "of batch scripts, on the server's machine"),
    TEXT("docket", docket, "PATH", "of the program there"),
    {"cores", 0, OPTION_INT, "N", AT(cores), 1, LIMIT_LAUNCH, "of a node"},
    {"walltime", 0, OPTION_SECONDS, "TIME", AT(walltime_us), 1, LIMIT_TIME_LIMIT_SECONDS, "of a job that names none"},
    {"sync", 0, OPTION_SECONDS, "TIME", AT(sync_us), 5, 86400, "its jobs are looked at so often; 30 s unless given"},
    {"keep", 0, OPTION_SECONDS, "TIME", AT(keep_us), 86400, INT64_C(3660) * 86400, "jobs that ended are kept so long; 30d unless given"},
    {"option", 0, OPTION_LIST, "TEXT", AT(option), 0, 0, "an option of every sbatch; may be given again"},
    {"no-check", 0, OPTION_FLAG, NULL, AT(no_check), 0, 0, "make it, and do not look whether it works"},
    SITE_OPTIONS,
};

static int run_add(struct verb_call *call, struct err *e);

const struct verb site_word_add = {
    .name = "site add",
    .arguments = "NAME",
    .summary = "make a site, or give it other settings, and look whether it works",
    .help = "Hosts are reached by the ssh of the account that the server runs as: its configuration,\n"
            "agent, jump hosts and known hosts. Of a password or a code only docket site login knows.\n"
            "What is not given is as without it: all settings are given anew. It exits 1 where\n"
            "something that is needed does not work.\n\n"
            "  docket site add cluster --kind slurm --host login.example.org --partition batch\n"
            "  docket site add nearby --host ada@workstation\n",
    .options = OPTIONS,
    .option_count = COUNT_OF(OPTIONS),
    .options_bytes = sizeof(struct add_options),
    .args_min = 1,
    .args_max = 1,
    .run = run_add,
};

static int put_texts(const struct add_options *o, json_t *body, struct err *e)
{
    const struct {
        const char *name, *text;
    } TEXTS[] = {{"kind", o->kind ? o->kind : o->host ? "ssh" : "local"}, {"host", o->host}, {"ssh_config", o->ssh_config}, {"app", o->app},
                 {"advertise", o->advertise}, {"partition", o->partition}, {"account", o->account}, {"qos", o->qos},
                 {"template", o->template}, {"docket", o->docket}};
    for (size_t i = 0; i < COUNT_OF(TEXTS); i++)
        if (TEXTS[i].text && json_object_set_new(body, TEXTS[i].name, json_string(TEXTS[i].text)))
            return err_refuse(e, ERR_USAGE, "the %s must be UTF-8", TEXTS[i].name);
    return 0;
}

static void put_numbers(const struct add_options *o, json_t *body)
{
    enum { DAY_SECONDS = 86400 };
    const struct {
        const char *name;
        int64_t n;
    } NUMBERS[] = {{"port", o->port}, {"cores", o->cores}, {"walltime", o->walltime_us / CLOCK_SECOND},
                   {"sync_seconds", o->sync_us / CLOCK_SECOND}, {"keep_days", o->keep_us / CLOCK_SECOND / DAY_SECONDS}};
    for (size_t i = 0; i < COUNT_OF(NUMBERS); i++)
        if (NUMBERS[i].n)
            json_object_set_new(body, NUMBERS[i].name, json_integer(NUMBERS[i].n));
}

static int make_body(const struct add_options *o, json_t *body, struct err *e)
{
    int r = put_texts(o, body, e);
    put_numbers(o, body);
    if (r || !o->option.count)
        return r;
    json_t *options = json_array();
    json_object_set_new(body, "options", options);
    for (size_t i = 0; i < o->option.count; i++)
        if (json_array_append_new(options, json_string(o->option.values[i])))
            return err_refuse(e, ERR_USAGE, "--option must be UTF-8");
    return 0;
}

static int run_add(struct verb_call *call, struct err *e)
{
    const struct add_options *o = call->options;
    CLEANUP(connect_close) struct connection c = {0};
    CLEANUP(json_drop) json_t *body = json_object(), *site = NULL;
    bool ok = true;
    int r = make_body(o, body, e);
    if (!r)
        r = site_verb_call(call, &c, "PUT", "", body, &site, e);
    if (r)
        return r;
    if (o->no_check && o->base.json)
        out_json(site);
    if (!o->no_check)
        r = site_verb_examine(&c, call->args[0], o->base.json, &ok, e);
    if (r)
        err_widen(e, r, "the site stands, but it was not looked at: ");
    call->status = ok ? 0 : 1;
    return r;
}
