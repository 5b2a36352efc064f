/* See site.h. What the launcher tells of a site is written where it says something new: one that answers every half minute costs no
 * write. When it answered last is known in memory, and written when it answers no more. */
#include "core/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "core/account.h"
#include "core/journal.h"

enum { NAME_MAX_CHARS = 64 };
static const char NOTHING[] = "{}";

struct site_seen {
    struct seen {
        int64_t site, at, looked; /* looked NONE: not yet */
    } *sites;
    int count;
};

struct site_seen *site_seen_new(void)
{
    struct site_seen *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    return s;
}

void site_seen_free(struct site_seen *s)
{
    if (s)
        free(s->sites);
    free(s);
}

static struct seen *seen_of(const struct engine *c, int64_t site)
{
    for (int i = 0; i < c->seen->count; i++)
        if (c->seen->sites[i].site == site)
            return &c->seen->sites[i];
    return NULL;
}

void site_note_seen(struct engine *c, int64_t site, bool looked, int64_t now_us)
{
    struct seen *known = seen_of(c, site);
    if (!known) {
        c->seen->sites = realloc(c->seen->sites, (size_t)(c->seen->count + 1) * sizeof *known);
        if (!c->seen->sites)
            abort();
        known = &c->seen->sites[c->seen->count++];
        *known = (struct seen){.site = site, .looked = NONE};
    }
    known->at = now_us;
    known->looked = looked ? now_us : known->looked;
}

int64_t site_seen(const struct engine *c, int64_t site)
{
    const struct seen *known = seen_of(c, site);
    return known ? known->at : NONE;
}

/* NONE is before all. */
static void recall(const struct engine *c, struct site_row *w)
{
    const struct seen *known = seen_of(c, w->id);
    if (!known)
        return;
    w->seen = known->at > w->seen ? known->at : w->seen;
    w->synced = known->looked > w->synced ? known->looked : w->synced;
}

int site_check_name(const char *name, struct err *e)
{
    static const char SIGNS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t n = strlen(name);
    if (n >= 1 && n <= NAME_MAX_CHARS && strspn(name, SIGNS) == n && *name != '.' && *name != '-')
        return 0;
    return err_refuse(e, ERR_BAD_NAME, "the name of a site has 1 to %d of A-Z a-z 0-9 . _ - and begins with a letter, a digit or _",
                      NAME_MAX_CHARS);
}

static int refuse_unknown(const struct site_ref *ref, struct err *e)
{
    int r = err_refuse(e, ERR_SITE_NOT_FOUND, "there is no site '%s%s%.64s'", ref->owner ? ref->owner : "",
                       ref->owner ? "/" : "", ref->name);
    err_hint(e, "docket site lists those there are, docket site add makes one");
    return r;
}

/* May they start jobs there? */
static int may_use(struct turn *t, const struct who *who, const struct site_row *site, bool *out, struct err *e)
{
    int64_t account;
    *out = who->scope != SCOPE_WORKER && who_may(who, site->owner);
    if (*out || who->scope == SCOPE_WORKER)
        return 0;
    int r = store_account_find(t->store, who->user, &account, e);
    return r ? r : store_site_is_shared(t->store, site->id, account, out, e);
}

/* One that is shared with the asker, by its name alone. */
static int find_shared(struct turn *t, const struct who *who, const struct site_ref *ref, struct arena *a, struct site_row *out,
                       struct err *e)
{
    struct site_row *rows;
    int count, found = 0;
    int r = site_list(t, who, a, &rows, &count, e);
    for (int i = 0; r == 0 && i < count; i++)
        if (strcmp(rows[i].name, ref->name) == 0 && found++ == 0)
            *out = rows[i];
    if (r || found == 1)
        return r;
    if (!found)
        return refuse_unknown(ref, e);
    r = err_refuse(e, ERR_SITE_NOT_FOUND, "several have a site '%.64s' that you may use", ref->name);
    err_hint(e, "say whose: %s/%.64s", out->owner, ref->name);
    return r;
}

int site_find(struct turn *t, const struct who *who, const struct site_ref *ref, struct arena *a, struct site_row *out,
              struct err *e)
{
    bool may = false;
    int r = site_check_name(ref->name, e);
    if (r == 0)
        r = store_site_by_name(t->store, ref->owner ? ref->owner : who->user, ref->name, a, out, e);
    if (r == STORE_EMPTY && !ref->owner)
        return find_shared(t, who, ref, a, out, e);
    if (r == 0)
        r = may_use(t, who, out, &may, e);
    if (r == STORE_EMPTY || (r == 0 && !may))
        return refuse_unknown(ref, e);
    recall(t->engine, out);
    return r;
}

int site_find_own(struct turn *t, const struct who *who, const struct site_ref *ref, struct arena *a, struct site_row *out,
                  struct err *e)
{
    int r = site_find(t, who, ref, a, out, e);
    if (r || who_may(who, out->owner))
        return r;
    return err_refuse(e, ERR_FORBIDDEN, "the site '%s/%s' is shared with you; only its owner may change it", out->owner, out->name);
}

static int check_room(struct turn *t, int64_t account, struct err *e)
{
    int64_t count;
    int r = store_site_total(t->store, account, &count, e);
    if (r || count < LIMIT_SITES)
        return r;
    return err_refuse(e, ERR_TOO_MANY, "this account has %lld sites", (long long)count);
}

static int refuse_fixed(const struct site_row *w, struct err *e)
{
    int r = err_refuse(e, ERR_SITE_FIXED, "the site '%s' stands in the settings of the server", w->name);
    err_hint(e, "change it in docket.conf, and send the server a SIGHUP");
    return r;
}

static int refuse_busy(struct turn *t, const struct site_row *w, const char *what, struct err *e)
{
    int64_t open;
    int r = store_job_open_count(t->store, w->id, &open, e);
    if (r || !open)
        return r;
    r = err_refuse(e, ERR_SITE_BUSY, "%lld job%s of the site '%s' %s open: it cannot be %s", (long long)open, open == 1 ? "" : "s",
                   w->name, open == 1 ? "is" : "are", what);
    err_hint(e, "cancel them first: docket job cancel ID");
    return r;
}

static int add_site(struct turn *t, const struct account_row *owner, const char *name, const char *kind, const char *settings,
                    bool fixed, struct site_row *out, struct err *e)
{
    *out = (struct site_row){.account = owner->id, .owner = owner->name, .name = name, .kind = kind, .settings = settings,
                             .found = NOTHING, .fixed = fixed, .seen = NONE, .synced = NONE, .created = t->now_us,
                             .rev = store_next_rev(t->store)};
    int r = check_room(t, owner->id, e);
    t->stirred = true;
    return r ? r : store_site_add(t->store, out, e);
}

/* A member of the settings, which are compact JSON with sorted names: up to where the next begins. */
static size_t member(const char *settings, const char *name, const char **out)
{
    char key[32];
    snprintf(key, sizeof key, "\"%s\":", name);
    for (const char *at = settings; (at = strstr(at, key)); at++)
        if (at > settings && (at[-1] == '{' || at[-1] == ',')) {
            const char *end = strstr(at, ",\"");
            *out = at;
            return end ? (size_t)(end - at) : strcspn(at, "}");
        }
    *out = "";
    return 0;
}

/* Would jobs that run there not be found again? */
static bool moves(const char *was, const char *is)
{
    static const char *const WHERE[] = {"host", "port", "ssh_config", "app"};
    for (size_t i = 0; i < sizeof WHERE / sizeof *WHERE; i++) {
        const char *a, *b;
        size_t n = member(was, WHERE[i], &a), m = member(is, WHERE[i], &b);
        if (n != m || memcmp(a, b, n) != 0)
            return true;
    }
    return false;
}

/* What was found out holds for the place it was found at. */
static int change_site(struct turn *t, struct site_row *w, const char *kind, const char *settings, struct err *e)
{
    if (strcmp(w->kind, kind) == 0 && strcmp(w->settings, settings) == 0)
        return 0;
    int r = strcmp(w->kind, kind) == 0 && !moves(w->settings, settings) ? 0 : refuse_busy(t, w, "moved elsewhere", e);
    w->kind = kind;
    w->settings = settings;
    w->found = NOTHING;
    w->state = SITE_NEW;
    w->message = NULL;
    w->rev = store_next_rev(t->store);
    t->stirred = true;
    return r ? r : store_site_set(t->store, w, e);
}

int site_put(struct turn *t, const struct who *who, const struct site_ref *ref, const char *kind, const char *settings,
             struct arena *a, struct site_row *out, bool *out_made, struct err *e)
{
    struct account_row owner;
    const char *user = ref->owner ? ref->owner : who->user;
    if (!who_is_admin(who) || who->scope != SCOPE_ALL)
        return err_refuse(e, ERR_FORBIDDEN, "only an admin makes and changes sites: what runs there runs as the user of the server");
    int r = site_check_name(ref->name, e);
    if (r == 0)
        r = account_find(t, who, user, a, &owner, e);
    if (r)
        return r;
    r = store_site_by_name(t->store, owner.name, ref->name, a, out, e);
    *out_made = r == STORE_EMPTY;
    if (r == STORE_EMPTY)
        r = add_site(t, &owner, ref->name, kind, settings, false, out, e);
    else if (r == 0)
        r = out->fixed ? refuse_fixed(out, e) : change_site(t, out, kind, settings, e);
    return r ? r : journal_note(t, who, *out_made ? "make site" : "change site", NULL, NONE, ref->name, e);
}

int site_remove(struct turn *t, const struct who *who, const struct site_ref *ref, struct err *e)
{
    struct site_row w;
    int r = site_find_own(t, who, ref, t->arena, &w, e);
    if (r == 0 && w.fixed)
        r = refuse_fixed(&w, e);
    if (r == 0)
        r = refuse_busy(t, &w, "removed", e);
    if (r == 0)
        r = store_site_remove(t->store, w.id, e);
    t->stirred = true;
    return r ? r : journal_note(t, who, "remove site", NULL, NONE, w.name, e);
}

int site_share(struct turn *t, const struct who *who, const struct site_ref *ref, const char *user, bool may, struct err *e)
{
    const struct who anybody = {.user = who->user, .role = ACCOUNT_ADMIN, .scope = SCOPE_ALL};
    struct account_row account;
    struct site_row w;
    int r = site_find_own(t, who, ref, t->arena, &w, e);
    if (r == 0)
        r = account_find(t, &anybody, user, t->arena, &account, e);
    if (r == 0)
        r = store_site_share(t->store, w.id, account.id, may, e);
    if (r)
        return r;
    const char *detail = arena_printf(t->arena, "%s with %s", w.name, account.name);
    return journal_note(t, who, may ? "share site" : "unshare site", NULL, NONE, detail, e);
}

int site_shares(struct turn *t, int64_t site, struct arena *a, const char ***out_users, int *out_count, struct err *e)
{
    return store_site_shares(t->store, site, a, out_users, out_count, e);
}

int site_list(struct turn *t, const struct who *who, struct arena *a, struct site_row **out_rows, int *out_count, struct err *e)
{
    int64_t account = NONE;
    int r = who_is_admin(who) ? 0 : store_account_find(t->store, who->user, &account, e);
    if (r == 0)
        r = store_site_list(t->store, account, LIMIT_SITES, a, out_rows, out_count, e);
    for (int i = 0; r == 0 && i < *out_count; i++)
        recall(t->engine, &(*out_rows)[i]);
    return r;
}

int site_counts(struct turn *t, int64_t site, int64_t out_counts[JOB_STATES], struct err *e)
{
    return store_site_counts(t->store, site, out_counts, e);
}

static bool is_named(const struct site_row *w, const struct site_fixed *sites, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(w->name, sites[i].name) == 0)
            return true;
    return false;
}

/* Those that were fixed, and are named no more. */
static int drop_unnamed(struct turn *t, const struct account_row *owner, const struct site_fixed *sites, int count, struct err *e)
{
    struct site_row *rows;
    int have;
    int r = store_site_list(t->store, owner->id, LIMIT_SITES, t->arena, &rows, &have, e);
    for (int i = 0; r == 0 && i < have; i++) {
        int64_t open;
        if (!rows[i].fixed || rows[i].account != owner->id || is_named(&rows[i], sites, count))
            continue;
        r = store_job_open_count(t->store, rows[i].id, &open, e);
        rows[i].fixed = false;
        if (r == 0)
            r = open ? store_site_set(t->store, &rows[i], e) : store_site_remove(t->store, rows[i].id, e);
    }
    return r;
}

static int settle_one(struct turn *t, const struct account_row *owner, const struct site_fixed *f, struct err *e)
{
    struct site_row w;
    int r = store_site_by_name(t->store, owner->name, f->name, t->arena, &w, e);
    if (r == STORE_EMPTY)
        return add_site(t, owner, f->name, f->kind, f->settings, true, &w, e);
    if (r == 0 && !w.fixed) {
        w.fixed = true;
        r = store_site_set(t->store, &w, e);
    }
    return r ? r : change_site(t, &w, f->kind, f->settings, e);
}

int site_settle_fixed(struct turn *t, const char *owner, const struct site_fixed *sites, int count, struct err *e)
{
    struct account_row account;
    int r = store_account_get(t->store, owner, t->arena, &account, e);
    if (r)
        return r < 0 ? r : err_fail(e, ERR_INTERNAL, "the owner '%s' has no account", owner);
    for (int i = 0; r == 0 && i < count; i++) { /* one that cannot be changed now stays as it is */
        r = settle_one(t, &account, &sites[i], e);
        if (r > 0) {
            err_widen(e, r, "site '%.64s' of the settings: ", sites[i].name);
            if (t->engine->complain)
                t->engine->complain(t->engine->arg, e);
            r = 0;
        }
    }
    return r ? r : drop_unnamed(t, &account, sites, count, e);
}

static bool same_text(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

int site_report(struct turn *t, int64_t site, enum site_state state, const char *message, struct err *e)
{
    struct site_row w;
    int r = store_site_by_id(t->store, site, t->arena, &w, e);
    if (r)
        return r < 0 ? r : 0;
    if (w.state == state && same_text(w.message, message))
        return 0;
    recall(t->engine, &w);
    w.state = state;
    w.message = message;
    w.rev = store_next_rev(t->store);
    return store_site_set(t->store, &w, e);
}

int site_note_found(struct turn *t, int64_t site, const char *found, struct err *e)
{
    struct site_row w;
    int r = store_site_by_id(t->store, site, t->arena, &w, e);
    if (r || strcmp(w.found, found) == 0)
        return r < 0 ? r : 0;
    w.found = found;
    w.rev = store_next_rev(t->store);
    return store_site_set(t->store, &w, e);
}
