/* Large bodies handed in as bytes, piece by piece: results and whole outputs while their lease is open or after it ended
 * otherwise, payloads before the task that takes them is added. No call touches more than one piece. */
#ifndef DOCKET_CORE_BODY_H
#define DOCKET_CORE_BODY_H

#include "core/queue.h"

/* Which body; its size so far, and whether it was handed in raw. */
struct body {
    enum body_kind kind;
    int64_t ref, size;
    bool raw, there;
};

/* The part of what `worker` hands in for a lease in this queue. 0; ERR_LEASE_NOT_FOUND; with `write` also
 * ERR_LEASE_CLOSED where the task was finished under it, or a late result was kept. */
int body_of_lease(struct turn *t, const struct queue_row *q, const char *worker, int64_t lease, enum body_kind kind,
                  bool write, struct body *out, struct err *e);

/* A payload by its name; `make`: where there is none it begins now, and it counts as changed. ERR_PAYLOAD_NOT_FOUND. */
int body_of_payload(struct turn *t, const struct queue_row *q, const char *name, bool make, struct body *out,
                    struct err *e);

/* Goes on with a body at `at`: what stands behind that is dropped. 0; ERR_BODY_GAP where bytes before it are missing. */
int body_begin(struct turn *t, struct body *b, int64_t at, struct err *e);

/* Appends up to n bytes, as many as go into one piece. 0 and *out_n; ERR_BODY_GAP where somebody else has written
 * meanwhile (it does not end at `at`); ERR_TOO_LARGE. */
int body_append(struct turn *t, struct body *b, int64_t at, const char *bytes, size_t n, size_t *out_n, struct err *e);

/* Takes a payload for a task that is being added: its name is free again. 0; ERR_PAYLOAD_NOT_FOUND. */
int body_take_payload(struct turn *t, const struct queue_row *q, const char *name, int64_t *out_ref,
                      int64_t *out_size, struct err *e);

/* Forgets a payload that no task has taken. 0; ERR_PAYLOAD_NOT_FOUND. */
int body_drop_payload(struct turn *t, const struct queue_row *q, const char *name, struct err *e);

/* Is it there, and how large? 0 or < 0. */
int body_look(struct turn *t, enum body_kind kind, int64_t ref, struct body *out, struct err *e);

/* Up to room bytes at `at` of what is being sent: one query outside of any turn. 0; STORE_EMPTY (it is gone); < 0. */
int body_read(struct engine *c, const struct body *b, int64_t at, void *out, size_t room, size_t *out_n, struct err *e);

/* A slice of what is due: payloads that nobody took, pieces of bodies that are gone. When the next one is due. */
int body_slice(struct turn *t, struct err *e);
int body_due(struct store *s, int64_t now_us, int64_t *out_us, struct err *e);

#endif
