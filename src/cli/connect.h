/* Finding a server: the one named, the one that runs on a data directory, or, for a directory that rests, one of our
 * own for as long as the verb takes. */
#ifndef DOCKET_CLI_CONNECT_H
#define DOCKET_CLI_CONNECT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/options.h"
#include "cli/client.h"
#include "cli/server.h"
#include "cli/verb.h"

struct connect_options {
    const char *server, *token_file, *ca_file, *pin, *data, *run;
};

/* The option rows of struct connect_options, standing `at` bytes into the struct that is filled. */
#define CONNECT_OPTIONS(at)                                                                                           \
    {"server", 0, OPTION_TEXT, "URL", (at) + offsetof(struct connect_options, server), 0, 0,                          \
     "the server, else DOCKET_SERVER, else the one that runs here"},                                                  \
    {"token-file", 0, OPTION_TEXT, "FILE", (at) + offsetof(struct connect_options, token_file), 0, 0,                 \
     "holds the token for it, else DOCKET_TOKEN_FILE, DOCKET_TOKEN"},                                                 \
    {"ca-file", 0, OPTION_TEXT, "FILE", (at) + offsetof(struct connect_options, ca_file), 0, 0,                       \
     "who is trusted to sign its certificate, else DOCKET_CA_FILE, else whom this machine trusts"},                   \
    {"pin", 0, OPTION_TEXT, "sha256//KEY", (at) + offsetof(struct connect_options, pin), 0, 0,                        \
     "the key of the server, by which alone it is known, else DOCKET_PIN"},                                           \
    {"data", 0, OPTION_TEXT, "DIR", (at) + offsetof(struct connect_options, data), 0, 0,                              \
     "the server of this data directory, else DOCKET_DATA"}

/* And, for verbs with VERB_OPENS_DATA, the one that means a `docket run`. */
#define CONNECT_RUN_OPTION(at)                                                                                        \
    {"run", 0, OPTION_TEXT, "FILE", (at) + offsetof(struct connect_options, run), 0, 0,                               \
     "the tasks of `docket run FILE`; QUEUE is left out"}

/* The queue of a `docket run`. */
#define CONNECT_RUN_QUEUE "run"

struct connection {
    struct arena arena; /* for paths and the like, until connect_close */
    struct loop *loop;
    struct client *client;
    struct server *server; /* our own, or NULL */
    const char *data;      /* the directory it was found by; NULL: by its URL */
};

/* 0; ERR_USAGE; < 0 ERR_SERVER_AWAY, with how to start one; ERR_NOT_FOUND for a --run that never was; ERR_FILE. */
int connect_open(struct connection *c, const struct verb_call *call, const struct connect_options *o, struct err *e);

/* Ends it, with the server if it is our own. For CLEANUP; fine on a zeroed one. */
void connect_close(struct connection *c);

/* Looks again where the server of the directory is now (it may have been started anew elsewhere). */
void connect_again(struct connection *c);

/* A server of our own on a data directory: 127.0.0.1, any port, silent but for warnings. And its stop, waited for. */
int connect_embed(struct loop *l, const char *data, struct server **out_server, struct err *e);
void connect_embed_end(struct loop *l, struct server *s);

/* May a queue be called so ("NAME" or "OWNER/NAME")? 0; ERR_USAGE. */
int connect_check_queue(const char *queue, struct err *e);

/* The queue that the call is about: its first argument, taken off, or with --run "run". 0; ERR_USAGE. */
int connect_queue(struct verb_call *call, const struct connect_options *o, const char **out_queue, struct err *e);

#endif
