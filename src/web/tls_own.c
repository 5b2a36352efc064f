/* A key and a certificate of the server's own, for those who know the key and ask for nothing else. Made once and kept, so that they
 * know it again after a restart; both stand in one file, which is a secret. P-256: a handshake costs the loop about 1 ms. The
 * certificate counts as long as GnuTLS can say, for nobody looks at it. */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <sodium.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "web/tls.h"

enum { SERIAL_BYTES = 16 };
#define DAY_SECONDS INT64_C(86400) /* clocks of others may be behind */

static void add_pem(struct buf *b, gnutls_datum_t *pem)
{
    buf_add(b, pem->data, pem->size);
    gnutls_memset(pem->data, 0, pem->size);
    gnutls_free(pem->data);
}

static int make_key(gnutls_x509_privkey_t key, struct buf *text)
{
    gnutls_datum_t pem = {0};
    int bad = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    if (!bad)
        bad = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem);
    if (!bad)
        add_pem(text, &pem);
    return bad;
}

static int sign(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key, int64_t now_us)
{
    static const char NAME[] = "CN=docket,O=the key is what counts";
    static const unsigned char HERE[] = {127, 0, 0, 1};
    unsigned char serial[SERIAL_BYTES];
    randombytes_buf(serial, sizeof serial);
    serial[0] &= 0x7F; /* it is a positive number */
    int bad = gnutls_x509_crt_set_version(cert, 3);
    if (!bad)
        bad = gnutls_x509_crt_set_serial(cert, serial, sizeof serial);
    if (!bad)
        bad = gnutls_x509_crt_set_activation_time(cert, (time_t)(now_us / CLOCK_SECOND - DAY_SECONDS));
    if (!bad)
        bad = gnutls_x509_crt_set_expiration_time(cert, GNUTLS_X509_NO_WELL_DEFINED_EXPIRATION);
    if (!bad)
        bad = gnutls_x509_crt_set_dn(cert, NAME, NULL);
    if (!bad)
        bad = gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_IPADDRESS, HERE, sizeof HERE, GNUTLS_FSAN_SET);
    if (!bad)
        bad = gnutls_x509_crt_set_key(cert, key);
    return bad ? bad : gnutls_x509_crt_sign2(cert, cert, key, GNUTLS_DIG_SHA256, 0);
}

static int make_certificate(gnutls_x509_privkey_t key, int64_t now_us, struct buf *text)
{
    gnutls_x509_crt_t cert;
    gnutls_datum_t pem = {0};
    int bad = gnutls_x509_crt_init(&cert);
    if (bad)
        return bad;
    bad = sign(cert, key, now_us);
    if (!bad)
        bad = gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_PEM, &pem);
    if (!bad)
        add_pem(text, &pem);
    gnutls_x509_crt_deinit(cert);
    return bad;
}

static int make(const char *path, int64_t now_us, struct err *e)
{
    CLEANUP(buf_done) struct buf text = {0};
    gnutls_x509_privkey_t key;
    int bad = gnutls_x509_privkey_init(&key);
    if (!bad) {
        bad = make_key(key, &text);
        if (!bad)
            bad = make_certificate(key, now_us, &text);
        gnutls_x509_privkey_deinit(key);
    }
    int r = bad ? err_fail(e, ERR_INTERNAL, "could not make a key: %s", gnutls_strerror(bad))
                : file_write(path, text.data, text.len, 0600, e);
    if (text.len)
        sodium_memzero(text.data, text.len);
    return r;
}

int tls_own(const char *path, int64_t now_us, struct tls **out, struct err *e)
{
    int r = file_exists(path) ? 0 : make(path, now_us, e);
    return r ? r : tls_load(path, path, out, e);
}
