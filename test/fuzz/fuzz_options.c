/* A command line for any verb: options_parse with the verb's own table; and the options of a new task behind it.
 *
 * The words of an input are ended by newlines, the first names the verb. Numbers and times that were taken lie within their
 * bounds, positionals are words of the line in their order. A refusal names an option of the line, and a hint one that exists. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli/new_task.h"
#include "cli/verb.h"
#include "fuzz.h"

enum { WORDS_MAX = 24 };

static void check_value(const struct option *o, const void *member, const struct verb *v)
{
    int64_t n = o->kind == OPTION_INT || o->kind == OPTION_SECONDS ? *(const int64_t *)member : 0;
    int64_t unit = o->kind == OPTION_SECONDS ? CLOCK_SECOND : 1, before = 0;
    if (o->kind != OPTION_INT && o->kind != OPTION_SECONDS)
        return;
    if (v->defaults)
        before = *(const int64_t *)((const char *)v->defaults + o->offset);
    fuzz_must(n == before || (n >= o->min * unit && n <= o->max * unit), "--%s is %" PRId64, o->name, n);
}

static bool is_option_of(const struct verb *v, const char *name, size_t n)
{
    for (size_t i = 0; i < v->option_count; i++)
        if (strlen(v->options[i].name) == n && memcmp(v->options[i].name, name, n) == 0)
            return true;
    return false;
}

static void check_hint(const struct verb *v, const struct err *e)
{
    const char *name = strstr(e->hint, "did you mean --");
    if (name)
        fuzz_must(is_option_of(v, name + 15, strcspn(name + 15, "?")), "%s?", e->hint);
}

static void check_positionals(char *const *before, int argc, char *const *argv, int count)
{
    int at = 1;
    fuzz_must(count >= 0 && count < argc, "%d positionals of %d words", count, argc);
    for (int i = 0; i < count; i++, at++) {
        while (at < argc && before[at] != argv[1 + i])
            at++;
        fuzz_must(at < argc, "a positional that is no word of the line, or out of order");
    }
}

/* What the words say as the fields of a task. */
static void check_new_task(const char *first, const char *second)
{
    const char *env[] = {first, second}, *after[] = {second};
    struct new_task_options o = {.cwd = first, .env = {env, 2}, .after = {after, 1}, .not_before = second};
    struct err e = {0};
    for (int leave = 0; leave < 4; leave++) {
        CLEANUP(json_drop) json_t *base = NULL;
        int r = new_task_base(&o, &base, &e);
        if (r)
            fuzz_check_refusal(r, &e);
        else
            fuzz_must(json_is_object(base) && json_is_string(json_object_get(base, "cwd")), "a task without a directory");
        if (leave == 0)
            o.cwd = NULL;
        else if (leave == 1)
            o.env.count = 0;
        else
            o.after.count = 0;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct fuzz_input in = {bytes, n};
    char *words[WORDS_MAX], *argv[WORDS_MAX];
    const struct verb *v;
    struct err e = {0};
    int argc = 0, count = 0;
    while (in.left && argc < WORDS_MAX)
        argv[argc++] = fuzz_text(&in, '\n');
    memcpy(words, argv, sizeof words);
    int r = argc ? verb_find(argv[0], &v, &e) : -1;
    if (r > 0)
        fuzz_check_refusal(r, &e);
    if (!r) {
        void *options = calloc(1, v->options_bytes + 1);
        if (v->defaults)
            memcpy(options, v->defaults, v->options_bytes);
        r = options_parse(v->options, v->option_count, argc, argv, options, &count, &e);
        if (r) {
            fuzz_check_refusal(r, &e);
            check_hint(v, &e);
        } else {
            check_positionals(words, argc, argv, count);
        }
        for (size_t i = 0; i < v->option_count; i++) {
            void *member = (char *)options + v->options[i].offset;
            check_value(&v->options[i], member, v);
            if (v->options[i].kind == OPTION_LIST)
                option_list_done(member);
        }
        free(options);
    }
    if (argc > 2)
        check_new_task(words[1], words[2]);
    for (int i = 0; i < argc; i++)
        free(words[i]);
    return 0;
}
