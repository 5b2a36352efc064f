/* Command lines: every form an option can take, and what is said about one that is wrong. */
#include "base/options.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "check.h"

struct sample {
    bool keep, quiet;
    const char *data;
    int64_t jobs, wait_us;
    struct option_list env;
};

static const struct option TABLE[] = {
    {"keep-order", 'k', OPTION_FLAG, NULL, offsetof(struct sample, keep), 0, 0, "keep"},
    {"quiet", 'q', OPTION_FLAG, NULL, offsetof(struct sample, quiet), 0, 0, "quiet"},
    {"data", 0, OPTION_TEXT, "DIR", offsetof(struct sample, data), 0, 0, "data"},
    {"jobs", 'j', OPTION_INT, "N", offsetof(struct sample, jobs), 1, 64, "jobs"},
    {"wait", 'w', OPTION_SECONDS, "TIME", offsetof(struct sample, wait_us), 0, 3600, "wait"},
    {"env", 'e', OPTION_LIST, "NAME=VALUE", offsetof(struct sample, env), 0, 0, "env"},
};

enum { WORDS_MOST = 16 };

static struct sample got;
static struct err err;
static char *words[WORDS_MOST];
static int positionals;

/* Parses a line of words parted by single spaces. */
static int parse(const char *line)
{
    static char text[512];
    int count = 0;
    snprintf(text, sizeof text, "verb %s", line);
    for (char *word = strtok(text, " "); word && count < WORDS_MOST; word = strtok(NULL, " "))
        words[count++] = word;
    option_list_done(&got.env);
    got = (struct sample){.jobs = -1, .wait_us = -1};
    err = (struct err){0};
    return options_parse(TABLE, COUNT_OF(TABLE), count, words, &got, &positionals, &err);
}

static void forms(void)
{
    CHECK("nothing at all", parse("") == 0 && positionals == 0 && got.jobs == -1);
    CHECK("--name value", parse("--jobs 4") == 0 && got.jobs == 4);
    CHECK("--name=value", parse("--jobs=4") == 0 && got.jobs == 4);
    CHECK("-n value", parse("-j 4") == 0 && got.jobs == 4);
    CHECK("-nvalue", parse("-j4") == 0 && got.jobs == 4);
    CHECK("a flag", parse("--quiet") == 0 && got.quiet && !got.keep);
    CHECK("letters together", parse("-kqj7") == 0 && got.keep && got.quiet && got.jobs == 7);
    CHECK("an empty value", parse("--data=") == 0 && got.data && !*got.data);
    CHECK("a value that looks like an option", parse("--data --quiet") == 0 && !got.quiet);
    CHECK("the last one counts", parse("-j1 -j2") == 0 && got.jobs == 2);
    CHECK("again and again", parse("-e A=1 --env=B=2") == 0 && got.env.count == 2);
    CHECK_TEXT("a list keeps its order", got.env.values[1], "B=2");
    CHECK("a span of time", parse("--wait 90") == 0 && got.wait_us == 90000000);
    CHECK("a span in µs", parse("--wait 2s") == 0 && got.wait_us == 2000000);
}

static void places(void)
{
    CHECK("options before and after", parse("a -j2 b --quiet c") == 0 && got.jobs == 2 && got.quiet);
    CHECK("positionals are counted", positionals == 3);
    CHECK_TEXT("positionals are packed", words[3], "c");
    CHECK("-- ends options", parse("a -- -j2 --quiet") == 0 && positionals == 3 && got.jobs == -1 && !got.quiet);
    CHECK("a second -- is a word", parse("-- a -- b") == 0 && positionals == 3);
    CHECK("a _ for a hyphen", parse("--keep_order") == 0 && got.keep);
    CHECK("- alone is a word", parse("-q -") == 0 && positionals == 1);
}

static void wrong(void)
{
    CHECK("an unknown name", parse("--colour") == ERR_USAGE);
    CHECK_TEXT("it is named", err.text, "there is no option --colour");
    CHECK_TEXT("nothing is like it", err.hint, "");
    CHECK("a slip of the finger", parse("--job=4") == ERR_USAGE);
    CHECK_TEXT("what it might have meant", err.hint, "did you mean --jobs?");
    parse("--keep");
    CHECK_TEXT("the beginning of a name", err.hint, "did you mean --keep-order?");
    parse("--quite");
    CHECK_TEXT("letters swapped", err.hint, "did you mean --quiet?");
    CHECK("an unknown letter", parse("-x") == ERR_USAGE);
    CHECK("an unknown letter behind a known one", parse("-qx") == ERR_USAGE);
    CHECK("a hyphen missing", parse("--keeporder") == ERR_USAGE && parse("--_keep-order") == ERR_USAGE);
    CHECK("a value is missing", parse("--jobs") == ERR_USAGE && parse("-j") == ERR_USAGE);
    CHECK("a flag with a value", parse("--quiet=yes") == ERR_USAGE);
    CHECK("not an integer", parse("-j four") == ERR_USAGE && parse("-j 4x") == ERR_USAGE);
    CHECK("an empty integer", parse("--jobs=") == ERR_USAGE);
    CHECK("too small, too large", parse("-j 0") == ERR_USAGE && parse("-j 65") == ERR_USAGE);
    CHECK("beyond any integer", parse("-j 99999999999999999999") == ERR_USAGE);
    CHECK("not a time", parse("--wait soon") == ERR_USAGE && parse("--wait -1") == ERR_USAGE);
    CHECK("too long a time", parse("--wait 3601") == ERR_USAGE && parse("--wait 3600") == 0);
    CHECK("a very long name", parse("--nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn") == ERR_USAGE);
}

static void nearest(void)
{
    static const char *const names[] = {"serve", "show", "tasks", "task"};
    CHECK_TEXT("the one nearest", options_nearest("srve", names, COUNT_OF(names)), "serve");
    CHECK_TEXT("the first of equals", options_nearest("tas", names, COUNT_OF(names)), "tasks");
    CHECK("nothing near", !options_nearest("frobnicate", names, COUNT_OF(names)));
    CHECK("an empty word is like nothing", !options_nearest("", names, COUNT_OF(names)));
}

int main(void)
{
    forms();
    places();
    wrong();
    nearest();
    option_list_done(&got.env);
    return check_end();
}
