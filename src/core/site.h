/* Sites: places where jobs run. A site belongs to an account; whoever else may start jobs there was let in by its owner, for
 * what runs there runs as the system user of the server. How a site is reached and what it has is JSON that web and launch
 * read and write. */
#ifndef DOCKET_CORE_SITE_H
#define DOCKET_CORE_SITE_H

#include "core/turn.h"
#include "core/who.h"

/* owner NULL: the asker's own, else one of that name that is shared with the asker, if it is only one. */
struct site_ref {
    const char *owner, *name;
};

/* 0; ERR_BAD_NAME if name cannot be a site's: 1–64 of A-Z a-z 0-9 . _ -, not beginning with '.' or '-'. Pure. */
int site_check_name(const char *name, struct err *e);

/* A site that who may use. 0; ERR_SITE_NOT_FOUND (also for one of somebody else that is not shared), ERR_BAD_NAME. */
int site_find(struct turn *t, const struct who *who, const struct site_ref *ref, struct arena *a, struct site_row *out,
              struct err *e);

/* Only where who may change it: the owner, or an admin. 0; as site_find; ERR_FORBIDDEN. */
int site_find_own(struct turn *t, const struct who *who, const struct site_ref *ref, struct arena *a, struct site_row *out,
                  struct err *e);

/* Makes a site, or gives it other settings. kind and settings were looked at by the caller. 0; ERR_BAD_NAME; ERR_SITE_FIXED; ERR_FORBIDDEN:
 * only an admin makes sites, for they act as the server's user; ERR_TOO_MANY; ERR_SITE_BUSY: another kind or host while jobs are open there. */
int site_put(struct turn *t, const struct who *who, const struct site_ref *ref, const char *kind, const char *settings,
             struct arena *a, struct site_row *out, bool *out_made, struct err *e);

/* Removes it, with its shares and what is told of its jobs. 0; ERR_SITE_NOT_FOUND, ERR_FORBIDDEN, ERR_SITE_FIXED, ERR_SITE_BUSY: jobs
 * are open there. */
int site_remove(struct turn *t, const struct who *who, const struct site_ref *ref, struct err *e);

/* Lets an account start jobs there, or no longer. 0; as site_find_own; ERR_ACCOUNT_NOT_FOUND. */
int site_share(struct turn *t, const struct who *who, const struct site_ref *ref, const char *user, bool may, struct err *e);

/* Names of those it is shared with, in the arena. 0 or < 0. */
int site_shares(struct turn *t, int64_t site, struct arena *a, const char ***out_users, int *out_count, struct err *e);

/* Those that who may use (an admin: all), by owner and name; at most LIMIT_SITES. 0 or < 0. */
int site_list(struct turn *t, const struct who *who, struct arena *a, struct site_row **out_rows, int *out_count, struct err *e);

/* How many of its jobs are in each state. 0 or < 0. */
int site_counts(struct turn *t, int64_t site, int64_t out_counts[JOB_STATES], struct err *e);

/* For the launcher: those of the settings files and those that are there by themselves, all of them, belong to owner (a name) and are
 * fixed. One that is named no more is removed unless jobs are open there; then it is no longer fixed. 0 or < 0. */
struct site_fixed {
    const char *name, *kind, *settings;
};
int site_settle_fixed(struct turn *t, const char *owner, const struct site_fixed *sites, int count, struct err *e);

/* For the launcher: it has just answered; with `looked` its jobs were looked at. Memory only: a site where nothing has changed costs no write. */
void site_note_seen(struct engine *c, int64_t site, bool looked, int64_t now_us);

/* When it answered last, as far as memory knows; NONE. Rows of sites and open jobs that are found have it in `seen`. */
int64_t site_seen(const struct engine *c, int64_t site);

/* For the launcher: how it is reached. Writes only where state or message have changed. 0 or < 0. */
int site_report(struct turn *t, int64_t site, enum site_state state, const char *message, struct err *e);

/* The engine's. */
struct site_seen *site_seen_new(void);
void site_seen_free(struct site_seen *s);

/* For the launcher: what was found out about it (JSON). 0 or < 0. */
int site_note_found(struct turn *t, int64_t site, const char *found, struct err *e);

#endif
