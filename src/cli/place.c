/* See place.h. The XDG variables count only when they are absolute, as their standard asks. */
#include "cli/place.h"

#include <errno.h>
#include <stdbool.h>
#include <pwd.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file_system.h"

enum { HASH_BYTES = 16 };

static const char *home(void)
{
    const char *h = getenv("HOME");
    if (h && *h == '/')
        return h;
    const struct passwd *user = getpwuid(getuid());
    return user && user->pw_dir ? user->pw_dir : "/";
}

static const char *below(struct arena *a, const char *variable, const char *otherwise, const char *tail)
{
    const char *base = getenv(variable);
    if (base && *base == '/')
        return arena_printf(a, "%s/%s", base, tail);
    return arena_printf(a, "%s/%s/%s", home(), otherwise, tail);
}

const char *place_data(struct arena *a) { return below(a, "XDG_DATA_HOME", ".local/share", "docket"); }
const char *place_settings(struct arena *a) { return below(a, "XDG_CONFIG_HOME", ".config", "docket/docket.conf"); }

const char *place_local(struct arena *a)
{
    struct stat st;
    const char *parent = getuid() ? "/var/tmp" : "/var/lib";
    const char *path = getuid() ? arena_printf(a, "%s/docket-%ld", parent, (long)getuid()) : PLACE_SYSTEM_DATA;
    bool free = lstat(path, &st) ? errno == ENOENT : S_ISDIR(st.st_mode) && st.st_uid == getuid();
    return free && access(parent, W_OK) == 0 && !file_system_shared(parent) ? path : NULL;
}

const char *place_expand(struct arena *a, const char *path)
{
    return strncmp(path, "~/", 2) == 0 ? arena_printf(a, "%s/%s", home(), path + 2) : path;
}

static const char *hex(struct arena *a, const unsigned char bytes[HASH_BYTES])
{
    char *text = arena_alloc(a, HASH_BYTES * 2 + 1);
    return sodium_bin2hex(text, HASH_BYTES * 2 + 1, bytes, HASH_BYTES);
}

const char *place_hash(struct arena *a, const void *bytes, size_t n)
{
    unsigned char hash[HASH_BYTES];
    crypto_generichash(hash, sizeof hash, bytes, n, NULL, 0);
    return hex(a, hash);
}

const char *place_random(struct arena *a)
{
    unsigned char bytes[HASH_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    return hex(a, bytes);
}

int place_run(struct arena *a, const char *file, const char **out_path, struct err *e)
{
    CLEANUP(cleanup_free) char *real = realpath(file, NULL);
    if (!real)
        return err_fail(e, ERR_FILE, "could not open '%s': %s", file, strerror(errno));
    *out_path = arena_printf(a, "%s/run/%s", place_data(a), place_hash(a, real, strlen(real)));
    return 0;
}

const char *place_run_fresh(struct arena *a)
{
    return arena_printf(a, "%s/run/%s", place_data(a), place_random(a));
}
