/* Help, written from the tables of the verbs; nothing is said here that a table could say. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/verb.h"

enum { NAME_COLUMNS = 24 };

static void put_option(const struct option *o)
{
    CLEANUP(buf_done) struct buf names = {0};
    if (o->letter)
        buf_printf(&names, "-%c, ", o->letter);
    buf_printf(&names, "%s--%s", o->letter ? "" : "    ", o->name);
    if (o->value)
        buf_printf(&names, " %s", o->value);
    printf("  %-*s  %s\n", NAME_COLUMNS, buf_text(&names), o->help);
}

void help_verb(const struct verb *v)
{
    printf("docket %s: %s\n\nusage: docket %s%s%s%s\n\n%s", v->name, v->summary, v->name, *v->arguments ? " " : "",
           v->arguments, v->option_count ? " [OPTIONS]" : "", v->help);
    if (v->option_count)
        puts("\noptions:");
    for (size_t i = 0; i < v->option_count; i++)
        put_option(&v->options[i]);
}

void help_all(void)
{
    puts("docket hands out work: a queue of commands that survives crashes, and workers that run them.\n\n"
         "  docket run commands.txt         run each line of a file, some at once; call it again to go on\n"
         "  docket serve                    a server that keeps queues for workers anywhere\n"
         "  docket load Q commands.txt      fill a queue\n"
         "  docket work Q                   run what is in it\n\nverbs:");
    for (const struct verb *const *v = VERBS; *v; v++)
        printf("  %-9s %s\n", (*v)->name, (*v)->summary);
    puts("\nmore about one: docket help VERB · the version: docket --version");
}
