/* Accounts, and what their people and programs are let in by: links, browsers that are signed in, tokens, each found by the
 * hash of its secret. */
#include <string.h>

#include "base/cleanup.h"
#include "store/store_inner.h"

static void read_account(struct db_query *q, struct arena *a, struct account_row *out)
{
    *out = (struct account_row){
        .id = db_int(q, 0),
        .name = db_text(q, 1, a),
        .role = (enum account_role)db_int(q, 2),
        .password = db_text(q, 3, a),
        .created = db_int(q, 4),
    };
}

int store_account_get(struct store *s, const char *name, struct arena *a, struct account_row *out, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_ACCOUNT_GET, "t", name);
    int r = db_next(q, e);
    if (r == 1)
        read_account(q, a, out);
    return store_found(q, r);
}

int store_account_find(struct store *s, const char *name, int64_t *out_id, struct err *e)
{
    *out_id = 0;
    int r = store_number(db_start(s->db, SQL_ACCOUNT_GET, "t", name), out_id, e);
    return r < 0 ? r : 0;
}

int store_account_add(struct store *s, struct account_row *row, struct err *e)
{
    return db_insert(s->db, e, &row->id, SQL_ACCOUNT_ADD, "titi", row->name, (int64_t)row->role, row->password,
                     row->created);
}

int store_account_ensure(struct store *s, const char *name, int64_t now_us, int64_t *out_id, struct err *e)
{
    int r = store_account_find(s, name, out_id, e);
    if (r || *out_id)
        return r;
    struct account_row row = {.name = name, .role = ACCOUNT_USER, .created = now_us};
    r = store_account_add(s, &row, e);
    *out_id = row.id;
    return r;
}

int store_account_set(struct store *s, const struct account_row *row, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_ACCOUNT_SET, "iit", row->id, (int64_t)row->role, row->password);
}

int store_account_list(struct store *s, const char *after, int max, struct arena *a, struct account_row **out_rows,
                       int *out_count, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_ACCOUNT_LIST, "ti", after, (int64_t)max);
    return STORE_ROWS(q, a, read_account, out_rows, out_count, e);
}

int store_account_queues(struct store *s, int64_t id, int64_t *out_count, struct err *e)
{
    return store_number(db_start(s->db, SQL_ACCOUNT_QUEUES, "i", id), out_count, e);
}

int store_account_remove(struct store *s, int64_t id, struct err *e)
{
    static const enum sql STEPS[] = {SQL_ACCOUNT_REMOVE_CREDENTIAL, SQL_ACCOUNT_REMOVE_CONSUMER, SQL_ACCOUNT_REMOVE_JOB,
                                     SQL_ACCOUNT_REMOVE_SHARE, SQL_ACCOUNT_REMOVE};
    int r = 0;
    for (size_t i = 0; r == 0 && i < COUNT_OF(STEPS); i++)
        r = db_do(s->db, e, NULL, STEPS[i], "i", id);
    return r;
}

static void read_credential(struct db_query *q, struct arena *a, struct credential_row *out)
{
    size_t n;
    const void *hash = db_bytes(q, 0, &n, a);
    *out = (struct credential_row){
        .kind = (enum credential_kind)db_int(q, 1),
        .account = db_int(q, 2),
        .user = db_text(q, 3, a),
        .role = (enum account_role)db_int(q, 4),
        .scope = (enum credential_scope)db_int(q, 5),
        .queue = db_int(q, 6),
        .queue_owner = db_text(q, 7, a),
        .queue_name = db_text(q, 8, a),
        .note = db_text(q, 9, a),
        .made = db_int(q, 10),
        .ends = db_int(q, 11),
    };
    memcpy(out->hash, hash, n < sizeof out->hash ? n : sizeof out->hash);
}

int store_credential_add(struct store *s, const struct credential_row *c, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_CREDENTIAL_ADD, "biiiitii", c->hash, sizeof c->hash, (int64_t)c->kind, c->account,
                 (int64_t)c->scope, c->queue, c->note, c->made, c->ends);
}

int store_credential_get(struct store *s, const uint8_t hash[CREDENTIAL_HASH_BYTES], int64_t now_us, struct arena *a,
                         struct credential_row *out, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_CREDENTIAL_GET, "bi", hash, (size_t)CREDENTIAL_HASH_BYTES, now_us);
    int r = db_next(q, e);
    if (r == 1)
        read_credential(q, a, out);
    return store_found(q, r);
}

int store_credential_list(struct store *s, enum credential_kind kind, int64_t account, int64_t now_us, int max,
                          struct arena *a, struct credential_row **out_rows, int *out_count, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_CREDENTIAL_LIST, "iiii", account, (int64_t)kind, now_us, (int64_t)max);
    return STORE_ROWS(q, a, read_credential, out_rows, out_count, e);
}

int store_credential_remove(struct store *s, enum credential_kind kind, const uint8_t hash[CREDENTIAL_HASH_BYTES],
                            struct err *e)
{
    return db_do(s->db, e, NULL, SQL_CREDENTIAL_REMOVE, "bi", hash, (size_t)CREDENTIAL_HASH_BYTES, (int64_t)kind);
}

int store_credential_trim(struct store *s, enum credential_kind kind, int64_t account, int64_t now_us, int most,
                          struct err *e)
{
    int r = db_do(s->db, e, NULL, SQL_CREDENTIAL_FORGET, "ii", (int64_t)kind, now_us);
    return r ? r : db_do(s->db, e, NULL, SQL_CREDENTIAL_TRIM, "iii", (int64_t)kind, account, (int64_t)most);
}
