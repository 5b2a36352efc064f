/* The client side of the protocol (doc/PROTOCOL.md): requests to one server over libcurl, driven by the loop. One
 * connection per request under way, kept and used again. A client never retries; the caller decides (worker.c does). */
#ifndef DOCKET_CLI_CLIENT_H
#define DOCKET_CLI_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/loop.h"

struct client;
struct client_request;

/* A client for the server at url ("http://127.0.0.1:5000", with or without a last slash) with a token (NULL: none);
 * both are copied. Never NULL. client_free ends what is under way without calling back; not to be called from the
 * callback of a request. */
struct client *client_new(struct loop *l, const char *url, const char *token);
void client_free(struct client *c);

/* From now on it asks as the account called name, by its password (HTTP Basic, RFC 7617), not by a token. */
void client_as(struct client *c, const char *name, const char *password);

/* With TLS: whom it trusts, besides whom this machine trusts: who has signed the certificates of ca_file (NULL: nobody), or, where
 * data is the server's own data directory (NULL: it is not known), the key that the server wrote down there. */
void client_trust(struct client *c, const char *ca_file, const char *data);

/* Or it trusts the holder of that key and nobody else (client_trust_is_pin). */
void client_pin(struct client *c, const char *pin);
const char *client_url(const struct client *c); /* borrowed */

/* What came back. */
struct client_reply {
    int status;   /* HTTP status; 0: no answer, and err says why (ERR_SERVER_AWAY) */
    json_t *body; /* the JSON answered, NULL if none (an answer < 400 that is not JSON is no answer); borrowed until the
                   * callback returns */
    struct err err; /* for status 0 and for status >= 400: code, text and hint, from the problem document */
};

typedef void client_fn(void *arg, const struct client_reply *reply);

/* Sends a request; fn is called once from the loop. path begins with "/". body NULL: none; borrowed for the call.
 * timeout_us: over all (0: 30 s). Returns it for client_cancel. */
struct client_request *client_send(struct client *c, const char *method, const char *path, const json_t *body,
                                   int64_t timeout_us, client_fn *fn, void *arg);

/* The same with a body of bytes of the media type given. */
struct client_request *client_send_bytes(struct client *c, const char *method, const char *path, const char *media_type,
                                         const char *bytes, size_t n, int64_t timeout_us, client_fn *fn, void *arg);

/* Asks for bytes that are handed to sink as they come (of an answer < 400; others are read as ever); total: how many there
 * will be, -1 if that is not known. A sink that returns false ends the request. There is no limit of time: a server
 * that is gone is noticed by the system's own probes. fn is called once, as for client_send. */
typedef bool client_sink_fn(void *arg, const void *bytes, size_t n, int64_t total);
struct client_request *client_fetch(struct client *c, const char *path, client_sink_fn *sink, client_fn *fn, void *arg);

/* PUTs a body of any length that source makes as it is needed: it appends what comes next and returns CLIENT_MORE, or CLIENT_LAST with
 * the end; CLIENT_BREAK cuts the connection, and fn is called with status 0. No limit of time, as above. */
enum client_made { CLIENT_MORE, CLIENT_LAST, CLIENT_BREAK };
typedef enum client_made client_source_fn(void *arg, struct buf *b);
struct client_request *client_put(struct client *c, const char *path, const char *media_type, client_source_fn *source, client_fn *fn,
                                  void *arg);

/* Ends a request without calling back (its connection is closed: a parked claim is dropped by the server). A request
 * is gone once its callback has been called. */
void client_cancel(struct client_request *r);

/* Sends a request and runs the loop until it is answered. 0, and *out_body (a new reference, NULL if the answer had
 * none; out_body may be NULL); the refusal's code (> 0) or < 0 ERR_SERVER_AWAY. */
int client_call(struct client *c, const char *method, const char *path, const json_t *body, json_t **out_body,
                struct err *e);

/* GETs path as bytes and writes them to a file as they come. 0; as client_call; ERR_FILE where they could not be
 * written. */
int client_save(struct client *c, const char *path, FILE *to, struct err *e);

/* "/api/v1/queues/NAME" or, for "OWNER/NAME", "/api/v1/users/OWNER/queues/NAME", percent-encoded, with tail behind
 * it. */
char *client_queue_path(struct arena *a, const char *queue, const char *tail);

/* The same of a site: "/api/v1/sites/NAME". */
char *client_site_path(struct arena *a, const char *site, const char *tail);

/* One segment of a path or value of a query, percent-encoded. */
char *client_encode(struct arena *a, const char *text);

#endif
