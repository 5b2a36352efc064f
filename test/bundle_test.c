/* The bundle as a file: what tar makes of it, and that it is always the same. */
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "check.h"
#include "cli/bundle.h"
#include "cli/bundle_pack.h"

static char dir[] = "/tmp/docket-bundle.XXXXXX";

static bool shell(const char *text)
{
    CLEANUP(arena_done) struct arena a = {0};
    return system(arena_printf(&a, "cd %s && { %s; }", dir, text)) == 0;
}

int main(void)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct err e = {0};
    if (!mkdtemp(dir))
        abort();
    const char *root = arena_printf(&a, "%s/root", dir), *one = arena_printf(&a, "%s/one.tar.gz", dir), *two = arena_printf(&a, "%s/two.tar.gz", dir);
    shell("mkdir -p root/bin root/lib && printf '#!/bin/sh\\necho it runs\\n' >root/bin/docket && chmod 700 root/bin/docket && ln -s docket root/bin/qdo && "
          "head -c 3000000 /dev/urandom >root/lib/large && : >root/lib/empty && mkfifo root/lib/pipe");
    CHECK("it is packed", bundle_pack(root, "docket-9", one, &e) == 0);
    CHECK("what comes out is what went in", shell("mkdir out && tar -xzf one.tar.gz -C out && rm root/lib/pipe && diff -r root out/docket-9"));
    CHECK("and runs", shell("[ \"$(out/docket-9/bin/qdo)\" = 'it runs' ]"));
    CHECK("it is nobody else's to read", shell("[ \"$(stat -c %a one.tar.gz)\" = 600 ] && [ ! -e one.tar.gz.part ]"));
    shell("touch root/bin/docket && chmod 755 root/bin/docket");
    CHECK("the same tree makes the same bytes", bundle_pack(root, "docket-9", two, &e) == 0 && shell("cmp one.tar.gz two.tar.gz"));
    shell("echo more >>root/lib/empty");
    CHECK("one that is there is left", bundle_pack(root, "docket-9", two, &e) == 0 && shell("cmp one.tar.gz two.tar.gz"));
    CHECK("a tree that is not there", bundle_pack("/nonexistent", "x", arena_printf(&a, "%s/three", dir), &e) == -ERR_FILE && shell("[ ! -e three ] && [ ! -e three.part ]"));
    CHECK("this test is no bundle", bundle_root(&a) == NULL);
    shell("rm -rf root out one.tar.gz two.tar.gz");
    rmdir(dir);
    return check_end();
}
