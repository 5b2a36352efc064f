/* The script is completion.bash, which knows how a command line is walked, behind functions made from the tables here,
 * which know what may stand in it: the verbs, each with its flags, the options that take a value and what its arguments
 * are. What a value is follows from the word that help calls it by: FILE, DIR, QUEUE, STATE. */
#include "cli/completion.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/verb.h"
#include "core/task.h"

extern const char COMPLETION_BASH[]; /* made of completion.bash by the build */

static void put_flags(const struct verb *v)
{
    fputs("flags='--help", stdout);
    for (size_t i = 0; i < v->option_count; i++) {
        const struct option *o = &v->options[i];
        if (o->letter)
            printf(" -%c", o->letter);
        printf(" --%s", o->name);
    }
    fputs("'", stdout);
}

/* "--state=STATE -j=N". */
static void put_valued(const struct verb *v)
{
    fputs(" valued='", stdout);
    for (size_t i = 0; i < v->option_count; i++) {
        const struct option *o = &v->options[i];
        if (o->value && o->letter)
            printf("-%c=%s ", o->letter, o->value);
        if (o->value)
            printf("--%s=%s ", o->name, o->value);
    }
    fputs("'", stdout);
}

/* One word of "QUEUE [ID…]" without its brackets; + marks one that may come again. */
static void put_argument(const char *word, size_t n)
{
    static const char AGAIN[] = "…";
    for (size_t i = 0; i < n; i++) {
        if (strncmp(word + i, AGAIN, sizeof AGAIN - 1) == 0) {
            putchar('+');
            i += sizeof AGAIN - 2;
        } else if (word[i] != '[' && word[i] != ']') {
            putchar(word[i]);
        }
    }
}

/* "QUEUE ID… | --all" as "QUEUE ID+", "ID | QUEUE" as "ID|QUEUE"; of a verb with words, these may stand in the first place. */
static void put_arguments(const struct verb *v)
{
    const char *words = v->flags & VERB_WORD_OPTIONAL || !v->words ? v->arguments : "", *before = "";
    fputs(" arguments='", stdout);
    if (v->words)
        printf("WORD_%s", v->name);
    if (v->words && *words)
        before = "|";
    while (*words) {
        size_t n = strcspn(words, " ");
        if (*words == '|') {
            before = "|";
        } else if (*words != '-') {
            fputs(before, stdout);
            put_argument(words, n);
            before = " ";
        }
        words += n;
        words += strspn(words, " ");
    }
    fputs("'", stdout);
}

static void put_verb(const struct verb *v)
{
    printf("    '%s') ", v->name);
    put_flags(v);
    put_valued(v);
    put_arguments(v);
    puts(" ;;");
    for (const struct verb *const *word = v->words; word && *word; word++)
        put_verb(*word);
}

static void put_verbs(void)
{
    fputs("_docket_verbs='", stdout);
    for (const struct verb *const *v = VERBS; *v; v++)
        printf("%s%s", v == VERBS ? "" : " ", (*v)->name);
    puts("'\n\n# VERB: what may stand behind it.\n_docket_verb() {\n    case $1 in");
    for (const struct verb *const *v = VERBS; *v; v++)
        put_verb(*v);
    puts("    *) return 1 ;;\n    esac\n}\n");
}

/* Of those verbs that have words of their own. */
static void put_verb_words(void)
{
    for (const struct verb *const *v = VERBS; *v; v++) {
        if (!(*v)->words)
            continue;
        printf("    WORD_%s) words='", (*v)->name);
        for (const struct verb *const *word = (*v)->words; *word; word++)
            printf("%s ", verb_word(*word));
        puts("' ;;");
    }
}

/* The values that are one of a few words. */
static void put_words(void)
{
    fputs("# NAME of a value: the words it may be.\n_docket_words() {\n    case $1 in\n    STATE) words='", stdout);
    for (int state = 0; state < TASK_STATES; state++)
        printf("%s ", task_state_word((enum task_state)state));
    fputs("' ;;\n    LEVEL) words='", stdout);
    for (int level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++)
        printf("%s ", log_level_word((enum log_level)level));
    puts("' ;;");
    put_verb_words();
    puts("    SHELL) words=bash ;;\n    VERB) words=$_docket_verbs ;;\n    *) words= ;;\n    esac\n}\n");
}

int completion_print(const char *shell, struct err *e)
{
    if (strcmp(shell, "bash") != 0)
        return err_refuse(e, ERR_USAGE, "--completion is there for bash, not for '%s'", shell);
    puts("# bash completion of docket " DOCKET_VERSION ", made by docket help --completion bash\n");
    put_verbs();
    put_words();
    fputs(COMPLETION_BASH, stdout);
    return 0;
}
