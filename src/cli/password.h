/* A password from whoever runs a verb: never on a command line, where others see it. */
#ifndef DOCKET_CLI_PASSWORD_H
#define DOCKET_CLI_PASSWORD_H

#include "base/arena.h"
#include "base/err.h"

/* The first line of a file ("-": of stdin), or, path NULL, what is typed twice at the terminal without being shown. 0 and
 * *out in the arena; ERR_USAGE: there is no terminal, the two differ, it is empty or longer than LIMIT_PASSWORD;
 * < 0 ERR_FILE. */
int password_read(struct arena *a, const char *path, const char **out, struct err *e);

/* The same of a password there is: asked for once, with this prompt. */
int password_ask(struct arena *a, const char *path, const char *prompt, const char **out, struct err *e);

#endif
