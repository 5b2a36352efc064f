/* Templates of `docket load`: 'convert {file} {{x}}', and what becomes of one with the values of a row. {name} is the
 * value of a column as one quoted word of the shell, {=name} the value as it is, {{ and }} are braces. The single value
 * of `--array` has no name: {} and {=}. */
#ifndef DOCKET_CLI_TEMPLATE_H
#define DOCKET_CLI_TEMPLATE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct template_value {
    const char *bytes;
    size_t n;
};

enum template_kind {
    TEMPLATE_COMMAND, /* for a shell: values are quoted */
    TEMPLATE_TEXT,    /* values stand as they are */
};

struct template {
    struct template_part *parts;
    size_t count;
};

/* Reads text as the value of --option, with the columns there are; NULL for `names`: one value without a name.
 * Everything lives in the arena; text is borrowed. 0; ERR_USAGE: a column that is not there (naming those that are), a
 * lone brace, or, in a command, a {name} where the shell would not take it as one word. */
int template_parse(struct template *t, struct arena *a, enum template_kind kind, const char *option, const char *text,
                   const char *const *names, size_t name_count, struct err *e);

/* Appends the text with these values, one for each name (none may hold a NUL). */
void template_expand(const struct template *t, const struct template_value *values, struct buf *out);

/* Appends any bytes but NUL as one word in single quotes. */
void template_quote(const struct template_value *value, struct buf *out);

#endif
