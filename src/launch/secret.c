/* See secret.h. BLAKE2b with a key (RFC 7693): whoever has one token learns nothing of another. */
#include "launch/secret.h"

#include <sodium.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/file.h"

enum { KEY_BYTES = 32, BYTES = SECRET_CHARS * 3 / 4 };

static int read_key(const char *path, struct buf *key, struct err *e)
{
    uint8_t fresh[KEY_BYTES];
    if (!file_exists(path)) {
        randombytes_buf(fresh, sizeof fresh);
        int r = file_write(path, fresh, sizeof fresh, 0600, e);
        sodium_memzero(fresh, sizeof fresh);
        if (r)
            return r;
    }
    int r = file_read(path, KEY_BYTES, key, e);
    return r || key->len == KEY_BYTES ? r : err_fail(e, ERR_FILE, "'%s' is no key: remove it, and another is made", path);
}

int secret_draw(const char *data, const char *submission, char out[SECRET_CHARS + 1], struct err *e)
{
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(buf_done) struct buf key = {0};
    uint8_t bytes[BYTES];
    int r = read_key(arena_printf(&a, "%s/jobs.key", data), &key, e);
    if (r)
        return r;
    crypto_generichash(bytes, sizeof bytes, (const uint8_t *)submission, strlen(submission), (const uint8_t *)key.data, key.len);
    sodium_bin2base64(out, SECRET_CHARS + 1, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(key.data, key.len);
    sodium_memzero(bytes, sizeof bytes);
    return 0;
}
