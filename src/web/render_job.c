/* See render_job.h. Settings that were found at a site are somebody else's: whatever they hold, a job can be shown. */
#include "web/render_job.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "web/render.h"

/* "NAME", or "OWNER/NAME" where it is not of whoever has the job. */
static json_t *render_ref(const char *owner, const char *name, const char *asker)
{
    if (!name)
        return json_null();
    return owner && strcmp(owner, asker) != 0 ? json_sprintf("%s/%s", owner, name) : render_text(name);
}

static json_t *render_command(const struct job_row *j)
{
    CLEANUP(json_drop) json_t *settings = render_parsed(j->settings, strlen(j->settings));
    json_t *command = json_object_get(settings, "command");
    return json_is_string(command) ? json_incref(command) : json_null();
}

static void put_times(json_t *object, const struct job_row *j)
{
    json_object_set_new(object, "submitted", render_time(j->submitted));
    json_object_set_new(object, "started", render_time(j->started));
    json_object_set_new(object, "finished", render_time(j->finished));
    json_object_set_new(object, "seen", render_time(j->seen));
}

json_t *render_job(const struct job_row *j)
{
    json_t *object = json_pack("{s:I, s:o, s:s}", "id", (json_int_t)j->id, "job", json_sprintf("%s_%lld", j->hash, (long long)j->n), "app", j->app);
    json_object_set_new(object, "site", render_ref(j->site_owner, j->site_name, j->owner));
    json_object_set_new(object, "owner", json_string(j->owner));
    json_object_set_new(object, "name", render_text(j->name));
    json_object_set_new(object, "queue", render_ref(j->queue_owner, j->queue_name, j->owner));
    json_object_set_new(object, "workers", json_integer(j->workers));
    json_object_set_new(object, "cores", json_integer(j->cores));
    json_object_set_new(object, "walltime", j->walltime_us ? render_seconds(j->walltime_us) : json_null());
    json_object_set_new(object, "command", render_command(j));
    json_object_set_new(object, "state", json_string(job_state_word(j->state)));
    json_object_set_new(object, "cancelling", json_boolean(j->wanted == JOB_WANT_CANCEL));
    json_object_set_new(object, "reason", render_text(j->reason));
    json_object_set_new(object, "exitcode", render_number(j->exitcode));
    json_object_set_new(object, "batch", render_text(j->batch));
    put_times(object, j);
    json_object_set_new(object, "cleaned", json_boolean(j->cleaned));
    json_object_set_new(object, "rev", json_integer(j->rev));
    return object;
}

static json_t *render_counts(const int64_t counts[JOB_STATES])
{
    json_t *object = json_object();
    for (int state = JOB_SUBMITTED; state < JOB_STATES; state++)
        json_object_set_new(object, job_state_word((enum job_state)state), json_integer(counts[state]));
    return object;
}

static json_t *render_shares(const struct render_site *s)
{
    json_t *array = json_array();
    for (int i = 0; i < s->share_count; i++)
        json_array_append_new(array, json_string(s->shares[i]));
    return array;
}

static json_t *render_object(const char *text)
{
    json_t *value = text ? render_parsed(text, strlen(text)) : NULL;
    if (json_is_object(value))
        return value;
    json_decref(value);
    return json_object();
}

json_t *render_site(const struct render_site *s)
{
    static const char *const STATES[] = {[SITE_NEW] = "new", [SITE_UP] = "up", [SITE_AWAY] = "away", [SITE_NEEDS_LOGIN] = "needs_login"};
    const struct site_row *row = s->row;
    json_t *settings = render_object(row->settings), *host = json_object_get(settings, "host");
    json_t *object = json_pack("{s:s, s:s, s:s, s:s}", "site", row->name, "owner", row->owner, "kind", row->kind, "state", STATES[row->state]);
    json_object_set(object, "host", json_is_string(host) ? host : json_null());
    json_object_set_new(object, "message", render_text(row->message));
    json_object_set_new(object, "seen", render_time(row->seen));
    json_object_set_new(object, "synced", render_time(row->synced));
    json_object_set_new(object, "settings", settings);
    json_object_set_new(object, "found", render_object(row->found));
    json_object_set_new(object, "shared", render_shares(s));
    json_object_set_new(object, "fixed", json_boolean(row->fixed));
    json_object_set_new(object, "control", json_is_string(host) ? render_text(s->control) : json_null());
    json_object_set_new(object, "jobs", render_counts(s->counts));
    json_object_set_new(object, "rev", json_integer(row->rev));
    return object;
}
