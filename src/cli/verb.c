/* The verbs there are, and how one is found by its name. */
#include "cli/verb.h"

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

int verb_find(const char *name, const struct verb **out_verb, struct err *e)
{
    const char *names[COUNT_OF(VERBS)];
    size_t count = 0;
    for (; VERBS[count]; count++) {
        names[count] = VERBS[count]->name;
        if (strcmp(name, names[count]) == 0) {
            *out_verb = VERBS[count];
            return 0;
        }
    }
    int r = err_refuse(e, ERR_USAGE, "there is no verb '%s'", name);
    const char *nearest = options_nearest(name, names, count);
    if (nearest)
        err_hint(e, "did you mean docket %s?", nearest);
    else
        err_hint(e, "all of them: docket help");
    return r;
}
