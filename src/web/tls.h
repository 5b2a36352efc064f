/* A certificate with its chain and its key, as `serve` shows them to those who connect. It is counted: connections that were
 * begun with it keep it, whatever came after. */
#ifndef DOCKET_WEB_TLS_H
#define DOCKET_WEB_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct tls;

/* Reads a certificate (PEM: the server's own, and its chain) and its key, and sees that they belong together. 0 and
 * *out, held once; < 0 ERR_FILE naming the file and what is wrong with it. Whether its time has come is not looked at. */
int tls_load(const char *cert_file, const char *key_file, struct tls **out, struct err *e);

/* The same of a file that holds both, made (0600, P-256, signed by itself) where nothing has that name: for clients that know the key.
 * 0 and *out, held once; < 0 ERR_FILE, ERR_INTERNAL. */
int tls_own(const char *path, int64_t now_us, struct tls **out, struct err *e);

struct tls *tls_keep(struct tls *t);
void tls_drop(struct tls *t); /* NULL is fine */

/* Borrowed: whom it was issued to ("CN=docket.example"), and its key's pin as curl reads it ("sha256//…"). */
const char *tls_subject(const struct tls *t);
const char *tls_pin(const struct tls *t);

/* From when until when it counts. */
int64_t tls_from_us(const struct tls *t);
int64_t tls_until_us(const struct tls *t);

#endif
