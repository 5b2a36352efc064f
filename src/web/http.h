/* HTTP: connections in, requests out to the turn, answers back. The library (libmicrohttpd) runs on the loop's own
 * thread with its epoll inside ours. */
#ifndef DOCKET_WEB_HTTP_H
#define DOCKET_WEB_HTTP_H

#include <stdbool.h>

#include "base/address.h"
#include "base/err.h"
#include "base/loop.h"
#include "core/turn.h"
#include "web/face.h"
#include "web/tls.h"

struct http;

/* Where connections come in. */
struct http_listen {
    int fd;                  /* listening */
    const struct face *face; /* whose its root is; NULL: everybody's */
    const char *dataset;     /* the one that requests to the tables face mean there, "[OWNER/]NAME"; NULL: it is not said */
    struct tls *tls;         /* to speak TLS with; taken; NULL: plain HTTP */
    bool far;                /* who comes in here may sit on another machine, whatever the address says; and http_set_tls is not for it */
};

/* What is told of sites and jobs, and only the floor beside this one knows; texts live in the arena. */
struct http_launch {
    const char *(*control)(void *arg, const struct site_row *site, struct arena *a); /* the path of its control connection; NULL: none */
    int (*script)(void *arg, const struct site_row *site, const struct job_row *job, struct arena *a, const char **out_text,
                  struct err *e); /* the batch script that the job would be */
    void *arg;
};

struct http_options {
    struct loop *loop;
    struct engine *engine;
    const struct http_listen *listen; /* one at least; the descriptors are taken, the texts borrowed for the server's life */
    int listen_count;
    const char *owner;  /* whose token it is; borrowed for the server's life, as is the token */
    const char *token;
    int64_t started_us; /* for uptime */
    const struct address_net *behind; /* the proxies whose word is believed; borrowed for the server's life */
    int behind_count;
    const char *base_path; /* "/docket": every URL answers behind it too, and is told of so; NULL or "": none; borrowed */
    const char *sign_in;   /* how passwords of accounts without one here are verified (web/signin.h); NULL: not; borrowed */
    const char *advertise; /* by which others reach the server, for links; NULL or "": as the asker does; borrowed */
    struct http_launch launch; /* its functions may be NULL */
};

/* 0, or < 0 ERR_PORT when the library cannot start; what is taken is gone then too. */
int http_start(const struct http_options *o, struct http **out, struct err *e);

/* One listener more, while the server runs: HTTP_MORE of them at most. What is taken is gone also where it fails. 0; < 0 ERR_PORT. */
enum { HTTP_MORE = 1 };
int http_add(struct http *h, const struct http_listen *listen, struct err *e);

/* Those who connect from now on are shown this certificate (taken), wherever TLS is spoken but at the listeners that are `far`. */
void http_set_tls(struct http *h, struct tls *t);

/* Moves up to max requests that have arrived (and about 1 MiB of bodies) to works. Returns how many. */
int http_take(struct http *h, struct work **works, int max);

/* Gives back those a turn had no time for; they are first in the next. */
void http_put_back(struct http *h, struct work **works, int count);

/* The loop begins anew: answers that are made while they are sent may go on a little, about a millisecond all together. */
void http_begin_round(struct http *h);

/* Lets the library read and write: new requests arrive, answers leave. */
void http_pump(struct http *h);

/* Has the library more to do at once (it has read only a part of what has arrived)? Pump it again. */
bool http_unfinished(const struct http *h);

/* Is a request ready for a turn? */
bool http_ready(const struct http *h);

/* Accepts no more connections; every later request is refused with `stopping`. */
void http_drain(struct http *h);

/* Requests that have arrived and are not answered and sent yet. */
int http_open_requests(const struct http *h);

/* Ends all connections. Nothing may be parked. */
void http_free(struct http *h);

#endif
