/* The program on a far side: one that is there, or one that is put there, once. */
#ifndef DOCKET_LAUNCH_PROGRAM_H
#define DOCKET_LAUNCH_PROGRAM_H

#include "base/loop.h"
#include "launch/site.h"

/* Borrowed until it is answered. */
struct program_ask {
    const char *site;    /* its name, for words */
    const char *app;     /* it is put into ~/.APP/VERSION/ */
    const char *version; /* what fits: this one and no other, for both sides speak it */
    const char *named;   /* the setting `docket` of the site: a path there; NULL or "": none */
    const char *bundle;  /* a file with the portable bundle (tar.gz); NULL or "": none */
    const char *machine; /* what that runs on, as `uname -sm` says it: "Linux x86_64" */
};

/* err: ERR_SITE_AWAY, ERR_SITE_LOGIN, ERR_FILE (the bundle), ERR_SITE_REFUSED: there is none, and why. NULL: what it is, and the words it is called
 * by, NULL-ended. Borrowed for the call. */
enum { PROGRAM_WORDS = 3 };
struct program_found {
    const struct err *err;
    const char *kind; /* named, PATH, bundle, python3 */
    const char *words[PROGRAM_WORDS];
};
typedef void program_found_fn(void *arg, const struct program_found *f);

/* Looks for it, in this order: the one that is named; a `docket` in the PATH; the bundle, put into ~/.APP/VERSION/ unless it is there
 * already, whole (checked by its hash, and by starting it); docket.py, where there is a Python from 3.6 on. Answers once, from the loop. */
struct program_find;
struct program_find *program_find(struct loop *l, struct site_link *k, const struct program_ask *ask, program_found_fn *fn, void *arg);

/* Its answer is not wanted any more. NULL is fine. */
void program_find_forget(struct program_find *f);

#endif
