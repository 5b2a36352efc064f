/* Command lines from tables. One walk over argv: a long option, a cluster of letters or a positional; positionals
 * are packed to the front as they are met. What is not in the table is refused, with the name most like it: the
 * least edit distance, if that is small for the length of the word, or the one option that begins so. */
#include "base/options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

enum { WORD_MAX = 32 }; /* longer words are like no name */

struct walk {
    const struct option *table;
    size_t count;
    int argc, at;
    char **argv;
    void *out;
    struct err *e;
};

void option_list_done(struct option_list *l)
{
    free(l->values);
    *l = (struct option_list){0};
}

static void list_append_value(struct option_list *l, const char *value)
{
    l->values = realloc(l->values, (l->count + 1) * sizeof *l->values);
    if (!l->values)
        abort();
    l->values[l->count++] = value;
}

static int set_int(const struct option *o, const char *value, int64_t *out, struct err *e)
{
    char *end;
    errno = 0;
    long long n = strtoll(value, &end, 10);
    if (end == value || *end || errno || n < o->min || n > o->max)
        return err_refuse(e, ERR_USAGE, "--%s must be an integer from %" PRId64 " to %" PRId64 ", not '%s'", o->name,
                          o->min, o->max, value);
    *out = n;
    return 0;
}

static int set_seconds(const struct option *o, const char *value, int64_t *out, struct err *e)
{
    int64_t us = text_parse_span(value);
    if (us < 0)
        return err_refuse(e, ERR_USAGE, "--%s must be a time like 90, 1.5, 30s, 10m, 2h or 1:30:00, not '%s'", o->name,
                          value);
    if (us / CLOCK_SECOND < o->min || us > o->max * CLOCK_SECOND)
        return err_refuse(e, ERR_USAGE, "--%s must be from %" PRId64 " to %" PRId64 " seconds, not '%s'", o->name,
                          o->min, o->max, value);
    *out = us;
    return 0;
}

int option_set(const struct option *o, const char *value, void *out, struct err *e)
{
    void *member = (char *)out + o->offset;
    switch (o->kind) {
    case OPTION_FLAG: *(bool *)member = true; return 0;
    case OPTION_TEXT: *(const char **)member = value; return 0;
    case OPTION_INT: return set_int(o, value, member, e);
    case OPTION_SECONDS: return set_seconds(o, value, member, e);
    case OPTION_LIST: list_append_value(member, value); return 0;
    }
    abort();
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Insertions, deletions and changes of a letter, and neighbours swapped, that make b of a. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), d[WORD_MAX + 1][WORD_MAX + 1];
    if (n > WORD_MAX || m > WORD_MAX)
        return SIZE_MAX;
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j <= m; j++) {
            if (!i || !j) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[n][m];
}

const char *options_nearest(const char *word, const char *const *names, size_t count)
{
    const char *best = NULL;
    size_t best_distance = strlen(word) < 4 ? 2 : strlen(word) / 3 + 2; /* nearer than this, or nothing */
    for (size_t i = 0; i < count; i++) {
        size_t d = strlen(word) > 1 && strncmp(names[i], word, strlen(word)) == 0 ? 0 : distance(word, names[i]);
        if (d < best_distance) {
            best = names[i];
            best_distance = d;
        }
    }
    return best;
}

static int unknown_long(const struct walk *w, const char *name, size_t n)
{
    char word[WORD_MAX + 1];
    const char **names = calloc(w->count + 1, sizeof *names);
    if (!names)
        abort();
    for (size_t i = 0; i < w->count; i++)
        names[i] = w->table[i].name;
    int r = err_refuse(w->e, ERR_USAGE, "there is no option --%.*s", (int)n, name);
    snprintf(word, sizeof word, "%.*s", (int)least(n, WORD_MAX), name);
    const char *nearest = n <= WORD_MAX ? options_nearest(word, names, w->count) : NULL;
    if (nearest)
        err_hint(w->e, "did you mean --%s?", nearest);
    free(names);
    return r;
}

/* The value of o: what stands behind it in the same word, else the next word. */
static int take_value(struct walk *w, const struct option *o, const char *attached)
{
    if (!attached && w->at + 1 >= w->argc)
        return err_refuse(w->e, ERR_USAGE, "--%s needs a value: --%s %s", o->name, o->name, o->value);
    return option_set(o, attached ? attached : w->argv[++w->at], w->out, w->e);
}

/* Is that its name? What other programs spell with _ is known by that too. */
static bool is_called(const struct option *o, const char *name, size_t n)
{
    if (strlen(o->name) != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (o->name[i] != (name[i] == '_' ? '-' : name[i]))
            return false;
    return true;
}

static int take_long(struct walk *w, const char *name)
{
    size_t n = strcspn(name, "=");
    const char *attached = name[n] ? name + n + 1 : NULL;
    for (size_t i = 0; i < w->count; i++) {
        const struct option *o = &w->table[i];
        if (!is_called(o, name, n))
            continue;
        if (o->kind != OPTION_FLAG)
            return take_value(w, o, attached);
        if (attached)
            return err_refuse(w->e, ERR_USAGE, "--%s takes no value", o->name);
        return option_set(o, NULL, w->out, w->e);
    }
    return unknown_long(w, name, n);
}

/* -k, -kq, -j4, -j 4. */
static int take_letters(struct walk *w, const char *letters)
{
    for (; *letters; letters++) {
        const struct option *o = NULL;
        for (size_t i = 0; i < w->count && !o; i++)
            if (w->table[i].letter == *letters)
                o = &w->table[i];
        if (!o)
            return err_refuse(w->e, ERR_USAGE, "there is no option -%c", *letters);
        if (o->kind != OPTION_FLAG)
            return take_value(w, o, letters[1] ? letters + 1 : NULL);
        option_set(o, NULL, w->out, w->e);
    }
    return 0;
}

int options_parse(const struct option *table, size_t count, int argc, char **argv, void *out, int *out_positionals,
                  struct err *e)
{
    struct walk w = {table, count, argc, 1, argv, out, e};
    int positionals = 0;
    bool ended = false;
    for (; w.at < argc; w.at++) {
        char *word = argv[w.at];
        int r = 0;
        if (ended || word[0] != '-' || !word[1])
            argv[1 + positionals++] = word;
        else if (strcmp(word, "--") == 0)
            ended = true;
        else
            r = word[1] == '-' ? take_long(&w, word + 2) : take_letters(&w, word + 1);
        if (r)
            return r;
    }
    *out_positionals = positionals;
    return 0;
}
