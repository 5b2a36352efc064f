/* See program.h. Texts are written with `docket` in them, once; where they tell what to type, it is replaced on their way
 * out. That is told by the word behind it: a verb, VERB for any, or an option. Other sentences speak of docket itself. */
#include "cli/program.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/verb.h"

static const char QDO[] = "qdo", OWN[] = "docket";

bool program_is_qdo(void) { return strcmp(program_invocation_short_name, QDO) == 0; }

const char *program_name(void) { return program_is_qdo() ? QDO : OWN; }

/* Does a call of the program go on so? */
static bool is_call(const char *behind)
{
    size_t n = strspn(behind, "abcdefghijklmnopqrstuvwxyz");
    if (strncmp(behind, "--", 2) == 0 || strncmp(behind, "VERB", 4) == 0)
        return true;
    for (const struct verb *const *v = VERBS; *v; v++)
        if (strlen((*v)->name) == n && memcmp((*v)->name, behind, n) == 0)
            return true;
    return false;
}

void program_say(struct buf *b, const char *words)
{
    const char *from = words, *at = words;
    for (; program_is_qdo() && (at = strstr(at, "docket ")); at += strlen(OWN)) {
        if (!is_call(at + strlen("docket ")))
            continue;
        buf_add(b, from, (size_t)(at - from));
        buf_puts(b, QDO);
        from = at + strlen(OWN);
    }
    buf_puts(b, from);
}
