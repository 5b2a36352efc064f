/* See consumer.h. A consumer that begins at 0 reads everything there is; `began` is the newest revision at that moment, and
 * what was removed before it can be forgotten without harm to this reader. */
#include "core/consumer.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "core/feed.h"
#include "core/journal.h"

static int check_name(const char *name, struct err *e)
{
    size_t n = strlen(name);
    if (n < 1 || n > LIMIT_NAME || strchr(name, '/') || text_has_control(name) || !text_is_utf8(name, n))
        return err_refuse(e, ERR_BAD_NAME,
                          "the name of a consumer has 1 to %d bytes of UTF-8 without '/' and control characters", LIMIT_NAME);
    return 0;
}

/* STORE_EMPTY where there is none of that name. */
static int look_up(struct turn *t, const struct who *who, const char *name, struct arena *a, int64_t *out_account,
                   struct consumer_row *out, struct err *e)
{
    int r = check_name(name, e);
    if (r == 0)
        r = store_account_find(t->store, who->user, out_account, e);
    return r ? r : store_consumer_get(t->store, *out_account, name, a, out, e);
}

static int refuse_unknown(const char *name, struct err *e)
{
    return err_refuse(e, ERR_CONSUMER_NOT_FOUND, "there is no consumer '%.128s'", name);
}

int consumer_find(struct turn *t, const struct who *who, const char *name, struct arena *a, struct consumer_row *out,
                  struct err *e)
{
    int64_t account;
    int r = look_up(t, who, name, a, &account, out, e);
    return r == STORE_EMPTY ? refuse_unknown(name, e) : r;
}

static int check_many(struct turn *t, int64_t account, struct err *e)
{
    struct consumer_row *rows;
    int count;
    int r = store_consumer_list(t->store, account, "", LIMIT_CONSUMERS, t->arena, &rows, &count, e);
    if (r == 0 && count == LIMIT_CONSUMERS)
        return err_refuse(e, ERR_TOO_LARGE, "there are %d consumers already", LIMIT_CONSUMERS);
    return r;
}

int consumer_put(struct turn *t, const struct who *who, const char *name, int64_t rev, struct arena *a,
                 struct consumer_row *out, bool *out_made, struct err *e)
{
    int64_t account;
    int r = look_up(t, who, name, a, &account, out, e);
    *out_made = r == STORE_EMPTY;
    if (r == STORE_EMPTY) {
        *out = (struct consumer_row){.name = name};
        r = store_account_ensure(t->store, who->user, t->now_us, &account, e);
        if (r == 0)
            r = check_many(t, account, e);
    }
    if (r == 0)
        r = feed_check(t, rev, out->began, e);
    if (r)
        return r;
    if (rev == 0)
        out->began = store_rev(t->store);
    out->rev = rev;
    out->seen = t->now_us;
    return store_consumer_put(t->store, account, out, e);
}

int consumer_remove(struct turn *t, const struct who *who, const char *name, struct err *e)
{
    struct consumer_row row;
    int64_t account;
    int r = look_up(t, who, name, t->arena, &account, &row, e);
    if (r == STORE_EMPTY)
        return refuse_unknown(name, e);
    if (r == 0)
        r = store_consumer_remove(t->store, account, name, e);
    return r ? r : journal_note(t, who, "delete consumer", NULL, NONE, name, e);
}

int consumer_list(struct turn *t, const struct who *who, const char *after, int max, struct arena *a,
                  struct consumer_row **out_rows, int *out_count, struct err *e)
{
    int64_t account;
    int r = store_account_find(t->store, who->user, &account, e);
    return r ? r : store_consumer_list(t->store, account, after, max, a, out_rows, out_count, e);
}
