/* The command line: finds the verb, parses its options by its own table, runs it, and turns what it returns into one
 * line on stderr and an exit status (errors.def has the statuses).
 *
 * The nanny of a verb that runs commands is forked before anything else is opened. Broken pipes are told by write,
 * never by a signal; a reader that has left stdout is no failure of ours. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/bundle.h"
#include "cli/first_process.h"
#include "cli/program.h"
#include "cli/verb.h"

/* What the server tells a program to send is no help to somebody at a terminal. */
static void suit_hint(struct err *e)
{
    if (e->code == ERR_UNAUTHORIZED)
        err_hint(e, "name a file that holds the server's token: --token-file FILE, or DOCKET_TOKEN_FILE");
}

static void report(const struct err *e)
{
    CLEANUP(buf_done) struct buf line = {0};
    CLEANUP(buf_done) struct buf hint = {0};
    buf_printf(&line, "%s: ", program_name());
    text_safe(&line, e->text, strlen(e->text), false);
    buf_putc(&line, '\n');
    if (e->hint[0]) {
        program_say(&hint, e->hint);
        buf_puts(&line, "  ");
        text_safe(&line, buf_text(&hint), hint.len, false);
        buf_putc(&line, '\n');
    }
    fflush(stdout);
    fputs(buf_text(&line), stderr);
}

static int check_count(const struct verb_call *call, struct err *e)
{
    const struct verb *v = call->verb;
    int r = 0;
    if (call->arg_count < v->args_min)
        r = err_refuse(e, ERR_USAGE, "something is missing: %s %s %s", program_name(), v->name, v->arguments);
    else if (v->args_max >= 0 && call->arg_count > v->args_max)
        r = err_refuse(e, ERR_USAGE, "'%s' is one argument too many: %s %s %s", call->args[v->args_max], program_name(),
                       v->name, v->arguments);
    if (r)
        err_hint(e, "more about it: docket %s --help", v->name);
    return r;
}

/* Is --help or -h among the words before `--`? */
static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static void drop_options(const struct verb *v, void *options)
{
    for (size_t i = 0; i < v->option_count; i++)
        if (v->options[i].kind == OPTION_LIST)
            option_list_done((struct option_list *)((char *)options + v->options[i].offset));
    free(options);
}

/* argv[0] is the last word of the verb's name. */
static int call_verb(struct verb_call *call, int argc, char **argv, struct err *e)
{
    const struct verb *v = call->verb;
    call->options = calloc(1, v->options_bytes + 1);
    if (!call->options)
        abort();
    const void *defaults = program_is_qdo() && v->qdo_defaults ? v->qdo_defaults : v->defaults;
    if (defaults)
        memcpy(call->options, defaults, v->options_bytes);
    int r = options_parse(v->options, v->option_count, argc, argv, call->options, &call->arg_count, e);
    call->args = argv + 1;
    if (!r)
        r = check_count(call, e);
    if (!r) {
        call->nanny = v->flags & VERB_RUNS_COMMANDS ? nanny_new() : NULL;
        call->loop = loop_new();
        if (call->nanny)
            nanny_attach(call->nanny, call->loop);
        r = v->run(call, e);
        nanny_free(call->nanny);
        loop_free(call->loop);
    }
    drop_options(v, call->options);
    return r;
}

static int flush_stdout(int status)
{
    if ((fflush(stdout) == 0 && !ferror(stdout)) || errno == EPIPE)
        return status;
    fprintf(stderr, "%s: could not write the output: %s\n", program_name(), strerror(errno));
    return status ? status : 1;
}

static int dispatch(int argc, char **argv)
{
    struct err e = {0};
    struct verb_call call = {0};
    int used, r = verb_of_call(argc, argv, &call.verb, &used, &e);
    if (!r && wants_help(argc, argv))
        help_verb(call.verb);
    else if (!r)
        r = call_verb(&call, argc - used + 1, argv + used - 1, &e);
    if (r) {
        suit_hint(&e);
        report(&e);
        call.status = err_exit_status(e.code);
    }
    return flush_stdout(call.status);
}

/* Descriptors 0, 1 and 2 are taken, so nothing of ours can become them. */
static void hold_standard_descriptors(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= 2);
    if (fd > 2)
        close(fd);
}

int main(int argc, char **argv)
{
    hold_standard_descriptors();
    bundle_settle();
    first_process_guard();
    signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0)
        abort();
    const char *first = argc > 1 ? argv[1] : "--help";
    if (strcmp(first, "--version") == 0) {
        printf("%s " DOCKET_VERSION "\n", program_name());
        return flush_stdout(0);
    }
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0) {
        help_all();
        return flush_stdout(0);
    }
    return dispatch(argc - 1, argv + 1);
}
