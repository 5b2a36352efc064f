/* See tls.h. GnuTLS, because the HTTP library speaks TLS by it. */
#include "web/tls.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "web/handshake.h"

enum { CHAIN_MAX = 16, FILE_BYTES = 1024 * 1024, HASH_BYTES = 32, SUBJECT_BYTES = 256 };

struct tls {
    int users;
    gnutls_pcert_st certs[CHAIN_MAX];
    unsigned count;
    gnutls_privkey_t key;
    int64_t from_us, until_us;
    char subject[SUBJECT_BYTES], pin[80];
};

static void free_chain(gnutls_x509_crt_t *chain, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        gnutls_x509_crt_deinit(chain[i]);
}

/* Whoever may be anybody on this machine can read it. */
static void warn_of_readers(const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0 && (st.st_mode & S_IROTH))
        log_warning("the key '%s' can be read by everybody on this machine: chmod o-r", path);
}

static int read_key(struct tls *t, const char *path, struct err *e)
{
    CLEANUP(buf_done) struct buf text = {0};
    int r = file_read(path, FILE_BYTES, &text, e);
    if (r)
        return err_widen(e, r, "tls-key: ");
    gnutls_datum_t bytes = {(unsigned char *)text.data, (unsigned)text.len};
    int bad = gnutls_privkey_init(&t->key);
    if (!bad)
        bad = gnutls_privkey_import_x509_raw(t->key, &bytes, GNUTLS_X509_FMT_PEM, NULL, 0);
    sodium_memzero(text.data, text.len);
    if (bad == GNUTLS_E_DECRYPTION_FAILED)
        return err_fail(e, ERR_FILE, "tls-key: the key in '%s' is encrypted, and nobody could be asked for its word", path);
    return bad ? err_fail(e, ERR_FILE, "tls-key: '%s' holds no private key in PEM", path) : 0;
}

/* SHA-256 of a public key as it stands in a certificate. */
static bool hash_of(gnutls_x509_crt_t cert, unsigned char out[HASH_BYTES])
{
    size_t n = HASH_BYTES;
    return gnutls_x509_crt_get_key_id(cert, GNUTLS_KEYID_USE_SHA256, out, &n) == 0 && n == HASH_BYTES;
}

static bool hash_of_key(gnutls_privkey_t key, unsigned char out[HASH_BYTES])
{
    size_t n = HASH_BYTES;
    gnutls_pubkey_t public;
    if (gnutls_pubkey_init(&public) != 0)
        abort();
    bool got = gnutls_pubkey_import_privkey(public, key, 0, 0) == 0 &&
               gnutls_pubkey_get_key_id(public, GNUTLS_KEYID_USE_SHA256, out, &n) == 0 && n == HASH_BYTES;
    gnutls_pubkey_deinit(public);
    return got;
}

/* Puts the certificate of our key first, wherever it stood. False: there is none. */
static bool put_own_first(gnutls_x509_crt_t *chain, unsigned count, const unsigned char ours[HASH_BYTES])
{
    unsigned char theirs[HASH_BYTES];
    for (unsigned i = 0; i < count; i++) {
        gnutls_x509_crt_t cert = chain[i];
        if (!hash_of(cert, theirs) || memcmp(theirs, ours, HASH_BYTES) != 0)
            continue;
        chain[i] = chain[0];
        chain[0] = cert;
        return true;
    }
    return false;
}

static int check_pair(struct tls *t, gnutls_x509_crt_t *chain, unsigned count, const char *cert_file, const char *key_file,
                      struct err *e)
{
    unsigned char ours[HASH_BYTES];
    char base64[64];
    if (!hash_of_key(t->key, ours) || !put_own_first(chain, count, ours))
        return err_fail(e, ERR_FILE, "tls-key: the key in '%s' is not that of the certificate in '%s'", key_file, cert_file);
    sodium_bin2base64(base64, sizeof base64, ours, sizeof ours, sodium_base64_VARIANT_ORIGINAL);
    snprintf(t->pin, sizeof t->pin, "sha256//%s", base64);
    return 0;
}

/* What of the certificate is told. */
static void note(struct tls *t, gnutls_x509_crt_t cert)
{
    size_t n = sizeof t->subject;
    if (gnutls_x509_crt_get_dn(cert, t->subject, &n) != 0 || !t->subject[0])
        snprintf(t->subject, sizeof t->subject, "a certificate without a name");
    t->from_us = gnutls_x509_crt_get_activation_time(cert) * CLOCK_SECOND;
    t->until_us = gnutls_x509_crt_get_expiration_time(cert) * CLOCK_SECOND;
}

static int take_chain(struct tls *t, gnutls_x509_crt_t *chain, unsigned count, const char *cert_file, const char *key_file,
                      struct err *e)
{
    int r = check_pair(t, chain, count, cert_file, key_file, e);
    if (r)
        return r;
    note(t, chain[0]);
    t->count = count;
    int bad = gnutls_pcert_import_x509_list(t->certs, chain, &t->count, GNUTLS_X509_CRT_LIST_SORT);
    if (!bad)
        return 0;
    t->count = 0;
    return err_fail(e, ERR_FILE, "tls-cert: the certificates in '%s' make no chain: %s", cert_file, gnutls_strerror(bad));
}

static int read_cert(struct tls *t, const char *cert_file, const char *key_file, struct err *e)
{
    CLEANUP(buf_done) struct buf text = {0};
    gnutls_x509_crt_t chain[CHAIN_MAX];
    unsigned count = CHAIN_MAX;
    int r = file_read(cert_file, FILE_BYTES, &text, e);
    if (r)
        return err_widen(e, r, "tls-cert: ");
    gnutls_datum_t bytes = {(unsigned char *)text.data, (unsigned)text.len};
    int got = gnutls_x509_crt_list_import(chain, &count, &bytes, GNUTLS_X509_FMT_PEM, GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);
    if (got == GNUTLS_E_SHORT_MEMORY_BUFFER)
        return err_fail(e, ERR_FILE, "tls-cert: '%s' holds more than %d certificates", cert_file, CHAIN_MAX);
    if (got <= 0)
        return err_fail(e, ERR_FILE, "tls-cert: '%s' holds no certificate in PEM", cert_file);
    r = take_chain(t, chain, (unsigned)got, cert_file, key_file, e);
    free_chain(chain, (unsigned)got);
    return r;
}

int tls_load(const char *cert_file, const char *key_file, struct tls **out, struct err *e)
{
    struct tls *t = calloc(1, sizeof *t);
    if (!t)
        abort();
    t->users = 1;
    int r = read_key(t, key_file, e);
    if (r == 0)
        r = read_cert(t, cert_file, key_file, e);
    if (r) {
        tls_drop(t);
        return r;
    }
    warn_of_readers(key_file);
    *out = t;
    return 0;
}

struct tls *tls_keep(struct tls *t)
{
    t->users++;
    return t;
}

void tls_drop(struct tls *t)
{
    if (!t || --t->users)
        return;
    for (unsigned i = 0; i < t->count; i++)
        gnutls_pcert_deinit(&t->certs[i]);
    gnutls_privkey_deinit(t->key);
    free(t);
}

const char *tls_subject(const struct tls *t) { return t->subject; }
const char *tls_pin(const struct tls *t) { return t->pin; }
int64_t tls_from_us(const struct tls *t) { return t->from_us; }
int64_t tls_until_us(const struct tls *t) { return t->until_us; }

void handshake_show(struct tls *t, gnutls_pcert_st **out_certs, unsigned *out_count, gnutls_privkey_t *out_key)
{
    *out_certs = t->certs;
    *out_count = t->count;
    *out_key = t->key;
}
