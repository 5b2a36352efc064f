/* See client_trust.h. The bundle's libcurl was built for Debian and looks for certificates where Debian keeps them; other systems
 * keep them elsewhere. */
#include "cli/client_trust.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/announced.h"

/* What OpenSSL finds wrong with a certificate (X509_V_ERR_… of its x509_vfy.h; libcurl hands the number on). */
enum { OK, UNSPECIFIED, NO_ISSUER_AT_ALL, NOT_YET = 9, EXPIRED = 10, SELF_SIGNED = 18, SELF_SIGNED_CHAIN = 19, NO_ISSUER = 20, NO_LEAF = 21 };

static const char *const PLACES[] = {
    "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Alpine, Arch */
    "/etc/pki/tls/certs/ca-bundle.crt",                  /* Red Hat */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* the same, newer */
    "/etc/ssl/ca-bundle.pem",                            /* SUSE */
    "/etc/ssl/cert.pem",                                 /* Alpine without ca-certificates */
};

static bool is_there(const char *path) { return path && *path && access(path, R_OK) == 0; }

/* NULL: libcurl knows, or nobody does. */
static const char *machines_own(void)
{
    const char *named = getenv("SSL_CERT_FILE");
    if (is_there(curl_version_info(CURLVERSION_NOW)->cainfo))
        return NULL;
    if (is_there(named))
        return named;
    for (size_t i = 0; i < COUNT_OF(PLACES); i++)
        if (is_there(PLACES[i]))
            return PLACES[i];
    return NULL;
}

static char *copy(const char *s) { return s ? strdup(s) : NULL; }

/* The directory is believed for the one URL that its server has. */
static void read_pin(struct client_trust *t, const char *url)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct announced there;
    free(t->pin);
    t->pin = NULL;
    if (!t->data || !announced_read(&a, t->data, &there) || !there.pin)
        return;
    if (announced_is(&there, url))
        t->pin = copy(there.pin);
}

bool client_trust_renew(struct client_trust *t, const char *url)
{
    CLEANUP(cleanup_free) char *before = copy(t->pin);
    if (!t->data)
        return false;
    read_pin(t, url);
    return t->pin && before && strcmp(t->pin, before) != 0;
}

void client_trust_init(struct client_trust *t, const char *url, const char *ca_file, const char *data)
{
    *t = (struct client_trust){.named = ca_file != NULL};
    if (strncmp(url, "https:", strlen("https:")) != 0)
        return;
    t->ca_file = copy(ca_file ? ca_file : machines_own());
    t->data = copy(data);
    read_pin(t, url);
}

void client_trust_init_pin(struct client_trust *t, const char *pin) { *t = (struct client_trust){.pin = copy(pin)}; }

bool client_trust_is_pin(const char *pin)
{
    enum { HASH_BYTES = 32 };
    static const char KIND[] = "sha256//";
    unsigned char hash[HASH_BYTES];
    const char *end;
    size_t n;
    if (strncmp(pin, KIND, strlen(KIND)) != 0)
        return false;
    const char *text = pin + strlen(KIND);
    return sodium_base642bin(hash, sizeof hash, text, strlen(text), NULL, &n, &end, sodium_base64_VARIANT_ORIGINAL) == 0 &&
           n == HASH_BYTES && !*end;
}

void client_trust_done(struct client_trust *t)
{
    free(t->ca_file);
    free(t->data);
    free(t->pin);
}

void client_trust_apply(const struct client_trust *t, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (t->pin) {
        curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, t->pin);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    } else if (t->ca_file) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, t->ca_file);
        if (t->named)
            curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
}

static void explain_certificate(const struct client_trust *t, const char *url, long found, const char *words, struct err *e)
{
    switch (found) {
    case OK: /* it is the name that libcurl minds */
    case UNSPECIFIED:
        err_fail(e, ERR_SERVER_AWAY, "the certificate of the server at %s is for another host", url);
        err_hint(e, "ask it by a name that its certificate holds");
        return;
    case NOT_YET:
        err_fail(e, ERR_SERVER_AWAY, "the certificate of the server at %s does not count yet", url);
        err_hint(e, "is the clock of this machine right?");
        return;
    case EXPIRED:
        err_fail(e, ERR_SERVER_AWAY, "the certificate of the server at %s has expired", url);
        err_hint(e, "renew it there; the server reads it anew on SIGHUP");
        return;
    case NO_ISSUER_AT_ALL:
    case SELF_SIGNED:
    case SELF_SIGNED_CHAIN:
    case NO_ISSUER:
    case NO_LEAF:
        err_fail(e, ERR_SERVER_AWAY, "the certificate of the server at %s is signed by nobody who is trusted %s%s", url,
                 t->named ? "in " : "here", t->named ? t->ca_file : "");
        err_hint(e, "name a file with the certificate of who signed it: --ca-file FILE, or DOCKET_CA_FILE");
        return;
    default: err_fail(e, ERR_SERVER_AWAY, "the certificate of the server at %s is no good: %s", url, words);
    }
}

/* TLS was begun, and what came back is none. */
static void explain_connect(const char *url, const char *words, struct err *e)
{
    bool plain = strstr(words, "wrong version number") || strstr(words, "unexpected message") || strstr(words, "packet length");
    if (!plain) {
        err_fail(e, ERR_SERVER_AWAY, "the server at %s and this client find no common TLS: %s", url, words);
        return;
    }
    err_fail(e, ERR_SERVER_AWAY, "the server at %s does not speak TLS", url);
    err_hint(e, "ask it by http:// instead of https://, if what is in between can be trusted");
}

bool client_trust_explain(const struct client_trust *t, const char *url, CURL *easy, CURLcode code, const char *curls_words,
                          struct err *e)
{
    long found = 0;
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
        curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &found);
        explain_certificate(t, url, found, curls_words, e);
        return true;
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        if (!t->data) {
            err_fail(e, ERR_SERVER_AWAY, "what answers at %s has another key than the one it was to be known by", url);
            err_hint(e, "is another program on its port? --pin, or DOCKET_PIN, names the key");
            return true;
        }
        err_fail(e, ERR_SERVER_AWAY, "what answers at %s has another key than the server of '%s'", url, t->data);
        err_hint(e, "is another program on its port? docket serve writes its own key down when it starts and on SIGHUP");
        return true;
    case CURLE_SSL_CACERT_BADFILE:
        err_fail(e, ERR_SERVER_AWAY, "'%s' holds no certificates to trust a server by", t->ca_file ? t->ca_file : "CA file");
        return true;
    case CURLE_SSL_CONNECT_ERROR: explain_connect(url, curls_words, e); return true;
    default: return false;
    }
}
