/* The table of route.def: which handler answers which URL. */
#ifndef DOCKET_WEB_ROUTE_H
#define DOCKET_WEB_ROUTE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct request;
struct turn;

enum route_method { GET, PUT, POST, PATCH, DELETE };
enum route_role {
    ROLE_NONE,   /* anybody */
    ROLE_LOCAL,  /* whoever asks from this machine; others as ROLE_USER */
    ROLE_WORKER, /* as ROLE_USER, and tokens that are to work one queue, for that one */
    ROLE_USER,   /* whoever has an account; with a token that is to read: where the method is GET */
    ROLE_ADMIN,
};
enum {
    ROUTE_RESERVE = 1, /* goes on when the disk is full */
    ROUTE_JSON = 2,    /* takes a JSON body, as routes without another media type do */
    ROUTE_NDJSON = 4,  /* takes lines of JSON, a stream */
    ROUTE_RAW = 8,     /* takes bytes, a stream */
    ROUTE_FORM = 16,   /* takes a form */
    ROUTE_PAGE = 32,   /* answers people: what it refuses is a page too */
    ROUTE_WHO = 64,    /* anybody may ask it, and it wants to know who does, where they say so */
    ROUTE_FACE = 128,  /* of a face: not the native API; a slash at the end of its path makes no difference */
    ROUTE_TABLES = 256, /* of the tables face: also below /tables/{queue} */
    ROUTE_OPEN = 512,   /* where the dataset is open, anybody may ask it, and what they show is not looked at */
    ROUTE_LOOK = 1024,  /* changes nothing, whatever its method */
    ROUTE_LARGE = 2048, /* takes a body of any type, of up to LIMIT_TABLE_RESULT */
    ROUTE_LONG = 4096,  /* with ROUTE_NDJSON: lines of up to LIMIT_TABLE */
};

typedef int route_fn(struct request *r, struct turn *t, struct err *e);

struct route {
    enum route_method method;
    const char *path;
    enum route_role role;
    int flags;
    route_fn *handler;
    const char *what;
};

struct route_values {
    const char *user, *queue, *upload, *payload, *lease, *part, *consumer, *id, *token, *table, *kind,
        *site, *job, *account; /* NULL where the path has none */
};

/* The route for a method ("GET", "HEAD" counts as GET, …) and a decoded path. 0 and *out with its values (in the arena);
 * ERR_NOT_FOUND; ERR_METHOD with *out_allow, the methods this path answers. */
int route_find(const char *method, const char *path, struct arena *a, const struct route **out,
               struct route_values *out_values, const char **out_allow, struct err *e);

/* Is the first segment of path ("api/x") that of any route, but for those of the tables face that are one segment? No user is called so. */
bool route_begins_with(const char *path);

const char *route_method_word(const struct route *route);

/* The table, for tests and documents. */
extern const struct route ROUTES[];
extern const int ROUTE_COUNT;

#define X(method, path, role, flags, handler, what) route_fn handler;
#include "web/route.def"
#undef X

#endif
