/* Sites over their facade, on this machine: jobs are started once, looked at, cancelled, read and cleaned away in a home directory
 * of the test's own; and what a far side may say, sense or nonsense, is read strictly. */
#include "launch/site.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "check.h"
#include "launch/site_inner.h"

static struct loop *loop;
static struct site_link *site;
static char home[] = "/tmp/docket-launch.XXXXXX";

#define HASH "0123456789abcdef"

/* ---- asking, and waiting for the answer */

struct told {
    int count;
    struct far_start start;
    char batch[64];
    struct err err; /* code 0: none */
    struct buf text;
    int port;
};

static void wait_told(struct told *t)
{
    int64_t until_us = clock_mono_us() + 60 * CLOCK_SECOND;
    while (!t->count && clock_mono_us() < until_us)
        loop_turn(loop, 100 * CLOCK_MS);
    CHECK("answered once", t->count == 1);
}

static void on_start(void *arg, const struct far_start *s)
{
    struct told *t = arg;
    t->count++;
    t->start = *s;
    t->err = s->err;
    snprintf(t->batch, sizeof t->batch, "%s", s->batch);
}

static void on_done(void *arg, const struct err *e)
{
    struct told *t = arg;
    t->count++;
    t->err = e ? *e : (struct err){0};
}

static void on_answer(void *arg, const struct far_answer *a)
{
    struct told *t = arg;
    on_done(t, a->err);
    buf_add(&t->text, a->text, a->n);
}

static void on_port(void *arg, const struct err *e, int port)
{
    struct told *t = arg;
    on_done(t, e);
    t->port = port;
}

/* The one state of a look, as one line. */
static void on_look(void *arg, const struct far_look *look)
{
    struct told *t = arg;
    on_done(t, look->err);
    for (int i = 0; i < look->count; i++) {
        const struct far_state *s = &look->states[i];
        buf_printf(&t->text, "%s_%lld %d %s %lld%s%s\n", s->hash, (long long)s->n, (int)s->state, s->reason ? s->reason : "-",
                   s->exitcode == NONE ? -1LL : (long long)s->exitcode, s->settings ? " " : "", s->settings ? s->settings : "");
    }
}

static struct far_job job_of(int n, const char *script)
{
    static char unique[32], settings[64];
    snprintf(unique, sizeof unique, "docket-7-%d", n);
    snprintf(settings, sizeof settings, "{\"unique\":\"docket-7-%d\"}", n);
    return (struct far_job){.app = "docket", .hash = HASH, .n = n, .unique = unique, .settings = settings, .script = script, .files_fd = -1};
}

static struct far_name name_of(int n)
{
    static char unique[32];
    snprintf(unique, sizeof unique, "docket-7-%d", n);
    return (struct far_name){"docket", HASH, n, unique, NULL};
}

static struct told start(const struct far_job *j)
{
    struct told t = {0};
    site_start(site, j, on_start, &t);
    wait_told(&t);
    return t;
}

static struct told start_script(int n, const char *script)
{
    struct far_job j = job_of(n, script);
    return start(&j);
}

static const char *look_at(int n, bool known, int64_t now_us)
{
    static struct buf kept;
    static const char *const APPS[] = {"docket"};
    const struct far_name name = name_of(n);
    struct told t = {0};
    site_look(site, APPS, 1, &name, known, now_us, on_look, &t);
    wait_told(&t);
    buf_clear(&kept);
    buf_puts(&kept, t.err.code ? t.err.text : buf_text(&t.text));
    buf_done(&t.text);
    return buf_text(&kept);
}

/* The state of job n; 0: it is not told of. */
static int state_of(int n)
{
    char begin[64];
    snprintf(begin, sizeof begin, "%s_%d ", HASH, n);
    const char *at = strstr(look_at(n, true, 1000 * CLOCK_SECOND), begin);
    return at ? at[strlen(begin)] - '0' : 0;
}

static bool becomes(int n, enum job_state state)
{
    int64_t until_us = clock_mono_us() + 20 * CLOCK_SECOND;
    while (state_of(n) != (int)state)
        if (clock_mono_us() > until_us)
            return false;
    return true;
}

static const char *line_of(int n)
{
    static char line[512];
    char begin[64];
    snprintf(begin, sizeof begin, "%s_%d ", HASH, n);
    const char *at = strstr(look_at(n, true, 1000 * CLOCK_SECOND), begin);
    snprintf(line, sizeof line, "%.*s", at ? (int)strcspn(at, "\n") - (int)strlen(begin) : 0, at ? at + strlen(begin) : "");
    return line;
}

static struct told on_jobs(void (*verb)(struct site_link *, const struct far_name *, int, far_done_fn *, void *), int n)
{
    const struct far_name name = name_of(n);
    struct told t = {0};
    verb(site, &name, 1, on_done, &t);
    wait_told(&t);
    return t;
}

static const char *path_of(int n, const char *file)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/.docket/%s_%d/%s", home, HASH, n, file);
    return path;
}

static const char *content(const char *path)
{
    static char text[4096];
    CLEANUP(cleanup_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    text[got > 0 ? got : 0] = '\0';
    return text;
}

static const char *read_part(int n, enum far_part part, int64_t from, int64_t max, struct err *e)
{
    static char text[4096];
    CLEANUP(cleanup_fd) int fd = memfd_create("part", MFD_CLOEXEC);
    const struct far_name name = name_of(n);
    struct told t = {0};
    site_read(site, &name, part, from, max, fd, on_done, &t);
    wait_told(&t);
    *e = t.err;
    ssize_t got = pread(fd, text, sizeof text - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    return text;
}

/* ---- on this machine */

static void test_life(void)
{
    struct err e;
    struct told t = start_script(1, "echo out; echo words >&2; pwd; exit 3");
    CHECK("a job starts", t.start.outcome == FAR_STARTED && far_number(t.batch, '\0') > 1);
    CHECK("it ends", becomes(1, JOB_FAILED));
    CHECK_TEXT("as it did", line_of(1), "5 exit 3 3");
    char wanted[256];
    snprintf(wanted, sizeof wanted, "out\n%s\n", path_of(1, "files"));
    CHECK_TEXT("what it printed", read_part(1, FAR_STDOUT, 0, 1000, &e), wanted);
    CHECK_TEXT("from a byte on", read_part(1, FAR_STDOUT, 2, 3, &e), "t\n/");
    CHECK_TEXT("beyond its end", read_part(1, FAR_STDOUT, 1000, 3, &e), "");
    CHECK_TEXT("and to stderr", read_part(1, FAR_STDERR, 0, 1000, &e), "words\n");
    CHECK_TEXT("it wrote its exit", content(path_of(1, "exit")), "3\n");
    read_part(1, FAR_FILES, 0, 100, &e);
    CHECK("a tar that is larger than asked for is refused", e.code == ERR_TOO_LARGE);
    read_part(1, FAR_FILES, 0, 1000000, &e);
    CHECK("else it is given", e.code == 0);
    t = on_jobs(site_clean, 1);
    CHECK("it is cleaned away", t.err.code == 0 && access(path_of(1, ""), F_OK) != 0);
    CHECK_TEXT("then it is lost", line_of(1), "7 its folder is gone -1");
    read_part(1, FAR_STDOUT, 0, 10, &e);
    CHECK_TEXT("and cannot be read", e.text, "its folder is gone");
    t = on_jobs(site_clean, 1);
    CHECK("cleaning twice is cleaning once", t.err.code == 0);
}

static void test_once(void)
{
    const char *script = "echo begun >>../count; sleep 0.3";
    struct told first = {0}, second = {0}, third;
    struct far_job j = job_of(2, script);
    site_start(site, &j, on_start, &first);
    site_start(site, &j, on_start, &second);
    wait_told(&first);
    wait_told(&second);
    CHECK("asked twice at once", first.start.outcome == FAR_STARTED && second.start.outcome == FAR_STARTED);
    CHECK("it ends well", becomes(2, JOB_FINISHED));
    third = start_script(2, script);
    CHECK("and asked once more", third.start.outcome == FAR_STARTED);
    CHECK_TEXT("it is the same process", third.batch, first.batch);
    CHECK_TEXT("that ran once", content(path_of(2, "count")), "begun\n");
    j = job_of(2, script);
    j.unique = "docket-8-2";
    j.settings = "{\"unique\":\"docket-8-2\"}";
    CHECK("a folder of another is left alone", start(&j).start.outcome == FAR_TAKEN);
    CHECK_TEXT("with what it has", content(path_of(2, "settings.json")), "{\"unique\":\"docket-7-2\"}");
    on_jobs(site_clean, 2);
}

static void test_cancel(void)
{
    start_script(3, "sleep 100 & sleep 100");
    CHECK("it runs", becomes(3, JOB_RUNNING));
    CHECK("it is told to end", on_jobs(site_cancel, 3).err.code == 0);
    CHECK("and does", becomes(3, JOB_CANCELLED));
    CHECK_TEXT("by a signal", content(path_of(3, "exit")), "143\n");
    CHECK("cancelling what has ended is done", on_jobs(site_cancel, 3).err.code == 0);
    start_script(4, "trap '' TERM; while :; do sleep 0.2; done");
    becomes(4, JOB_RUNNING);
    on_jobs(site_cancel, 4);
    CHECK("one that does not listen is ended", becomes(4, JOB_CANCELLED));
    CHECK_TEXT("by KILL", content(path_of(4, "exit")), "137\n");
    CHECK("cancelling what is not there is done", on_jobs(site_cancel, 99).err.code == 0);
    on_jobs(site_clean, 3);
    on_jobs(site_clean, 4);
}

static void test_walltime(void)
{
    struct far_job j = job_of(5, "sleep 100");
    j.walltime_us = CLOCK_SECOND;
    start(&j);
    CHECK("its time is over", becomes(5, JOB_FAILED));
    CHECK_TEXT("and that is why", line_of(5), "5 walltime 143");
    on_jobs(site_clean, 5);
}

/* Whatever happens to its process. */
static void test_gone(void)
{
    struct told t = start_script(6, "sleep 100");
    becomes(6, JOB_RUNNING);
    int group = atoi(t.batch);
    char saved[256];
    snprintf(saved, sizeof saved, "%s", content(path_of(6, "pid")));
    FILE *f = fopen(path_of(6, "pid"), "w");
    fprintf(f, "%d 12345 %s\n", group, strrchr(strtok(saved, "\n"), ' ') + 1);
    fclose(f);
    CHECK_TEXT("a process of the same number is not it", line_of(6), "7 its process is gone -1");
    f = fopen(path_of(6, "pid"), "w");
    fprintf(f, "%d 12345 another-boot\n", group);
    fclose(f);
    CHECK_TEXT("nor one of another boot", line_of(6), "7 the host was started anew -1");
    kill(-group, SIGKILL);
    on_jobs(site_clean, 6);
}

static void test_files(void)
{
    char tar[256], command[512];
    snprintf(tar, sizeof tar, "%s/up.tar", home);
    snprintf(command, sizeof command, "cd %s && mkdir up && echo hello >up/greeting && tar -cf up.tar -C up .", home);
    CHECK("a directory", system(command) == 0);
    struct far_job j = job_of(7, "cat greeting");
    struct err e;
    j.files_fd = open(tar, O_RDONLY | O_CLOEXEC);
    CHECK("goes with a job", start(&j).start.outcome == FAR_STARTED);
    CHECK("which runs in it", becomes(7, JOB_FINISHED));
    CHECK_TEXT("and reads it", read_part(7, FAR_STDOUT, 0, 100, &e), "hello\n");
    j = job_of(8, "cat greeting");
    j.files_fd = memfd_create("no tar", MFD_CLOEXEC);
    CHECK("a file that is no tar", write(j.files_fd, "nothing of that kind", 20) == 20);
    struct told t = start(&j);
    CHECK("is refused", t.start.outcome == FAR_REFUSED && strstr(t.err.text, "could not be unpacked"));
    CHECK("and leaves nothing", access(path_of(8, ""), F_OK) != 0);
    j = job_of(8, "true");
    j.files_fd = memfd_create("large", MFD_CLOEXEC);
    CHECK("one of more than LIMIT_JOB_FILES bytes", ftruncate(j.files_fd, LIMIT_JOB_FILES + 1) == 0);
    t = start(&j);
    CHECK("is refused here", t.start.outcome == FAR_REFUSED && t.err.code == ERR_TOO_LARGE);
    on_jobs(site_clean, 7);
}

static void test_hostile(void)
{
    struct err e;
    struct far_job j = job_of(9, "printf '%s\\n' \"it's $((1+1)) `echo \\\\` \\$(x)\"\n\n");
    j.settings = "{\"name\":\"it's; $(touch ~/gone) `touch ~/gone` -- \\n \\u0000 \xc3\xa4 %s\",\"unique\":\"docket-7-9\"}";
    j.token = "secret'$(touch ~/gone)";
    CHECK("quotes and dollars", start(&j).start.outcome == FAR_STARTED && becomes(9, JOB_FINISHED));
    CHECK_TEXT("are what they were", content(path_of(9, "settings.json")), j.settings);
    CHECK_TEXT("in the script as well", read_part(9, FAR_STDOUT, 0, 100, &e), "it's 2 \\ $(x)\n");
    char gone[128];
    snprintf(gone, sizeof gone, "%s/gone", home);
    CHECK("nothing was run", access(gone, F_OK) != 0);
    CHECK("the token has gone with its end", access(path_of(9, "token"), F_OK) != 0);
    on_jobs(site_clean, 9);
    static const char *const APPS[] = {"", "-rf", "../x", "a/b", "a b", "a\nb", ".", "..", "$(x)", "a'b"};
    for (size_t i = 0; i < COUNT_OF(APPS); i++) {
        j = job_of(10, "true");
        j.app = APPS[i];
        CHECK("an app of that name is refused", start(&j).err.code == ERR_BAD_NAME);
    }
    j = job_of(10, "true");
    j.hash = "../../../../etc/x";
    CHECK("so is a hash", start(&j).err.code == ERR_BAD_NAME);
    j = job_of(10, "true");
    j.unique = "a b";
    CHECK("and a submission", start(&j).err.code == ERR_BAD_NAME);
    j = job_of(10, "true");
    j.settings = "{\"unique\":\"docket-7-10\",\n}";
    CHECK("settings are one line", start(&j).start.outcome == FAR_REFUSED);
}

static void test_links(void)
{
    char victim[128], link_at[256], app[128];
    snprintf(victim, sizeof victim, "%s/victim", home);
    snprintf(link_at, sizeof link_at, "%s", path_of(11, ""));
    snprintf(app, sizeof app, "%s/.docket", home);
    link_at[strlen(link_at) - 1] = '\0';
    mkdir(app, 0700);
    mkdir(victim, 0700);
    char file[160];
    snprintf(file, sizeof file, "%s/settings.json", victim);
    fclose(fopen(file, "w"));
    CHECK("a link in the place of a folder", symlink(victim, link_at) == 0);
    struct told t = on_jobs(site_clean, 11);
    CHECK("is not followed by clean", t.err.code == ERR_SITE_REFUSED && access(file, F_OK) == 0);
    t = start_script(11, "true");
    CHECK("nor by start", t.start.outcome != FAR_STARTED && access(path_of(11, "job.sh"), F_OK) != 0);
    unlink(link_at);
}

static void test_found(void)
{
    start_script(12, "true");
    becomes(12, JOB_FINISHED);
    CHECK_TEXT("a job that was not named comes with its settings", look_at(12, false, 1000 * CLOCK_SECOND),
               HASH "_12 4 - 0 {\"unique\":\"docket-7-12\"}\n");
    CHECK_TEXT("each time", look_at(12, false, 1000 * CLOCK_SECOND), HASH "_12 4 - 0 {\"unique\":\"docket-7-12\"}\n");
    CHECK_TEXT("one that was without", look_at(12, true, 1000 * CLOCK_SECOND), HASH "_12 4 - 0\n");
    on_jobs(site_clean, 12);
    char app[128], away[160];
    snprintf(app, sizeof app, "%s/.docket", home);
    snprintf(away, sizeof away, "%s/.away", home);
    rename(app, away);
    CHECK_TEXT("all folders gone at once", look_at(12, true, 1000 * CLOCK_SECOND), HASH "_12 0 - -1\n");
    CHECK_TEXT("are doubted for a minute", look_at(12, true, 1059 * CLOCK_SECOND), HASH "_12 0 - -1\n");
    CHECK_TEXT("and then lost", look_at(12, true, 1060 * CLOCK_SECOND), HASH "_12 7 its folder is gone -1\n");
    rename(away, app);
}

static void test_scripts(void)
{
    struct told t = {0};
    site_run(site, "pwd; exit 3", -1, 0, on_answer, &t);
    wait_told(&t);
    char wanted[128];
    snprintf(wanted, sizeof wanted, "%s\n", home);
    CHECK_TEXT("a script runs at home", buf_text(&t.text), wanted);
    buf_done(&t.text);
    t = (struct told){0};
    site_run(site, "echo ${NOTIFY_SOCKET-none} ${DATABASE_URL-none} ${KEPT-none}", -1, 0, on_answer, &t);
    wait_told(&t);
    CHECK_TEXT("without what is said to the server alone", buf_text(&t.text), "none none kept\n");
    buf_done(&t.text);
    t = (struct told){0};
    site_run(site, "kill -9 $$", -1, 0, on_answer, &t);
    wait_told(&t);
    CHECK("one that takes the shell with it has no answer", t.err.code == ERR_SITE_AWAY);
    buf_done(&t.text);
    t = (struct told){0};
    site_run(site, "sleep 60", -1, CLOCK_SECOND / 5, on_answer, &t);
    wait_told(&t);
    CHECK_TEXT("nor one that takes too long", t.err.text, "no answer in time");
    buf_done(&t.text);
    t = (struct told){0};
    site_forward(site, 4711, 0, on_port, &t);
    wait_told(&t);
    CHECK("here a port is itself", t.port == 4711 && !t.err.code);
    struct told late = {0};
    site_run(site, "sleep 60", -1, 0, on_answer, &late);
    loop_turn(loop, 0);
    site_link_free(site);
    CHECK("what waits when a link ends is told so", late.count == 1 && late.err.code == ERR_STOPPING);
    buf_done(&late.text);
}

/* ---- what a far side says */

static void test_options(void)
{
    struct err e;
    static const struct {
        struct site_options o;
        bool good;
    } CASES[] = {
        {{.kind = "local"}, true},
        {{.kind = "slurm"}, true},
        {{.kind = "ssh", .host = "me@there", .control = "/tmp/c"}, true},
        {{.kind = "ssh"}, false},
        {{.kind = "local", .host = "there", .control = "/tmp/c"}, false},
        {{.kind = "ssh", .host = "-oProxyCommand=x", .control = "/tmp/c"}, false},
        {{.kind = "ssh", .host = "a b", .control = "/tmp/c"}, false},
        {{.kind = "ssh", .host = "a\nb", .control = "/tmp/c"}, false},
        {{.kind = "ssh", .host = "a"}, false},
        {{.kind = "ssh", .host = "a", .control = "/tmp/c", .port = 65536}, false},
        {{.kind = "lsf"}, false},
        {{.kind = NULL}, false},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++)
        CHECK("options", (site_check_options(&CASES[i].o, &e) == 0) == CASES[i].good);
}

static void test_replies(void)
{
    static const struct {
        const char *text, *lines;
    } CASES[] = {
        {"\ndocket 1\t100\tboot\t/home/me\na\nb\nend\n", "a\nb\n"},
        {"Welcome!\nto you\ndocket 1\t100\tboot\t/home/me\nend\n", ""},
        {"\ndocket 1\t100\tboot\t/home/me\na\nend", NULL},
        {"\ndocket 1\t100\tboot\t/home/me\na\n", NULL},
        {"\ndocket 1\t100\tboot\na\nend\n", NULL},
        {"\ndocket 1\t100\tboot\t/home\tx\na\nend\n", NULL},
        {"\ndocket 1\tsoon\tboot\t/home\na\nend\n", NULL},
        {"\ndocket 1\t99999999999999999999\tboot\t/home\na\nend\n", NULL},
        {"\ndocket 2\t100\tboot\t/home\na\nend\n", NULL},
        {"end\n", NULL},
        {"", NULL},
        {"\ndocket 1\t100\tboot\t/home/me\nend\n", ""},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        char text[256];
        struct far_reply r;
        struct err e;
        snprintf(text, sizeof text, "%s", CASES[i].text);
        bool read = far_read_reply(text, strlen(text), &r, &e) == 0;
        CHECK("an answer is whole, or none", read == (CASES[i].lines != NULL));
        if (read)
            CHECK_TEXT("its lines", r.lines, CASES[i].lines);
    }
}

static struct far_seen seen_of(const char *status, const char *pid, const char *exit, const char *process)
{
    return (struct far_seen){.status = status, .pid = pid, .exit = exit, .folder = true, .folders = true, .boot = "b", .process = process,
                             .asked = true, .scheduler = true};
}

static void judge(const char *name, bool batch, const struct far_seen *seen, const char *wanted)
{
    struct far_verdict v;
    char got[400];
    (batch ? far_judge_batch : far_judge_process)(seen, &v);
    snprintf(got, sizeof got, "%d %s %lld %s", (int)v.state, v.reason[0] ? v.reason : "-", v.exitcode == NONE ? -1LL : (long long)v.exitcode,
             v.doubt ? v.doubt : "-");
    CHECK_TEXT(name, got, wanted);
}

static void test_process_states(void)
{
    struct far_seen s = seen_of("running\t\t5\t", "7 11 b", NULL, "11");
    judge("a process that is there", false, &s, "3 - -1 -");
    s = seen_of("running\t\t5\t", "7 11 b", NULL, NULL);
    judge("one that is not", false, &s, "7 its process is gone -1 -");
    s.cancel = "9";
    judge("after a cancel", false, &s, "6 - -1 -");
    s = seen_of("finished\t\t5\t6", "7 11 a", "0", NULL);
    judge("what has ended survives a reboot", false, &s, "4 - 0 -");
    s = seen_of("failed\twalltime\t5\t6", "7 11 b", "0", NULL);
    judge("walltime", false, &s, "5 walltime 0 -");
    s = seen_of("running\t\t5\t", "7 11 b", "137", NULL);
    judge("an end between two steps", false, &s, "5 signal 9 (KILL) 137 -");
    s = seen_of("submitted\t\t\t", NULL, NULL, NULL);
    judge("not begun", false, &s, "1 - -1 it never began");
    s = seen_of("\x1b[2Jrunning", "7 ; rm", "-3", "11");
    judge("nonsense", false, &s, "1 - -1 it never began");
    s = seen_of("failed\t\x1b]0;x\x07 bad\t5\t6", "7 11 b", "1", NULL);
    judge("control characters in a reason", false, &s, "5 ]0;x bad 1 -");
}

static void test_batch_states(void)
{
    static const struct {
        const char *word, *reason, *exit, *wanted;
    } CASES[] = {
        {"PENDING", "Priority", NULL, "2 Priority -1 -"},
        {"RUNNING", "None", NULL, "3 - -1 -"},
        {"COMPLETING", "None", "0", "3 - -1 -"},
        {"COMPLETED", "None", "0", "4 - 0 -"},
        {"COMPLETED", "None", NULL, "4 - 0 -"},
        {"FAILED", "NonZeroExitCode", "3", "5 exit 3 3 -"},
        {"TIMEOUT", "TimeLimit", "143", "5 TIMEOUT 143 -"},
        {"OUT_OF_MEMORY", "OutOfMemory", NULL, "5 OUT_OF_MEMORY -1 -"},
        {"NODE_FAIL", "NodeDown", NULL, "5 NODE_FAIL -1 -"},
        {"PREEMPTED", "None", NULL, "5 PREEMPTED -1 -"},
        {"CANCELLED by 1000", NULL, NULL, "6 - -1 -"},
        {"A_WORD_OF_TOMORROW", "x", NULL, "0 - -1 -"},
        {"A_WORD_OF_TOMORROW", "x", "0", "4 - 0 -"},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        const struct far_row row = {CASES[i].word, CASES[i].reason, 5, 6, NONE};
        struct far_seen s = seen_of("running\t\t5\t", "slurm 12", CASES[i].exit, NULL);
        s.row = &row;
        judge(CASES[i].word, true, &s, CASES[i].wanted);
    }
    struct far_seen s = seen_of("running\t\t5\t", "slurm 12", NULL, NULL);
    judge("one that the scheduler has forgotten", true, &s, "0 - -1 the scheduler does not know it any more");
    s.scheduler = false;
    judge("a scheduler that does not answer", true, &s, "0 - -1 -");
    s = seen_of("finished\t\t5\t6", "slurm 12", "0", NULL);
    s.scheduler = false;
    judge("has nothing to say about an end", true, &s, "4 - 0 -");
}

/* 1,000 jobs, of which all are known and run: one call. */
static void test_many(void)
{
    enum { JOBS = 1000, LOOKS = 5 };
    static struct far_name names[JOBS];
    static char unique[JOBS][32];
    static const char *const APPS[] = {"docket"};
    struct told first = start_script(1, "sleep 300");
    char command[600];
    snprintf(command, sizeof command,
             "cd %s/.docket && i=2 && while [ $i -le %d ]; do mkdir " HASH "_$i && cp " HASH "_1/settings.json " HASH "_1/pid " HASH
             "_1/status " HASH "_$i/; i=$((i+1)); done", home, JOBS);
    CHECK("a thousand jobs", first.start.outcome == FAR_STARTED && system(command) == 0);
    for (int i = 0; i < JOBS; i++) {
        snprintf(unique[i], sizeof unique[i], "docket-7-%d", i + 1);
        names[i] = (struct far_name){"docket", HASH, i + 1, unique[i], NULL};
    }
    int64_t best_us = INT64_MAX;
    for (int i = 0; i < LOOKS; i++) {
        struct told t = {0};
        int64_t began_us = clock_mono_us();
        site_look(site, APPS, 1, names, JOBS, 1000 * CLOCK_SECOND, on_look, &t);
        wait_told(&t);
        int running = 0;
        for (const char *at = buf_text(&t.text); (at = strstr(at, " 3 - -1\n")); at++)
            running++;
        CHECK("all of them run", running == JOBS);
        buf_done(&t.text);
        if (clock_mono_us() - began_us < best_us)
            best_us = clock_mono_us() - began_us;
    }
    printf("# 1,000 jobs looked at in %lld ms\n", (long long)(best_us / CLOCK_MS));
    CHECK("within a second", best_us < CLOCK_SECOND);
    kill(-atoi(first.batch), SIGTERM);
    snprintf(command, sizeof command, "rm -rf %s/.docket/" HASH "_*", home);
    CHECK("gone again", system(command) == 0);
}

int main(void)
{
    if (!mkdtemp(home))
        return 1;
    setenv("HOME", home, 1);
    setenv("NOTIFY_SOCKET", "/run/somewhere", 1);
    setenv("DATABASE_URL", "postgresql://me:secret@there/x", 1);
    setenv("KEPT", "kept", 1);
    signal(SIGPIPE, SIG_IGN);
    loop = loop_new();
    test_options();
    test_replies();
    test_process_states();
    test_batch_states();
    site = site_link_new(loop, &(struct site_options){.kind = "local"}, NULL, NULL);
    test_life();
    test_once();
    test_cancel();
    test_walltime();
    test_gone();
    test_files();
    test_hostile();
    test_links();
    test_found();
    test_many();
    test_scripts();
    loop_free(loop);
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", home);
    CHECK("nothing is left", system(command) == 0);
    return check_end();
}
