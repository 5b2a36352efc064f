/* What the files of the HTTP edge share. Private to them. */
#ifndef DOCKET_WEB_HTTP_INNER_H
#define DOCKET_WEB_HTTP_INNER_H

#include <microhttpd.h>

#include "base/list.h"
#include "web/http.h"
#include "web/request.h"
#include "web/tls.h"

enum { HTTP_CLASSES = 6 }; /* 1xx to 5xx; 0: anything else */

/* One of the places where connections come in: the library knows each as a daemon of its own, and all of them serve the same. */
struct http_listener {
    struct http *http;
    struct http_listen at; /* its tls is shown to who connects now */
    struct MHD_Daemon *daemon;
    int connections; /* open ones that came in here */
};

struct http {
    struct http_options o;
    struct http_listener *listeners;
    int listener_count, first_count; /* of these it began with */
    struct list ready;       /* requests for the next turn */
    struct list pieces;      /* of streams, for the next turns: one each */
    struct list thirsty;     /* streams that wait for room in memory */
    struct list connections; /* all open ones */
    struct loop_timer sweep;
    struct loop_timer library; /* when the library wants to run by itself */
    size_t buffered;         /* bytes of bodies announced and not yet answered */
    int open_requests;
    uint64_t (*answered)[HTTP_CLASSES]; /* by route, in the order of the table; the last row: no route was found */
    struct http_round { /* of the loop: answers that are made while they are sent take turns by it */
        uint64_t number;
        uint64_t makings, asked; /* so many of them wanted to go on in the last one; in this one */
        uint64_t begun;         /* of them so far */
    } round;
    bool draining, unfinished;
    bool left;         /* a connection ended in the library's last call */
    bool pieces_first; /* a turn had no time for one */
    bool closing;      /* every connection is being ended */
    struct list shaking;        /* with TLS: connections whose handshake goes on */
    struct address untrusted[32]; /* that sent headers of a proxy and were logged */
    int untrusted_count;
    unsigned char token_hash[32];
    struct signin *signin;
};

#define HTTP_BYTES_UNKNOWN UINT64_MAX

/* One TCP connection; the library knows it as the socket's context. */
struct http_connection {
    struct list node;
    struct http *http;
    const struct http_listener *listener; /* where it came in */
    struct MHD_Connection *connection;
    int fd;
    int64_t since_us;      /* when the head or body being received began; 0: at rest */
    uint64_t rest_bytes;   /* bytes received when it came to rest; unknown until the next sweep */
    struct request *request; /* the one being received or answered; NULL between */
    size_t body_got;

    /* with TLS (handshake.c) */
    struct list shaking;    /* in the list of those whose handshake goes on */
    struct tls *tls;        /* shown to it, kept until it ends; NULL: not yet */
    int finished;           /* bits: their side, ours */
    bool spoke, dry;        /* it has sent anything; there was nothing to read when that was last tried */
    bool resting;           /* suspended until the client speaks */
};

/* A piece of a stream's body has arrived. MHD_NO: the connection is to be cut. */
enum MHD_Result stream_on_bytes(struct request *r, const char *bytes, size_t *n);

/* Its body is whole. */
void stream_on_end(struct request *r);

/* A turn has dealt with a piece (r->work says how): it goes on reading, or is answered. */
void stream_on_turn(struct request *r);

/* It rests until a password of it has been looked at: no turn has dealt with the piece yet. */
void stream_on_rest(struct request *r);

/* A request is over, a stream or not: nothing of it is buffered any more. */
void stream_forget(struct request *r);

/* Streams that wait for room too long are refused. */
void stream_sweep(struct http *h, int64_t now_us);

/* Nothing is suspended on its behalf any more; only where every connection is being ended. */
void stream_release(struct request *r);

/* The answer of a request that sends a body. NULL: out of memory. */
struct MHD_Response *send_response(struct request *r);

/* The answer of a request that is made while it is sent. NULL: out of memory. And when the request is over. */
struct MHD_Response *making_response(struct request *r);
void making_forget(struct request *r);

/* Connections open now. */
int http_connections(const struct http *h);

/* Cuts off connections whose head or body is too slow. Runs each second. */
void http_sweep(void *arg);

struct http_connection *http_connection_of(struct MHD_Connection *c);

/* The head of a request: framing, route, credentials, size, media type. 0, or the refusal. */
int http_judge_head(struct request *r, const char *version, const char *method, const char *url, struct err *e);

/* What does it bring to show who asks? 0 and r->credential; ERR_UNAUTHORIZED where the route needs one and there is none, or it
 * is malformed; ERR_CROSS_SITE. */
int auth_check(struct request *r, struct err *e);

/* Who asks, and may they ask that? 0 and r->who; TURN_AGAIN: a password is to be verified first; ERR_UNAUTHORIZED,
 * ERR_FORBIDDEN, and what signin_check refuses. */
int auth_settle(struct request *r, struct turn *t, struct err *e);
void auth_init(struct http *h);

/* May whoever it is (r->who) ask at all what is for that role? Which of the things it names are theirs is core's to say. 0;
 * ERR_FORBIDDEN. */
int auth_permit(const struct request *r, enum route_role role, struct err *e);

/* What auth_settle does, for a route that asks only who comes with a credential: 0 with r->who.user NULL where there is none. */
int auth_identify(struct request *r, struct turn *t, struct err *e);

#endif
