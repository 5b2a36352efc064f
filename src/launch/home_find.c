/* Each step is one question to the far side; its answer says which is next:
 *
 *   seen      which address does the far side see us come from?
 *   ways      the URLs that others have, and our listeners, tried by the program there
 *   forward   a port there that leads to our listener for tunnels; tried in the same way
 *   relay     where workers run elsewhere: the same port, for them
 *   job       all of these, tried by a job, for only that knows what workers will see
 *
 * The relay stays for as long as somebody uses it; one that was started in vain ends by itself. */
#include "launch/home_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"

#define PROBE_US (120 * CLOCK_SECOND)
#define JOB_US (100 * CLOCK_SECOND) /* whoever waits for the answer of a check waits not much longer */
#define LOOK_EACH_US (2 * CLOCK_SECOND)
#define FORWARD_EACH_US (3 * CLOCK_SECOND)

enum { FOLDERS = 1000, ANSWER_BYTES = 64 * 1024, HOSTS = 6, PORT_MOST = 65535 };

/* In folders of their own, where nobody looks for jobs of users. */
static const char CHECK_APP[] = "docket-check", CHECK_HASH[] = "686f6d6500000000";

struct home_find {
    struct loop *loop;
    struct site_link *link;
    struct home_ask ask;
    home_found_fn *fn;
    void *arg;
    struct arena arena;
    struct home_candidate list[HOME_CANDIDATES];
    int count, first; /* those before `first` were tried already */
    int far_port, relay_port;
    bool any_port;
    bool forgotten;

    int64_t n, until_us; /* the job that tries */
    const char *batch;
    int fd;
    struct home_found result; /* told once the job's folder is gone */
    struct err err;
    struct loop_timer look, again;
    int64_t patient_us; /* until then the port of before is asked for */
};

static void forward(struct home_find *f);
static void start_job(struct home_find *f);

static void drop(struct home_find *f)
{
    loop_timer_stop(&f->look);
    loop_timer_stop(&f->again);
    if (f->fd >= 0)
        close(f->fd);
    arena_done(&f->arena);
    free(f);
}

static void answer(struct home_find *f)
{
    if (!f->forgotten)
        f->fn(f->arg, &f->result);
    drop(f);
}

static void fail(struct home_find *f, const struct err *e)
{
    f->err = *e;
    f->result = (struct home_found){.err = &f->err};
    answer(f);
}

static void refuse(struct home_find *f)
{
    struct err e;
    home_refuse(f->ask.site, &e);
    fail(f, &e);
}

static void take(struct home_find *f, int number)
{
    const char *way = f->list[number].way;
    bool relayed = strcmp(way, "relay") == 0, forwarded = relayed || strcmp(way, "forward") == 0;
    f->result = (struct home_found){.way = f->list[number], .far_port = forwarded ? f->far_port : 0, .relay_port = relayed ? f->relay_port : 0};
}

/* Trying from where the link leads to */

static void on_probed(void *arg, const struct far_answer *a)
{
    struct home_find *f = arg;
    int number = a->err ? -1 : home_probe_read(a->text, a->n, f->count - f->first);
    if (f->forgotten) {
        drop(f);
    } else if (a->err) {
        fail(f, a->err);
    } else if (number >= 0) {
        take(f, f->first + number);
        answer(f);
    } else if (f->far_port || f->ask.local) {
        refuse(f);
    } else {
        forward(f);
    }
}

static void probe(struct home_find *f)
{
    CLEANUP(buf_done) struct buf script = {0};
    home_probe(f->ask.program, f->list + f->first, f->count - f->first, &script);
    site_run(f->link, buf_text(&script), -1, PROBE_US, on_probed, f);
}

/* Trying from a job */

static struct far_name name_of(const struct home_find *f)
{
    return (struct far_name){CHECK_APP, CHECK_HASH, f->n, f->ask.unique, f->batch};
}

static void on_cleaned(void *arg, const struct err *err) { answer(arg); }

static void clean(struct home_find *f)
{
    struct far_name job = name_of(f);
    site_clean(f->link, &job, 1, on_cleaned, f);
}

static void on_read(void *arg, const struct err *err)
{
    struct home_find *f = arg;
    char text[ANSWER_BYTES];
    ssize_t n = err ? -1 : pread(f->fd, text, sizeof text, 0);
    int number = n > 0 ? home_probe_read(text, (size_t)n, f->count) : -1;
    if (number >= 0)
        take(f, number);
    else if (err)
        f->err = *err;
    else
        home_refuse(f->ask.site, &f->err);
    if (number < 0)
        f->result = (struct home_found){.err = &f->err};
    clean(f);
}

static void read_answer(struct home_find *f)
{
    struct far_name job = name_of(f);
    FILE *file = tmpfile();
    f->fd = file ? dup(fileno(file)) : -1;
    if (file)
        fclose(file);
    if (f->fd < 0) {
        err_fail(&f->err, ERR_FILE, "could not make a file for the answer of a job");
        f->result = (struct home_found){.err = &f->err};
        clean(f);
        return;
    }
    site_read(f->link, &job, FAR_STDOUT, 0, ANSWER_BYTES, f->fd, on_read, f);
}

static void on_cancelled(void *arg, const struct err *err) { clean(arg); }

static void give_up(struct home_find *f)
{
    struct far_name job = name_of(f);
    err_refuse(&f->err, ERR_NO_WAY_HOME, "the job that was to try at the site '%s' has not ended within %d s", f->ask.site, (int)(JOB_US / CLOCK_SECOND));
    err_hint(&f->err, "is its partition busy? ask again: docket site check %s", f->ask.site);
    f->result = (struct home_found){.err = &f->err};
    site_cancel(f->link, &job, 1, on_cancelled, f);
}

static void on_looked(void *arg, const struct far_look *look)
{
    struct home_find *f = arg;
    bool ended = false;
    for (int i = 0; !look->err && i < look->count; i++)
        ended = ended || (look->states[i].known && look->states[i].state >= JOB_FINISHED);
    if (ended)
        read_answer(f);
    else if (clock_mono_us() > f->until_us || f->forgotten)
        give_up(f);
    else
        loop_timer_set(&f->look, clock_mono_us() + LOOK_EACH_US);
}

static void on_look_due(void *arg)
{
    static const char *const APPS[] = {CHECK_APP};
    struct home_find *f = arg;
    struct far_name job = name_of(f);
    struct clock wall;
    clock_init(&wall, 0);
    site_look(f->link, APPS, 1, &job, 1, clock_now_us(&wall), on_looked, f);
}

static void on_started(void *arg, const struct far_start *s)
{
    struct home_find *f = arg;
    if (s->outcome == FAR_STARTED) {
        f->batch = arena_strdup(&f->arena, s->batch);
        loop_timer_set(&f->look, clock_mono_us() + LOOK_EACH_US);
    } else if (f->forgotten) {
        drop(f);
    } else if (s->outcome == FAR_TAKEN && f->n < FOLDERS) {
        f->n++;
        start_job(f);
    } else {
        fail(f, &s->err);
    }
}

static void start_job(struct home_find *f)
{
    CLEANUP(buf_done) struct buf script = {0};
    buf_puts(&script, "#!/bin/sh\n#SBATCH --ntasks=1\n#SBATCH --time=0-00:02:00\n# Which ways lead from here to the docket server?\n");
    home_probe(f->ask.program, f->list, f->count, &script);
    buf_putc(&script, '\n');
    struct far_job job = {.app = CHECK_APP, .hash = CHECK_HASH, .n = f->n, .unique = f->ask.unique, .script = buf_text(&script),
                          .settings = arena_printf(&f->arena, "{\"unique\":\"%s\",\"name\":\"site check\"}", f->ask.unique),
                          .options = f->ask.options, .files_fd = -1, .walltime_us = JOB_US};
    site_start(f->link, &job, on_started, f);
}

static void try_by_job(struct home_find *f)
{
    if (!f->count) {
        refuse(f);
        return;
    }
    f->n = 1;
    f->until_us = clock_mono_us() + JOB_US;
    start_job(f);
}

/* The relay */

static bool is_host(const char *text)
{
    static const char SIGNS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:-";
    size_t n = strlen(text);
    return n > 0 && n < 254 && strspn(text, SIGNS) == n && *text != '-';
}

/* One line of it: "relay\tPORT", or "host\tNAME" of the machine that it runs on. */
static void read_relay_line(struct home_find *f, const char *line, int *hosts)
{
    const char *pin = home_tunnel(f->ask.places)->pin;
    if (strncmp(line, "relay\t", 6) == 0)
        f->relay_port = atoi(line + 6) > 0 && atoi(line + 6) <= PORT_MOST ? atoi(line + 6) : 0;
    else if (strncmp(line, "host\t", 5) == 0 && f->relay_port && is_host(line + 5) && (*hosts)++ < HOSTS)
        f->count = home_add(f->list, f->count, "relay", arena_strdup(&f->arena, line + 5), f->relay_port, pin, &f->arena);
}

static void on_relay(void *arg, const struct far_answer *a)
{
    struct home_find *f = arg;
    int hosts = 0;
    if (f->forgotten) {
        drop(f);
        return;
    }
    f->relay_port = 0;
    for (const char *line = a->err ? "" : a->text; *line;) { /* without one the other ways are tried */
        size_t n = strcspn(line, "\n");
        read_relay_line(f, arena_copy(&f->arena, line, n), &hosts);
        line += n + (line[n] == '\n');
    }
    try_by_job(f);
}

static void put_program(struct buf *b, const char *const *program)
{
    for (int i = 0; program[i]; i++) {
        text_shell_word(b, program[i]);
        buf_putc(b, ' ');
    }
}

/* One that runs since before is used, if it still leads home. A port that is taken now is exchanged for any. */
static void start_relay(struct home_find *f)
{
    CLEANUP(buf_done) struct buf b = {0}, folder = {0};
    buf_puts(&folder, "./.");
    buf_puts(&folder, f->ask.app);
    buf_puts(&b, "home_d=");
    text_shell_word(&b, buf_text(&folder));
    buf_printf(&b, " home_p=%d\nhome_start() {\n    mkdir -p \"$home_d\" && rm -f \"$home_d/relay.out\"\n    setsid ", f->ask.relay_port);
    put_program(&b, f->ask.program);
    buf_printf(&b, "relay --listen \"0.0.0.0:$1\" --to 127.0.0.1:%d --idle-timeout 12h </dev/null >\"$home_d/relay.out\" 2>&1 &\n", f->far_port);
    buf_puts(&b, "    home_i=0\n    while [ \"$home_i\" -lt 10 ] && [ ! -s \"$home_d/relay.out\" ]; do home_i=$((home_i + 1)) && sleep 1; done\n"
                 "    home_p=$(sed -n 's/^listening on .*:\\([0-9]*\\)$/\\1/p' \"$home_d/relay.out\" 2>/dev/null)\n    [ -n \"$home_p\" ]\n}\n");
    buf_puts(&b, "{ [ \"$home_p\" != 0 ] && ");
    put_program(&b, f->ask.program);
    buf_puts(&b, "health --server \"https://127.0.0.1:$home_p\" --pin ");
    text_shell_word(&b, home_tunnel(f->ask.places)->pin);
    buf_puts(&b, " </dev/null >/dev/null 2>&1; } || home_start \"$home_p\" || home_start 0\n"
                 "printf 'relay\\t%s\\nhost\\t%s\\n' \"$home_p\" \"$(hostname)\"\n"
                 "for home_a in $(hostname -I 2>/dev/null); do printf 'host\\t%s\\n' \"$home_a\"; done");
    site_run(f->link, buf_text(&b), -1, PROBE_US, on_relay, f);
}

/* The forward */

static void on_forward(void *arg, const struct err *err, int port)
{
    struct home_find *f = arg;
    const struct home_place *tunnel = home_tunnel(f->ask.places);
    if (f->forgotten) {
        drop(f);
    } else if (err && (err->code == ERR_SITE_AWAY || err->code == ERR_SITE_LOGIN)) {
        fail(f, err);
    } else if (err && !f->any_port && clock_mono_us() < f->patient_us) { /* by the connection that was lost, as long as sshd does not know */
        loop_timer_set(&f->again, clock_mono_us() + FORWARD_EACH_US);
    } else if (err && !f->any_port) { /* the port of before is taken: any other */
        f->any_port = true;
        site_forward(f->link, tunnel->port, 0, on_forward, f);
    } else if (err && f->ask.job) {
        try_by_job(f);
    } else if (err) {
        refuse(f);
    } else {
        f->far_port = port;
        f->first = f->ask.job ? 0 : f->count;
        f->count = home_add(f->list, f->count, "forward", "127.0.0.1", port, tunnel->pin, &f->arena);
        if (f->ask.job)
            start_relay(f);
        else
            probe(f);
    }
}

static void on_forward_again(void *arg)
{
    struct home_find *f = arg;
    if (f->forgotten)
        drop(f);
    else
        site_forward(f->link, home_tunnel(f->ask.places)->port, f->ask.far_port, on_forward, f);
}

static void forward(struct home_find *f)
{
    const struct home_place *tunnel = home_tunnel(f->ask.places);
    if (!tunnel && f->ask.job) {
        try_by_job(f);
    } else if (!tunnel) {
        refuse(f);
    } else {
        f->any_port = f->ask.far_port == 0;
        f->patient_us = clock_mono_us() + f->ask.patience_us;
        site_forward(f->link, tunnel->port, f->ask.far_port, on_forward, f);
    }
}

/* The beginning */

static void on_seen(void *arg, const struct far_answer *a)
{
    struct home_find *f = arg;
    if (f->forgotten) {
        drop(f);
        return;
    }
    if (a->err) {
        fail(f, a->err);
        return;
    }
    bool said = strncmp(a->text, "seen\t", 5) == 0;
    const char *seen = said ? arena_copy(&f->arena, a->text + 5, strcspn(a->text + 5, "\n")) : NULL;
    f->count = home_candidates(f->ask.places, f->ask.advertise, f->ask.local, seen, &f->arena, f->list);
    if (f->ask.job || (!f->count && !f->ask.local))
        forward(f);
    else
        probe(f);
}

struct home_find *home_find(struct loop *l, struct site_link *k, const struct home_ask *ask, home_found_fn *fn, void *arg)
{
    struct home_find *f = calloc(1, sizeof *f);
    if (!f)
        abort();
    f->loop = l;
    f->link = k;
    f->ask = *ask;
    f->ask.site = arena_strdup(&f->arena, ask->site); /* a job that tries may have to be ended after it was forgotten */
    f->ask.unique = ask->unique ? arena_strdup(&f->arena, ask->unique) : NULL;
    f->fn = fn;
    f->arg = arg;
    f->fd = -1;
    loop_timer_init(l, &f->look, on_look_due, f);
    loop_timer_init(l, &f->again, on_forward_again, f);
    site_run(k, "printf 'seen\\t%s\\n' \"${SSH_CONNECTION%% *}\"", -1, 0, on_seen, f);
    return f;
}

void home_find_forget(struct home_find *f)
{
    if (!f)
        return;
    f->forgotten = true;
    if (f->again.due_us) { /* no call is under way: nobody else would end it */
        drop(f);
    } else if (f->look.due_us) {
        loop_timer_stop(&f->look);
        give_up(f);
    }
}
