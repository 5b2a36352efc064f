/* See file_system.h; file_system.def is the list. FUSE is on it because what stands behind one cannot be seen: sshfs and the
 * like are shared, and nothing is lost where it is not. */
#include "base/file_system.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/statfs.h>

#include "base/cleanup.h"

static const struct {
    uint32_t magic;
    const char *name;
} SHARED[] = {
#define X(magic, name) {magic, name},
#include "base/file_system.def"
#undef X
};

const char *file_system_shared(const char *path)
{
    struct statfs fs;
    if (statfs(path, &fs))
        return NULL;
    for (size_t i = 0; i < COUNT_OF(SHARED); i++)
        if (SHARED[i].magic == (uint32_t)fs.f_type)
            return SHARED[i].name;
    return NULL;
}
