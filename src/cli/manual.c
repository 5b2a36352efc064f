/* Which page is asked for, and the page of a verb: everything in it stands in the verb's table entry. Its help is
 * taken as it is, but for the examples at its end, which come after the options. */
#include "cli/manual.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/roff.h"

int manual_print(const char *name, struct err *e)
{
    const struct verb *v;
    int r = 0;
    if (strcmp(name, "docket") == 0)
        manual_overview();
    else if (strcmp(name, "docket.conf") == 0)
        manual_settings();
    else if (strcmp(name, "qdo") == 0)
        manual_qdo();
    else if (!(r = verb_find(name, &v, e)))
        manual_verb(v);
    return r;
}

void manual_rows(const struct manual_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        puts(".TP");
        roff_bold(rows[i].name);
        putchar('\n');
        roff_line(rows[i].words);
    }
}

/* The words of "QUEUE ID… | --all": those in capitals stand for something else. */
static void put_arguments(const char *arguments)
{
    while (*arguments) {
        size_t n = strcspn(arguments, " ");
        char word[64];
        snprintf(word, sizeof word, "%.*s", (int)n, arguments);
        bool literal = word[0] == '-' || word[0] == '|';
        putchar(' ');
        if (literal)
            roff_bold(word);
        else
            roff_italic(word);
        arguments += n;
        arguments += strspn(arguments, " ");
    }
}

static void put_synopsis(const struct verb *v)
{
    roff_section("SYNOPSIS");
    fputs("\\fBdocket ", stdout);
    roff_text(v->name);
    fputs("\\fR", stdout);
    put_arguments(v->arguments);
    puts(v->option_count ? " [\\fIOPTIONS\\fR]" : "");
}

void manual_sentence(const char *words)
{
    CLEANUP(buf_done) struct buf sentence = {0};
    buf_puts(&sentence, words);
    sentence.data[0] = (char)toupper((unsigned char)sentence.data[0]);
    buf_putc(&sentence, '.');
    roff_line(buf_text(&sentence));
}

static void put_number(struct buf *b, const struct option *o, int64_t n)
{
    if (o->kind == OPTION_SECONDS && n)
        text_span(b, n * CLOCK_SECOND);
    else
        buf_printf(b, "%" PRId64, n);
}

/* "From 1 to 4096.", where the table bounds it. */
static void put_range(const struct option *o)
{
    CLEANUP(buf_done) struct buf words = {0};
    if (o->kind != OPTION_INT && o->kind != OPTION_SECONDS)
        return;
    buf_puts(&words, o->max == INT64_MAX ? "At least " : "From ");
    put_number(&words, o, o->min);
    if (o->max != INT64_MAX) {
        buf_puts(&words, " to ");
        put_number(&words, o, o->max);
    }
    buf_putc(&words, '.');
    roff_line(buf_text(&words));
}

static void put_option(const struct option *o)
{
    puts(".TP");
    if (o->letter)
        printf("\\fB\\-%c\\fR, ", o->letter);
    fputs("\\fB\\-\\-", stdout);
    roff_text(o->name);
    fputs("\\fR", stdout);
    if (o->value) {
        putchar(' ');
        roff_italic(o->value);
    }
    putchar('\n');
    manual_sentence(o->help);
    put_range(o);
}

/* Of the word of another verb only its own: all of them stand on one page. */
static void put_options(const struct verb *v)
{
    bool spans = false;
    for (size_t i = 0; i < v->option_count; i++) {
        put_option(&v->options[i]);
        spans |= v->options[i].kind == OPTION_SECONDS;
    }
    puts(".TP\n\\fB\\-\\-help\\fR\nSay this in short.");
    if (spans)
        puts(".PP\nA \\fITIME\\fR is a number of seconds, or like 1.5, 30s, 10m, 2h, 1d or 1:30:00.");
}

/* Where the examples at the end of a verb's help begin: the last paragraph, if it is set in. */
static size_t prose_length(const char *help)
{
    const char *last = help;
    for (const char *at = help; (at = strstr(at, "\n\n")); at += 2)
        last = at + 2;
    return strncmp(last, "  ", 2) == 0 ? (size_t)(last - help) : strlen(help);
}

/* The words of a verb, each with what is told of a verb elsewhere on a page. */
static void put_words(const struct verb *v)
{
    if (v->words)
        roff_section("WORDS");
    for (const struct verb *const *word = v->words; word && *word; word++) {
        fputs(".SS docket ", stdout);
        roff_text((*word)->name);
        put_arguments((*word)->arguments);
        putchar('\n');
        manual_sentence((*word)->summary);
        if (*(*word)->help)
            puts(".PP");
        roff_prose((*word)->help, strlen((*word)->help));
        put_options(*word);
    }
}

void manual_verb(const struct verb *v)
{
    char name[64];
    size_t prose = prose_length(v->help);
    snprintf(name, sizeof name, "docket-%s", v->name);
    roff_page(name, 1);
    roff_section("NAME");
    roff_text(name);
    fputs(" \\- ", stdout);
    roff_text(v->summary);
    putchar('\n');
    put_synopsis(v);
    roff_section("DESCRIPTION");
    manual_sentence(v->summary);
    if (prose)
        puts(".PP");
    roff_prose(v->help, prose);
    put_words(v);
    roff_section("OPTIONS");
    put_options(v);
    if (v->help[prose]) {
        roff_section("EXAMPLES");
        roff_prose(v->help + prose, strlen(v->help + prose));
    }
    roff_section("SEE ALSO");
    puts(".BR docket (1)\nfor the exit statuses, the environment and the files,\n.BR docket.conf (5)\nfor the settings of the server.");
}
