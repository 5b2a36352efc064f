/* How the program gets to a far side. That is played: a directory with a shell, whose PATH and uname are its own. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "check.h"
#include "launch/program.h"

static struct {
    struct loop *loop;
    char dir[64];
    int runs, sends;
    bool torn; /* what is sent does not come whole */
    far_answer_fn *fn;
    void *arg;
    struct buf said;
    struct loop_timer timer;
} far;

static void on_timer(void *arg)
{
    char home[sizeof far.dir + 8];
    struct far_answer a = {.text = buf_text(&far.said), .n = far.said.len, .home = home};
    snprintf(home, sizeof home, "%s/home", far.dir);
    far.fn(far.arg, &a);
}

static const char *there(struct arena *a, const char *name) { return arena_printf(a, "%s/%s", far.dir, name); }

/* Its input goes through a file, so that it can be torn. */
static void take_input(int fd, struct arena *a)
{
    static char bytes[4 * 1024 * 1024];
    struct err e;
    ssize_t n = fd >= 0 ? read(fd, bytes, sizeof bytes) : 0;
    far.sends += fd >= 0;
    if (file_write(there(a, "input"), bytes, (size_t)(far.torn ? n / 2 : n), 0600, &e))
        abort();
    if (fd >= 0)
        close(fd);
}

void site_run(struct site_link *k, const char *script, int in_fd, int64_t limit_us, far_answer_fn *fn, void *arg)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct err e;
    take_input(in_fd, &a);
    if (file_write(there(&a, "script"), script, strlen(script), 0600, &e) ||
        system(arena_printf(&a, "cd %s/home && PATH=%s/bin /bin/sh ../script <../input >../said", far.dir, far.dir)) == -1)
        abort();
    buf_done(&far.said);
    far.said = (struct buf){0};
    if (file_read(there(&a, "said"), 1 << 20, &far.said, &e))
        abort();
    far.runs++;
    far.fn = fn;
    far.arg = arg;
    loop_timer_init(far.loop, &far.timer, on_timer, NULL);
    loop_timer_set(&far.timer, clock_mono_us());
}

static char found[1024];

static void on_found(void *arg, const struct program_found *f)
{
    if (f->err)
        snprintf(found, sizeof found, "%s: %s", err_wire(f->err->code), f->err->text);
    else
        snprintf(found, sizeof found, "%s %s %s", f->kind, f->words[0], f->words[1] ? f->words[1] : "-");
    char *at = strstr(found, far.dir);
    if (at)
        memmove(at, at + strlen(far.dir), strlen(at + strlen(far.dir)) + 1);
    loop_stop(far.loop);
}

static const char *searched(const struct program_ask *ask)
{
    far.runs = far.sends = 0;
    snprintf(found, sizeof found, "nothing");
    program_find(far.loop, NULL, ask, on_found, NULL);
    loop_run(far.loop);
    return found;
}

static void command(const char *text)
{
    CLEANUP(arena_done) struct arena a = {0};
    if (system(arena_printf(&a, "cd %s && { %s; } >/dev/null 2>&1", far.dir, text)) != 0)
        abort();
}

/* A far side with the tools that any has, and no more. */
static void make_side(void)
{
    command("mkdir home bin && for t in sh cat cut head mkdir rm mv cp tar gzip sha256sum sed; do ln -s \"$(command -v $t)\" bin/$t; done");
    command("printf '#!/bin/sh\\necho Linux x86_64\\n' >bin/uname && chmod +x bin/uname");
    command("mkdir -p docket-9/bin && printf '#!/bin/sh\\necho docket 9\\n' >docket-9/bin/docket && chmod +x docket-9/bin/docket && tar -czf bundle.tar.gz docket-9");
}

static bool is_clean(void)
{
    CLEANUP(arena_done) struct arena a = {0};
    return system(arena_printf(&a, "! ls -A %s/home/.docket 2>/dev/null | grep -q part", far.dir)) == 0;
}

static void check_bundle(struct program_ask *ask)
{
    CHECK_TEXT("nothing is there, and nothing can be put there", searched(ask),
               "site_refused: the site 's' has no docket 9 in its PATH, no Python from 3.6 on, and this server has no bundle to be put there");
    CLEANUP(arena_done) struct arena a = {0};
    ask->bundle = arena_printf(&a, "%s/bundle.tar.gz", far.dir);
    far.torn = true;
    CHECK("a bundle that does not come whole is not there", strstr(searched(ask), "the bundle does not run there") && is_clean());
    far.torn = false;
    CHECK_TEXT("it is put there", searched(ask), "bundle /home/.docket/9/bin/docket -");
    CHECK("once", far.sends == 1 && is_clean());
    CHECK_TEXT("and found the next time", searched(ask), "bundle /home/.docket/9/bin/docket -");
    CHECK("without being sent", far.sends == 0 && far.runs == 1);
    command("echo x >>docket-9/README && tar -czf bundle.tar.gz docket-9");
    CHECK("another of that version is sent anew", strcmp(searched(ask), "bundle /home/.docket/9/bin/docket -") == 0 && far.sends == 1 && is_clean());
    command("printf '#!/bin/sh\\nexit 127\\n' >docket-9/bin/docket && tar -czf bundle.tar.gz docket-9");
    CHECK("one that does not run there is no program", strstr(searched(ask), "the bundle does not run there") && is_clean());
    command("printf '#!/bin/sh\\necho Darwin arm64\\n' >bin/uname");
    CHECK("nor is one for another machine", strstr(searched(ask), "the bundle is for another kind of machine") && far.sends == 0);
    ask->bundle = "/nonexistent/bundle.tar.gz";
    command("printf '#!/bin/sh\\necho Linux x86_64\\n' >bin/uname");
    CHECK("a bundle that cannot be read is said", strstr(searched(ask), "file: could not read the bundle '/nonexistent/bundle.tar.gz'") != NULL);
    ask->bundle = NULL;
}

static void check_python(struct program_ask *ask)
{
    command("printf '#!/bin/sh\\nexit 1\\n' >bin/python3 && chmod +x bin/python3");
    CHECK("a Python that is too old is none", strstr(searched(ask), "no Python from 3.6 on") && far.sends == 0);
    command("rm bin/python3 && ln -s /usr/bin/python3 bin/python3");
    far.torn = true;
    CHECK("docket.py that does not come whole is not there", strstr(searched(ask), "site_refused") != NULL && is_clean());
    far.torn = false;
    CHECK_TEXT("docket.py", searched(ask), "python3 python3 /home/.docket/9/docket.py");
    CHECK("is sent", far.sends == 1);
    CHECK("once", strcmp(searched(ask), "python3 python3 /home/.docket/9/docket.py") == 0 && far.sends == 0);
    command("echo '# x' >>home/.docket/9/docket.py");
    CHECK("and anew where it is another", strcmp(searched(ask), "python3 python3 /home/.docket/9/docket.py") == 0 && far.sends == 1);
}

static void check_there(struct program_ask *ask)
{
    command("printf '#!/bin/sh\\necho docket 8\\n' >bin/docket && chmod +x bin/docket");
    CHECK("another version in the PATH does not fit", strncmp(searched(ask), "python3 ", 8) == 0);
    command("printf '#!/bin/sh\\necho docket 9\\n' >bin/docket");
    CHECK_TEXT("the same does", searched(ask), "PATH docket -");
    ask->named = "/opt/it's/docket";
    CHECK_TEXT("one that is named and not there does not", searched(ask), "PATH docket -");
    CLEANUP(arena_done) struct arena a = {0};
    ask->named = arena_printf(&a, "%s/own docket", far.dir);
    command("cp bin/docket 'own docket'");
    CHECK_TEXT("one that is comes first", searched(ask), "named /own docket -");
}

int main(void)
{
    struct program_ask ask = {.site = "s", .app = "docket", .version = "9", .machine = "Linux x86_64"};
    far.loop = loop_new();
    snprintf(far.dir, sizeof far.dir, "/tmp/docket-program.XXXXXX");
    if (!mkdtemp(far.dir))
        abort();
    make_side();
    check_bundle(&ask);
    check_python(&ask);
    check_there(&ask);
    command("rm -rf home bin docket-9 *");
    rmdir(far.dir);
    buf_done(&far.said);
    loop_free(far.loop);
    return check_end();
}
