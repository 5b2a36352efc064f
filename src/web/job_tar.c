/* See job_tar.h. A link that goes up behind a name would depend on what that name is, so only its beginning may. */
#include "web/job_tar.h"

#include <archive_entry.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"

/* Is the first part of the path so? */
static bool begins(const char *path, const char *part)
{
    size_t n = strcspn(path, "/");
    return n == strlen(part) && strncmp(path, part, n) == 0;
}

static const char *behind(const char *path)
{
    path += strcspn(path, "/");
    return path + strspn(path, "/");
}

bool job_tar_path_stays(const char *path)
{
    if (*path == '/' || !*path)
        return false;
    for (; *path; path = behind(path))
        if (begins(path, ".."))
            return false;
    return true;
}

/* How many folders it stands in. */
static int depth_of(const char *path)
{
    int depth = 0;
    for (; *path; path = behind(path))
        depth += !begins(path, ".");
    return depth - 1;
}

bool job_tar_link_stays(const char *path, const char *target)
{
    int up = 0;
    for (; begins(target, "..") || begins(target, "."); target = behind(target))
        up += begins(target, "..");
    return up <= depth_of(path) && (!*target || job_tar_path_stays(target));
}

static int refuse(const char *path, const char *why, struct err *e)
{
    CLEANUP(buf_done) struct buf shown = {0};
    text_cut(&shown, path, 200);
    return err_refuse(e, ERR_BAD_FIELD, "'%s' in the tar %s", buf_text(&shown), why);
}

int job_tar_check(struct archive_entry *entry, struct err *e)
{
    const char *path = archive_entry_pathname(entry), *link = archive_entry_symlink(entry), *hard = archive_entry_hardlink(entry);
    if (!path)
        return refuse("?", "has a name that cannot be read", e);
    if (!job_tar_path_stays(path))
        return refuse(path, "would leave the folder", e);
    if (hard)
        return job_tar_path_stays(hard) ? 0 : refuse(path, "is a link that leaves the folder", e);
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
    case AE_IFDIR: return 0;
    case AE_IFLNK: return link && job_tar_link_stays(path, link) ? 0 : refuse(path, "is a link that leaves the folder", e);
    default: return refuse(path, "is neither a file, a folder nor a link", e);
    }
}
