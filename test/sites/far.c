/* The facade of launch, word by word: each argument is a question to one site, asked when the one before has been answered; what came of it is
 * a line. The site is FAR_KIND, FAR_HOST, FAR_CONFIG, FAR_CONTROL. Jobs are numbers: job 3 is the folder ~/.docket/0123456789abcdef_3.
 *
 *   start N SCRIPT     started BATCH · refused WORDS · taken · unknown WORDS
 *   upload N TAR SCRIPT
 *   limit N SECONDS SCRIPT
 *   option N OPTION SCRIPT
 *   look N…            a line `N STATE REASON EXIT` each, or `failed WORDS`; others that were found with their settings
 *   until N STATE      looks until it is so, half a minute at most
 *   cancel N… · clean N… · read N stdout · run SCRIPT · forward PORT
 *   clock SECONDS      puts our clock forward · retry · state · sh COMMAND · jobs COUNT (look at so many, timed) */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "core/job.h"
#include "launch/site.h"

enum { NAMES_MAX = 2000, WAIT_SECONDS = 120 };
#define HASH "0123456789abcdef"

static struct loop *loop;
static struct site_link *site;
static int64_t ahead_us;
static struct far_name names[NAMES_MAX];
static char uniques[NAMES_MAX][32];
static int count;

static int64_t now_us(void)
{
    struct clock c;
    clock_init(&c, 0);
    return clock_now_us(&c) + ahead_us;
}

static void add_name(int n)
{
    if (count == NAMES_MAX)
        exit(2);
    snprintf(uniques[count], sizeof uniques[count], "docket-test-%d", n);
    names[count] = (struct far_name){"docket", HASH, n, uniques[count], NULL};
    count++;
}

static void read_names(char *words)
{
    count = 0;
    for (char *word; (word = strsep(&words, " "));)
        if (*word)
            add_name(atoi(word));
}

static void wait_for(const int *told)
{
    int64_t until_us = clock_mono_us() + WAIT_SECONDS * CLOCK_SECOND;
    while (!*told && clock_mono_us() < until_us)
        loop_turn(loop, 100 * CLOCK_MS);
    if (*told == 1)
        return;
    printf("told %d times\n", *told);
    exit(1);
}

static void on_start(void *arg, const struct far_start *s)
{
    static const char *const WORDS[] = {"started", "refused", "taken", "unknown"};
    ++*(int *)arg;
    printf("%s %s%s\n", WORDS[s->outcome], s->batch, s->err.text);
}

static void start_job(int n, const char *script, int files_fd, int64_t limit_us, const char *option)
{
    int told = 0;
    char unique[32], settings[64];
    const char *const options[] = {option, NULL};
    snprintf(unique, sizeof unique, "docket-test-%d", n);
    snprintf(settings, sizeof settings, "{\"unique\":\"%s\"}", unique);
    const struct far_job j = {.app = "docket", .hash = HASH, .n = n, .unique = unique, .settings = settings, .script = script,
                              .options = option ? options : NULL, .files_fd = files_fd, .walltime_us = limit_us};
    site_start(site, &j, on_start, &told);
    wait_for(&told);
}

static void do_start(char *words)
{
    char *n = strsep(&words, " ");
    start_job(atoi(n), words, -1, 0, NULL);
}

static void do_upload(char *words)
{
    char *n = strsep(&words, " "), *tar = strsep(&words, " ");
    start_job(atoi(n), words, open(tar, O_RDONLY | O_CLOEXEC), 0, NULL);
}

static void do_limit(char *words)
{
    char *n = strsep(&words, " "), *seconds = strsep(&words, " ");
    start_job(atoi(n), words, -1, atoi(seconds) * CLOCK_SECOND, NULL);
}

static void do_option(char *words)
{
    char *n = strsep(&words, " "), *option = strsep(&words, " ");
    start_job(atoi(n), words, -1, 0, option);
}

/* What is looked for; NULL: all is told. */
struct looking {
    int told;
    bool quiet, met;
    int n, state, states;
};

static const char *word_of(enum job_state state)
{
    static const char *const WORDS[JOB_STATES] = {"unknown", "submitted", "pending", "running", "finished", "failed", "cancelled", "lost"};
    return WORDS[state];
}

static void on_look(void *arg, const struct far_look *look)
{
    struct looking *l = arg;
    l->told++;
    if (look->err)
        printf("failed %s\n", look->err->text);
    if (look->message && !l->quiet)
        printf("message %s\n", look->message);
    for (int i = 0; i < look->count; i++) {
        const struct far_state *s = &look->states[i];
        l->met = l->met || (s->n == l->n && (int)s->state == l->state);
        l->states++;
        if (l->quiet)
            continue;
        printf("%lld %s %s %lld", (long long)s->n, word_of(s->state), s->reason ? s->reason : "-", s->exitcode == NONE ? -1LL : (long long)s->exitcode);
        printf(s->settings ? " %s\n" : "\n", s->settings);
    }
}

static void look(struct looking *l)
{
    static const char *const APPS[] = {"docket"};
    site_look(site, APPS, 1, names, count, now_us(), on_look, l);
    wait_for(&l->told);
}

static void do_look(char *words)
{
    struct looking l = {0};
    read_names(words);
    look(&l);
}

static void do_until(char *words)
{
    char *n = strsep(&words, " ");
    struct looking l = {.quiet = true, .n = atoi(n)};
    while (l.state < JOB_STATES - 1 && strcmp(word_of(l.state), words) != 0)
        l.state++;
    read_names(n);
    for (int64_t until_us = clock_mono_us() + 30 * CLOCK_SECOND; !l.met && clock_mono_us() < until_us; loop_turn(loop, 100 * CLOCK_MS)) {
        l.told = 0;
        look(&l);
    }
    l.told = 0;
    l.quiet = false;
    look(&l);
}

static void do_jobs(char *words)
{
    struct looking l = {.quiet = true};
    count = 0;
    for (int i = 1; i <= atoi(words); i++)
        add_name(i);
    int64_t began_us = clock_mono_us();
    look(&l);
    printf("%d jobs in %lld ms\n", l.states, (long long)((clock_mono_us() - began_us) / CLOCK_MS));
}

static void on_done(void *arg, const struct err *e)
{
    ++*(int *)arg;
    printf("%s%s\n", e ? "failed " : "done", e ? e->text : "");
}

static void do_cancel(char *words)
{
    int told = 0;
    read_names(words);
    site_cancel(site, names, count, on_done, &told);
    wait_for(&told);
}

static void do_clean(char *words)
{
    int told = 0;
    read_names(words);
    site_clean(site, names, count, on_done, &told);
    wait_for(&told);
}

static void do_read(char *words)
{
    int told = 0;
    read_names(strsep(&words, " "));
    enum far_part part = strcmp(words, "stdout") == 0 ? FAR_STDOUT : strcmp(words, "stderr") == 0 ? FAR_STDERR : FAR_FILES;
    site_read(site, names, part, 0, 1 << 20, STDOUT_FILENO, on_done, &told);
    wait_for(&told);
}

static void on_answer(void *arg, const struct far_answer *a)
{
    ++*(int *)arg;
    printf("%s%s\n", a->err ? "failed " : "", a->err ? a->err->text : a->text);
}

static void do_run(char *words)
{
    int told = 0;
    site_run(site, words, -1, 0, on_answer, &told);
    wait_for(&told);
}

static void on_port(void *arg, const struct err *e, int port)
{
    ++*(int *)arg;
    printf("%s%s %d\n", e ? "failed " : "port", e ? e->text : "", port);
}

static void do_forward(char *words)
{
    int told = 0;
    site_forward(site, atoi(words), 0, on_port, &told);
    wait_for(&told);
}

static void do_clock(char *words) { ahead_us += atoi(words) * CLOCK_SECOND; }

static void do_retry(char *words)
{
    (void)words;
    site_link_retry(site);
}

static void do_state(char *words)
{
    (void)words;
    const char *message = site_link_message(site);
    printf("state %d %s\n", (int)site_link_state(site), message ? message : "-");
}

/* The loop goes on meanwhile. */
static void do_sh(char *words)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", words, (char *)NULL);
        _exit(127);
    }
    int status;
    while (waitpid(pid, &status, WNOHANG) == 0)
        loop_turn(loop, 50 * CLOCK_MS);
    if (status)
        printf("status %d\n", status);
}

static const struct verb {
    const char *name;
    void (*run)(char *words);
} VERBS[] = {
    {"start", do_start}, {"upload", do_upload}, {"limit", do_limit}, {"option", do_option}, {"look", do_look},
    {"until", do_until}, {"cancel", do_cancel}, {"clean", do_clean}, {"read", do_read},     {"run", do_run},
    {"forward", do_forward}, {"clock", do_clock}, {"retry", do_retry}, {"state", do_state}, {"sh", do_sh}, {"jobs", do_jobs},
};

static void run_line(const char *line)
{
    CLEANUP(cleanup_free) char *copy = strdup(line);
    char *words = copy, *name = strsep(&words, " ");
    for (size_t i = 0; i < COUNT_OF(VERBS); i++)
        if (strcmp(VERBS[i].name, name) == 0) {
            VERBS[i].run(words ? words : name + strlen(name));
            return;
        }
    printf("there is no %s\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    struct err e;
    const struct site_options o = {.kind = getenv("FAR_KIND"), .host = getenv("FAR_HOST"), .ssh_config = getenv("FAR_CONFIG"),
                                   .control = getenv("FAR_CONTROL")};
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IONBF, 0); /* what is read is written beside it */
    if (site_check_options(&o, &e)) {
        printf("refused %s\n", e.text);
        return 2;
    }
    loop = loop_new();
    site = site_link_new(loop, &o, NULL, NULL);
    for (int i = 1; i < argc; i++)
        run_line(argv[i]);
    site_link_free(site);
    loop_free(loop);
    return 0;
}
