/* See control.h. ssh makes its socket under a longer name first and renames it, so less than the 108 bytes of a socket's address are left. */
#include "launch/control.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

enum { SOCKET_MOST = 84, HASH_BYTES = 8 };

/* Nobody else may have put it there, or look into it. */
static int check_private(const char *dir, struct err *e)
{
    struct stat st;
    char cause[TEXT_CAUSE_BYTES];
    if (lstat(dir, &st))
        return err_fail(e, ERR_FILE, "could not look at '%s': %s", dir, text_cause(errno, cause));
    if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 077)
        return err_fail(e, ERR_FILE, "'%s' must be a directory of this user's alone", dir);
    return 0;
}

static const char *short_dir(struct arena *a, const char *data)
{
    uint8_t hash[crypto_generichash_BYTES_MIN];
    char word[2 * HASH_BYTES + 1];
    crypto_generichash(hash, sizeof hash, (const uint8_t *)data, strlen(data), NULL, 0);
    sodium_bin2hex(word, sizeof word, hash, HASH_BYTES);
    return arena_printf(a, "/tmp/docket-%ld-%s", (long)geteuid(), word);
}

int control_path(struct arena *a, const char *data, int64_t site, const char **out_path, struct err *e)
{
    CLEANUP(cleanup_free) char *real = realpath(data, NULL);
    char cause[TEXT_CAUSE_BYTES];
    if (!real)
        return err_fail(e, ERR_FILE, "could not find '%s': %s", data, text_cause(errno, cause));
    const char *dir = arena_printf(a, "%s/ssh", real);
    *out_path = arena_printf(a, "%s/%lld", dir, (long long)site);
    if (strlen(*out_path) > SOCKET_MOST) {
        dir = short_dir(a, real);
        *out_path = arena_printf(a, "%s/%lld", dir, (long long)site);
    }
    if (mkdir(dir, 0700) && errno != EEXIST)
        return err_fail(e, ERR_FILE, "could not make '%s': %s", dir, text_cause(errno, cause));
    return check_private(dir, e);
}
