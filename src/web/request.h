/* One HTTP request on its way through a turn: what was asked, and the answer being built. Handlers see this and nothing of
 * the HTTP library. */
#ifndef DOCKET_WEB_REQUEST_H
#define DOCKET_WEB_REQUEST_H

#include <jansson.h>

#include "base/json.h"
#include "base/loop.h"
#include "core/body.h"
#include "core/dataset_import.h"
#include "core/job.h"
#include "core/queue.h"
#include "core/turn.h"
#include "core/upload.h"
#include "web/peer.h"
#include "web/route.h"

struct http;
struct http_listener;
struct signin_job;
struct MHD_Connection;

enum { REQUEST_HEADERS_MAX = 10 };

enum credential_way {
    CREDENTIAL_NONE,
    CREDENTIAL_OWNER,  /* the token in the data directory */
    CREDENTIAL_BEARER, /* a token */
    CREDENTIAL_BASIC,  /* a name with a password or token */
    CREDENTIAL_COOKIE, /* a browser's session */
    CREDENTIAL_KEY,    /* qdo's cookie: a session or a token */
};

enum request_stage {
    REQUEST_HEAD,      /* the head is being judged */
    REQUEST_BODY,      /* its body is arriving */
    REQUEST_PIECE,     /* of a stream: suspended while what has arrived waits for a turn, or is in one */
    REQUEST_THIRSTY,   /* of a stream: suspended until other bodies have left room for it */
    REQUEST_REFUSED,   /* of a stream: the answer stands, what still arrives is thrown away */
    REQUEST_READY,     /* in the list of those for the next turn, or in a turn */
    REQUEST_SUSPENDED, /* parked in core; its socket is watched */
    REQUEST_ANSWERED,  /* the answer stands, to be handed to the library */
    REQUEST_SENT,
};

/* A body of any length is dealt with in pieces, a turn each: the route's handler is run with what has arrived in `body`,
 * says how much of that it has `taken`, and either answers or waits for more (until `ended`: then it answers once it has
 * taken all). What it keeps from piece to piece it reads from `was` and writes to `now`, which becomes `was` when the
 * turn is committed; so it may be run again as any other. */
struct stream_state {
    int64_t line;         /* the number of the next line */
    int64_t at;           /* the place of the next byte */
    bool begun;           /* the first piece has been seen: the rest is known */
    struct upload upload; /* lines: their sums */
    struct import import; /* lines of tables: how far that is */
    int64_t judged;       /* a tar that is here: up to where its entries were looked at */
};

struct stream {
    bool on;    /* this body is one */
    bool ended; /* all of it has arrived */
    bool whole; /* there is enough in `body` for a turn */
    bool given; /* it waited for room in memory, and has been given some for a whole line */
    size_t taken;
    struct stream_state was, now;
    size_t discarded;
    int64_t waits_since_us; /* suspended since */
};

struct request {
    struct work work; /* first: a work is its request */
    struct arena arena;
    struct http *http;
    const struct http_listener *listener; /* where it came in */
    struct MHD_Connection *connection;
    enum request_stage stage;
    struct list ready; /* in the list of those for the next turn */

    bool has_query; /* something stands behind a '?' in the URL */
    struct peer peer;
    const struct route *route;
    struct route_values values; /* what stood in the place of {queue} and the like */
    struct who who;
    struct credential {     /* what it brought; the turn finds out whose it is */
        enum credential_way way;
        const uint8_t *hash; /* of the secret */
        const char *name, *secret; /* CREDENTIAL_BASIC: as sent; CREDENTIAL_COOKIE: the secret alone */
    } credential;
    struct signin_job *signin; /* a password of it that is being looked at (signin.c) */
    struct buf body;
    size_t body_bytes; /* counted as being buffered: announced, or of a stream what is here */
    struct stream stream;
    bool form;         /* the body is a form */
    bool inflated;     /* the body was compressed, and is no more */
    json_t *json;      /* the body parsed, once */

    /* An answer made in slices, a turn each (TURN_AGAIN): the handler leaves what it has so far in `coming`, in the
     * request's arena; once the turn is committed that is `kept` and the handler runs again. What `kept` points to is not
     * changed by it, for a turn may be run twice. What a request that waits (TURN_PARK) has left there is kept alike. */
    void *kept, *coming;

    int status;
    const char *content_type, *allow; /* static */
    struct request_field {
        const char *name, *value;
    } headers[REQUEST_HEADERS_MAX]; /* of the answer, beside those; in the arena */
    int header_count;
    struct buf answer;
    struct body source;      /* with `sends`: the answer is bytes of it, read while they are sent */
    int64_t send_at, send_n; /* which of them */
    bool sends;
    struct making *making; /* the answer is made by it while it is sent; NULL: it is not */
    size_t making_sent;    /* of what stands in `answer` */
    uint64_t making_number, making_round; /* among all that are made so; the round in which it wanted to go on last */
    bool making_over, making_served;      /* it went on in that round */
    int file; /* the answer's bytes stand in it instead, file_bytes of them; borrowed; -1: they do not */
    int64_t file_bytes;
};

/* The body as a JSON object (an empty body is {}); borrowed. 0 or ERR_BAD_JSON, ERR_BAD_FIELD. */
int request_json(struct request *r, const json_t **out, struct err *e);

/* The parameters that the query of a URL may have: api_claim_query = REQUEST_NAMES("a", "b"); */
struct request_names {
    const char *const *names;
    int count;
};
#define REQUEST_NAMES(...) {(const char *const[]){__VA_ARGS__}, COUNT_OF(((const char *const[]){__VA_ARGS__}))}

/* Values of the query by name: values[i] for names[i], NULL where absent. ERR_UNKNOWN_FIELD for any other name. */
int request_query(struct request *r, const struct request_names *names, const char **values, struct err *e);

/* A positive integer from a query or path; NONE where text is NULL. ERR_BAD_FIELD naming it. */
int request_number(const char *name, const char *text, int64_t min, int64_t max, int64_t *out, struct err *e);

/* Positive integers from an array (NULL: none) called name, into the arena; `code` refuses what is none. */
int request_ids(struct request *r, const json_t *array, const char *name, enum err_code code, int64_t **out,
                int *out_count, struct err *e);

/* A row of a table of fields: lease_seconds. */
#define JSON_LEASE_SECONDS(type, member) \
    {"lease_seconds", JSON_KIND_SECONDS, offsetof(type, member), 1, LIMIT_LEASE_SECONDS, 0}

/* Values of a form's fields (application/x-www-form-urlencoded) by name, in the arena; NULL where absent. ERR_UNKNOWN_FIELD for
 * any other name; ERR_BAD_FIELD for a value that holds a NUL. */
int request_form(struct request *r, const struct request_names *names, const char **values, struct err *e);

/* Hands each field of a form to fn in turn, whole: a name and a value of n bytes, NUL-ended. fn returns 0 to go on, or its refusal, in
 * e. 0; that; ERR_BAD_REQUEST. */
int request_each_field(struct request *r, int (*fn)(void *arg, const char *name, const char *value, size_t n, struct err *e),
                       void *arg, struct err *e);

/* A body that has nothing to say: none, or {}. 0; ERR_BAD_JSON, ERR_UNKNOWN_FIELD. */
extern const struct json_shape request_nothing;
int request_no_fields(struct request *r, struct err *e);

/* The only parameter of a DELETE: ?force=1. ERR_BAD_FIELD, ERR_UNKNOWN_FIELD. */
extern const struct request_names request_force_query;
int request_force(struct request *r, bool *out, struct err *e);

/* The URL by which this client reaches a path ("/api/v1/queues", or "") of the server: as it asked for it, through the
 * proxies that are trusted, behind the base path. "": that of the server itself, without a last slash. In the arena. */
const char *request_url(struct request *r, const char *path);

/* A path behind the base path, for links of a page, which may be relative to its own host. In the arena. */
const char *request_path(struct request *r, const char *path);

/* The queue in the URL. */
struct queue_ref request_queue(const struct request *r);

/* The site in the URL, and the job: 0 or ERR_BAD_FIELD. */
struct site_ref request_site(const struct request *r);
int request_job(const struct request *r, int64_t *out_id, struct err *e);

/* A name that no other request has, in the arena: where many wait for one thing. */
const char *request_waiter(struct request *r);

/* Has the jobs of a site looked at. 0: it was done; TURN_PARK; as errand_ask. */
int request_sync(struct request *r, struct turn *t, int64_t site, struct err *e);

/* One more header of the answer; name and value live as long as the request. */
void request_header(struct request *r, const char *name, const char *value);

/* Answers with JSON that the caller adds as text, with its newline. */
struct buf *request_answer_text(struct request *r, int status);

/* Answers with JSON (the reference is taken). Returns 0, for handlers to end with. */
int request_answer(struct request *r, int status, json_t *value);

/* Answers with the bytes of a body, or what the request's Range header asks of them. 0 or ERR_RANGE. */
int request_send(struct request *r, const struct body *b, struct err *e);

/* Answers with bytes of any length, which are made while they are sent: `next` appends what it finds in a moment (well below a
 * millisecond; it may be nothing) and says whether that was all. It runs between turns and keeps no query open. Where it fails the answer
 * ends too early. The making lives in the request's arena; what it holds beside that it takes hold of in `next`, for a handler may
 * be run twice, and lets go in `done` (NULL: it holds nothing), which is called once. request_array: they are a JSON array, of which each
 * element comes after making_element(). Both return 0. */
struct making {
    int (*next)(struct making *m, struct turn *t, struct buf *out, bool *out_over, struct err *e);
    void (*done)(struct making *m);
    bool array, any; /* any: an element stands there already */
};
int request_make(struct request *r, struct making *m, const char *content_type);
int request_array(struct request *r, struct making *m);
void making_element(struct making *m, struct buf *out);

/* For an answer made in slices (TURN_AGAIN) whose state is plain bytes: the state as the last slice left it, to be changed by this one and
 * kept with it. The first finds it zeroed. */
void *request_slice(struct request *r, size_t bytes);

/* Answers with the bytes of a file, from its beginning; fd stays the caller's and open until the work is taken out
 * (engine_unpark). Returns 0. */
int request_answer_file(struct request *r, int fd, int64_t bytes, const char *content_type);

/* Answers with the problem document of e; with members (taken; NULL: none) in it. */
void request_refuse(struct request *r, const struct err *e);
void request_refuse_with(struct request *r, const struct err *e, json_t *members);

#endif
