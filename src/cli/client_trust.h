/* How a client knows that a server which speaks TLS is the right one. */
#ifndef DOCKET_CLI_CLIENT_TRUST_H
#define DOCKET_CLI_CLIENT_TRUST_H

#include <curl/curl.h>

#include <stdbool.h>

#include "base/err.h"

struct client_trust {
    char *ca_file; /* the certificates believed; NULL: those that libcurl finds by itself */
    bool named;    /* somebody has named them: no others are */
    char *data;    /* the data directory of the server, which names its key there; NULL: it is not known by one */
    char *pin;     /* that key, or the one that was named; then no certificate is looked at */
};

/* Copies what is given (either may be NULL); reads the pin. */
void client_trust_init(struct client_trust *t, const char *url, const char *ca_file, const char *data);

/* Of a server whose key is known (client_trust_is_pin); for https. */
void client_trust_init_pin(struct client_trust *t, const char *pin);

/* Is this the hash of a key as libcurl reads it, "sha256//BASE64"? */
bool client_trust_is_pin(const char *pin);
void client_trust_done(struct client_trust *t);

/* Before a request. */
void client_trust_apply(const struct client_trust *t, CURL *easy);

/* Has the server another key by now (CURLE_SSL_PINNEDPUBKEYNOTMATCH)? Then that is the pin. */
bool client_trust_renew(struct client_trust *t, const char *url);

/* Of a request that failed so: is it for TLS? Then *e says what and what to do. */
bool client_trust_explain(const struct client_trust *t, const char *url, CURL *easy, CURLcode code, const char *curls_words,
                          struct err *e);

#endif
