/* See site_settings.h. A host may stand in rules of an ssh configuration that a shell runs (ProxyCommand %h), so it is made of what
 * no shell takes for something else. */
#include "web/site_settings.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "web/job_words.h"

enum { HOST_MAX = 255, PATH_MOST = 1024, URL_MAX = 256, DAY_SECONDS = 86400, KEEP_DAYS_MAX = 3660 };

struct sent {
    const char *kind, *host, *ssh_config, *app, *advertise, *partition, *account, *qos, *template, *docket;
    int64_t port, cores, walltime, sync_seconds, keep_days;
    const json_t *options;
};

#define TEXT(member, most, flags) JSON_FIELD(struct sent, member, JSON_KIND_TEXT, 1, most, flags)
#define NUMBER(member, least, most) JSON_FIELD(struct sent, member, JSON_KIND_INT, least, most, JSON_NULLABLE)
static const struct json_field FIELDS[] = {
    TEXT(kind, 32, JSON_REQUIRED),
    TEXT(host, HOST_MAX, JSON_NULLABLE),
    NUMBER(port, 1, 65535),
    TEXT(ssh_config, PATH_MOST, JSON_NULLABLE),
    TEXT(app, LIMIT_USER, JSON_NULLABLE),
    TEXT(advertise, URL_MAX, JSON_NULLABLE),
    TEXT(partition, JOB_WORD_MAX, JSON_NULLABLE),
    TEXT(account, JOB_WORD_MAX, JSON_NULLABLE),
    TEXT(qos, JOB_WORD_MAX, JSON_NULLABLE),
    TEXT(template, PATH_MOST, JSON_NULLABLE),
    NUMBER(cores, 1, LIMIT_LAUNCH),
    NUMBER(walltime, 1, LIMIT_TIME_LIMIT_SECONDS),
    NUMBER(sync_seconds, 5, DAY_SECONDS),
    NUMBER(keep_days, 1, KEEP_DAYS_MAX),
    TEXT(docket, PATH_MOST, JSON_NULLABLE),
    JSON_FIELD(struct sent, options, JSON_KIND_ARRAY, 0, JOB_OPTIONS_MAX, JSON_NULLABLE),
};
const struct json_shape site_settings_shape = JSON_SHAPE("SiteSettings", FIELDS);

static int check_kind(const struct sent *s, struct err *e)
{
    static const char *const KINDS[] = {"local", "ssh", "slurm"};
    for (size_t i = 0; i < COUNT_OF(KINDS); i++)
        if (strcmp(s->kind, KINDS[i]) == 0)
            return 0;
    return err_refuse(e, ERR_BAD_FIELD, "kind must be local, ssh or slurm");
}

/* What only a host makes sense of goes with one. */
static int check_host(const struct sent *s, struct err *e)
{
    static const char HOST[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-@:+";
    bool local = strcmp(s->kind, "local") == 0, needed = strcmp(s->kind, "ssh") == 0;
    if (s->host && (s->host[0] == '-' || s->host[0] == '@' || s->host[strspn(s->host, HOST)]))
        return err_refuse(e, ERR_BAD_FIELD, "host must be [USER@]NAME of letters, digits and . _ - + :, not beginning with '-'");
    if (needed && !s->host)
        return err_refuse(e, ERR_BAD_FIELD, "host is missing: a site of the kind ssh is reached by it");
    if (local && s->host)
        return err_refuse(e, ERR_BAD_FIELD, "host goes with the kinds ssh and slurm, not with local");
    if (!s->host && (s->port || s->ssh_config))
        return err_refuse(e, ERR_BAD_FIELD, "%s goes with a host", s->port ? "port" : "ssh_config");
    return 0;
}

/* Of a URL behind its scheme. A name other than localhost may be anybody's. */
static bool is_loopback(const char *rest)
{
    char host[64];
    struct in_addr address;
    size_t n = rest[0] == '[' ? strcspn(rest, "]") + 1 : strcspn(rest, ":/");
    if (n >= sizeof host)
        return false;
    memcpy(host, rest, n);
    host[n] = '\0';
    if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    return inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* Tokens go there: never in clear text over a network. */
static int check_advertise(const char *url, struct err *e)
{
    static const char TLS[] = "https://", PLAIN[] = "http://";
    if (!url)
        return 0;
    bool tls = strncmp(url, TLS, sizeof TLS - 1) == 0, plain = strncmp(url, PLAIN, sizeof PLAIN - 1) == 0;
    int r = job_check_word("advertise", url, e);
    if (!r && !tls && !(plain && is_loopback(url + sizeof PLAIN - 1)))
        r = err_refuse(e, ERR_BAD_FIELD, "advertise must be a URL that begins with https://, or http:// to a loopback address");
    return r;
}

static int check_paths(const struct sent *s, struct err *e)
{
    int r = job_check_path("ssh_config", s->ssh_config, e);
    if (!r)
        r = job_check_path("template", s->template, e);
    return r ? r : job_check_path("docket", s->docket, e);
}

static int check_words(const struct sent *s, struct err *e)
{
    int r = job_check_word("partition", s->partition, e);
    if (!r)
        r = job_check_word("account", s->account, e);
    if (!r)
        r = job_check_word("qos", s->qos, e);
    if (!r)
        r = job_check_app(s->app, e);
    return r ? r : job_check_options("options", s->options, e);
}

/* The same without what is null. */
static json_t *without_nulls(const json_t *settings)
{
    json_t *kept = json_object(), *value;
    const char *name;
    json_object_foreach ((json_t *)settings, name, value) {
        if (!json_is_null(value))
            json_object_set(kept, name, value);
    }
    return kept;
}

static int write_text(const json_t *settings, struct arena *a, const char **out_text, struct err *e)
{
    CLEANUP(json_drop) json_t *kept = without_nulls(settings);
    *out_text = job_canonical(kept, a);
    if (strlen(*out_text) > LIMIT_SITE_SETTINGS)
        return err_refuse(e, ERR_TOO_LARGE, "the settings have more than %d bytes", LIMIT_SITE_SETTINGS);
    return 0;
}

int site_settings_read(const json_t *settings, struct arena *a, const char **out_kind, const char **out_text, struct err *e)
{
    struct sent s = {0};
    int r = json_read(settings, FIELDS, COUNT_OF(FIELDS), (struct json_place){0}, &s, e);
    r = job_hint_nearest(r, settings, &site_settings_shape, e);
    if (!r)
        r = check_kind(&s, e);
    if (!r)
        r = check_host(&s, e);
    if (!r)
        r = check_advertise(s.advertise, e);
    if (!r)
        r = check_paths(&s, e);
    if (!r)
        r = check_words(&s, e);
    if (!r)
        r = write_text(settings, a, out_text, e);
    if (!r)
        *out_kind = s.kind;
    return r;
}
