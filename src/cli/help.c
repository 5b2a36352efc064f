/* Help, written from the tables of the verbs; nothing is said here that a table could say. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/program.h"
#include "cli/verb.h"

enum { NAME_COLUMNS = 24 };

static void say(const char *words)
{
    CLEANUP(buf_done) struct buf said = {0};
    program_say(&said, words);
    fputs(buf_text(&said), stdout);
}

static void put_option(const struct option *o)
{
    CLEANUP(buf_done) struct buf names = {0};
    if (o->letter)
        buf_printf(&names, "-%c, ", o->letter);
    buf_printf(&names, "%s--%s", o->letter ? "" : "    ", o->name);
    if (o->value)
        buf_printf(&names, " %s", o->value);
    printf("  %-*s  ", NAME_COLUMNS, buf_text(&names));
    say(o->help);
    putchar('\n');
}

void help_verb(const struct verb *v)
{
    const char *program = program_name();
    printf("%s %s: %s\n\nusage: %s %s%s%s%s\n\n", program, v->name, v->summary, program, v->name,
           *v->arguments ? " " : "", v->arguments, v->option_count ? " [OPTIONS]" : "");
    say(v->help);
    if (v->flags & VERB_WORD_OPTIONAL)
        puts("\nwords:");
    for (const struct verb *const *word = v->words; word && *word; word++)
        printf("  %-9s %s\n", verb_word(*word), (*word)->summary);
    if (v->words)
        printf("\nmore about one: %s help %s WORD\n", program, v->name);
    if (v->option_count)
        puts("\noptions:");
    for (size_t i = 0; i < v->option_count; i++)
        put_option(&v->options[i]);
}

static const char INTRODUCTION[] =
    "docket hands out work: a queue of commands that survives crashes, and workers that run them.\n\n"
    "  docket run commands.txt         run each line of a file, some at once; call it again to go on\n"
    "  docket serve                    a server that keeps queues for workers anywhere\n"
    "  docket load Q commands.txt      fill a queue\n"
    "  docket work Q                   run what is in it\n\nverbs:";

static const char QDO_INTRODUCTION[] =
    "qdo is docket here, called by the name that scripts know: the verbs of qdo, with its options and columns.\n"
    "Every other verb of docket answers to this name too.\n\n"
    "  qdo serve                       a server that keeps queues; one has to run\n"
    "  qdo load Q tasks.txt            fill a queue\n"
    "  qdo do Q                        run what is in it\n\nverbs:";

void help_all(void)
{
    puts(program_is_qdo() ? QDO_INTRODUCTION : INTRODUCTION);
    for (const struct verb *const *v = program_is_qdo() ? VERBS_OF_QDO : VERBS; *v; v++)
        printf("  %-9s %s\n", (*v)->name, (*v)->summary);
    say("\nmore about one: docket help VERB · the version: docket --version\n");
}
