/* TLS handshakes, and what of TLS the HTTP library does not see to. Private to web, as http_inner.h. */
#ifndef DOCKET_WEB_HANDSHAKE_H
#define DOCKET_WEB_HANDSHAKE_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "web/http_inner.h"
#include "web/tls.h"

/* What the HTTP library asks for the certificate by. */
gnutls_certificate_retrieve_function2 handshake_certificate;

/* A TLS connection has come; is being forgotten. */
void handshake_begin(struct http_connection *c);
void handshake_forget(struct http_connection *c);

/* After each call of the library: those whose client has nothing more to say yet rest until it has. */
void handshake_rest(struct http *h);

/* Ends the rest of one; only where every connection is being ended. */
void handshake_release(struct http_connection *c);

/* Is the handshake still under way? */
bool handshake_open(const struct http_connection *c);

/* Is there a whole record to be read, or some of the last? Bytes of a part of one may be all that is at the door. */
bool handshake_more(const struct http_connection *c);

/* The parts of a certificate, borrowed as long as it is held. */
void handshake_show(struct tls *t, gnutls_pcert_st **out_certs, unsigned *out_count, gnutls_privkey_t *out_key);

#endif
