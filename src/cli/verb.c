/* The verbs there are, and how one is found by its name. */
#include "cli/verb.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"

const struct verb *const VERBS[] = {
#define X(name) &verb_##name,
#include "cli/verbs.def"
#undef X
    NULL,
};

const struct verb *const VERBS_OF_QDO[] = {
    &verb_list, &verb_create, &verb_load, &verb_add,    &verb_tasks,  &verb_status, &verb_retry,  &verb_recover,
    &verb_rerun, &verb_revive, &verb_pause, &verb_resume, &verb_delete, &verb_do,     &verb_launch, &verb_noop,
    NULL,
};

const char *verb_word(const struct verb *v)
{
    const char *space = strrchr(v->name, ' ');
    return space ? space + 1 : v->name;
}

/* ERR_USAGE, where there is none called so; `of` is the verb whose words these are, "" for all verbs. */
static int refuse(const char *of, const char *name, const char *const *names, size_t count, struct err *e)
{
    const char *nearest = options_nearest(name, names, count), *gap = *of ? " " : "";
    int r = *of ? err_refuse(e, ERR_USAGE, "docket %s has no '%s'", of, name) : err_refuse(e, ERR_USAGE, "there is no verb '%s'", name);
    if (nearest)
        err_hint(e, "did you mean docket %s%s%s?", of, gap, nearest);
    else
        err_hint(e, "all of them: docket help%s%s", gap, of);
    return r;
}

static int find(const char *of, const struct verb *const *verbs, const char *name, const struct verb **out, struct err *e)
{
    const char *names[COUNT_OF(VERBS)];
    size_t count = 0;
    for (; verbs[count]; count++) {
        assert(count < COUNT_OF(names));
        names[count] = verb_word(verbs[count]);
        if (strcmp(name, names[count]) == 0) {
            *out = verbs[count];
            return 0;
        }
    }
    return refuse(of, name, names, count, e);
}

int verb_find(const char *name, const struct verb **out_verb, struct err *e) { return find("", VERBS, name, out_verb, e); }

static bool is_word(const struct verb *v, const char *name)
{
    for (const struct verb *const *word = v->words; *word; word++)
        if (strcmp(name, verb_word(*word)) == 0)
            return true;
    return false;
}

int verb_of_call(int argc, char *const *argv, const struct verb **out_verb, int *out_used, struct err *e)
{
    int r = verb_find(argv[0], out_verb, e);
    *out_used = 1;
    if (r || !(*out_verb)->words || argc < 2 || argv[1][0] == '-')
        return r;
    if ((*out_verb)->flags & VERB_WORD_OPTIONAL && !is_word(*out_verb, argv[1]))
        return 0;
    *out_used = 2;
    return find((*out_verb)->name, (*out_verb)->words, argv[1], out_verb, e);
}

int verb_run_words(struct verb_call *call, struct err *e)
{
    int r = err_refuse(e, ERR_USAGE, "the word comes first: docket %s %s", call->verb->name, call->verb->arguments);
    err_hint(e, "all of them: docket help %s", call->verb->name);
    return r;
}
