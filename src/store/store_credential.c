/* What people are let in by: links to sign in with and browsers that are signed in, found by the hash of their secret. */
#include <string.h>

#include "store/store_inner.h"

int store_credential_add(struct store *s, const struct credential_row *c, struct err *e)
{
    return db_do(s->db, e, NULL, SQL_CREDENTIAL_ADD, "biiii", c->hash, sizeof c->hash, (int64_t)c->kind, c->account,
                 c->made, c->ends);
}

int store_credential_get(struct store *s, enum credential_kind kind, const uint8_t hash[CREDENTIAL_HASH_BYTES],
                         int64_t now_us, struct arena *a, struct credential_row *out, struct err *e)
{
    struct db_query *q = db_start(s->db, SQL_CREDENTIAL_GET, "bii", hash, (size_t)CREDENTIAL_HASH_BYTES, (int64_t)kind,
                                  now_us);
    int r = db_next(q, e);
    if (r == 1) {
        *out = (struct credential_row){.kind = kind, .account = db_int(q, 0), .user = db_text(q, 1, a),
                                       .made = db_int(q, 2), .ends = db_int(q, 3)};
        memcpy(out->hash, hash, sizeof out->hash);
    }
    return store_found(q, r);
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
