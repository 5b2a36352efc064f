/* Put under a server with LD_PRELOAD: counts how often it has a file written through to the disk (fsync, fdatasync), over all of
 * its processes, into the file $SYNC_COUNT (a 64-bit number). What is called durable can be held against it: with one
 * request under way per connection no more than CONNECTIONS answers can be behind one of them. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t *counter;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("SYNC_COUNT");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *page = fd >= 0 ? mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    counter = page == MAP_FAILED ? NULL : page;
    if (fd >= 0)
        close(fd);
}

static int counted(const char *name, int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    if (counter)
        __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
    return real(fd);
}

int fsync(int fd) { return counted("fsync", fd); }
int fdatasync(int fd) { return counted("fdatasync", fd); }
