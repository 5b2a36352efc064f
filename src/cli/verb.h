/* A verb of the command line: a row of verbs.def and the table entry at the top of its file. The entry drives the
 * parser, the help and the page in the manual. */
#ifndef DOCKET_CLI_VERB_H
#define DOCKET_CLI_VERB_H

#include <stddef.h>

#include "base/child.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/options.h"

struct verb_call;

enum {
    VERB_RUNS_COMMANDS = 1, /* is given a nanny */
    VERB_OPENS_DATA = 2,    /* may start a server of its own for a data directory that rests */
    VERB_WORD_OPTIONAL = 4, /* has words, and does something without any */
};

struct verb {
    const char *name;      /* "list"; of one that is a word of another, both: "tables list" */
    const char *arguments; /* as help shows them: "QUEUE [ID…]" */
    const char *summary;   /* one line, no full stop */
    const char *help;      /* what else there is to know, with an example; ends in a newline */
    const struct option *options;
    size_t option_count;
    size_t options_bytes;       /* of the struct that options fill */
    const void *defaults;       /* that struct before parsing; NULL: zeroed */
    const void *qdo_defaults;   /* the same where the program was called as qdo; NULL: no other */
    int args_min, args_max;     /* positionals; max -1: any number */
    int flags;
    const struct verb *const *words; /* of which the first argument must be one, ended by NULL, and run is verb_run_words; or, with
                                       * VERB_WORD_OPTIONAL, may be one */
    int (*run)(struct verb_call *call, struct err *e);
};

/* What run is handed. It returns 0 with `status` as the exit status, or a refusal or failure that main reports. */
struct verb_call {
    const struct verb *verb;
    void *options; /* the verb's struct, filled */
    char **args;   /* the positionals */
    int arg_count;
    struct loop *loop;
    struct nanny *nanny; /* NULL without VERB_RUNS_COMMANDS */
    int status;
};

/* verb_run, verb_serve, …; and all of them in the order of help, ended by NULL. */
#define X(name) extern const struct verb verb_##name;
#include "cli/verbs.def"
#undef X
extern const struct verb *const VERBS[];

/* Those that qdo had, in the order of its help. */
extern const struct verb *const VERBS_OF_QDO[];

/* The verb called name. 0; ERR_USAGE with the one that was probably meant. */
int verb_find(const char *name, const struct verb **out_verb, struct err *e);

/* The one that a call means, whose words are argv: a verb, or the word of a verb that has words of its own; *out_used: how many of
 * argv are its name. 0; ERR_USAGE. A verb with words whose first argument is none, or an option, is found by itself. */
int verb_of_call(int argc, char *const *argv, const struct verb **out_verb, int *out_used, struct err *e);

/* A call of a verb that needs a word, and was given none. ERR_USAGE. */
int verb_run_words(struct verb_call *call, struct err *e);

/* The last word of its name. */
const char *verb_word(const struct verb *v);

/* Help on stdout: everything in short (called as qdo: what qdo had), or one verb in full. */
void help_all(void);
void help_verb(const struct verb *v);

#endif
