/* What a far side answers: anything that a host of somebody else's may say.
 *
 * The first byte says which kind of site it is and how many jobs are known there. Whatever comes, each known job is told of once; what was found besides
 * is a folder of a job; a state has its words in one line without control characters; and a job is lost only where the answer was whole. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "fuzz.h"
#include "launch/site_inner.h"

enum { KNOWN = 3 };

static const char *const APPS[] = {"docket", "remoteJobs"};
static const struct far_name NAMES[KNOWN] = {
    {"docket", "0123456789abcdef", 1, "docket-1-1", "12"},
    {"docket", "0123456789abcdef", 2, "docket-1-2", NULL},
    {"remoteJobs", "00000000000000aa", 7, "docket-1-3", "4711"},
};

static void check_verdict(const struct site_kind *kind, const struct look_found *f)
{
    struct far_verdict v;
    int64_t n;
    kind->judge(&f->seen, &v);
    fuzz_must(far_is_folder(f->name, &n) && n == f->n, "'%s' is no folder of a job", f->name);
    fuzz_must(v.state >= 0 && v.state < JOB_STATES, "state %d", (int)v.state);
    fuzz_must(!text_has_control(v.reason) && text_is_utf8(v.reason, strlen(v.reason)), "the reason is no line for people");
    fuzz_must(v.exitcode == NONE || (v.exitcode >= 0 && v.exitcode <= 255), "an exit status of %lld", (long long)v.exitcode);
    fuzz_must(!f->batch || far_number(f->batch, '\0') != NONE, "batch '%s'", f->batch);
    fuzz_must(f->index >= 0 || f->seen.folder, "a job without a folder that nobody knows");
}

static void take_settings(void *arg, const char *app, const char *name, const char *settings)
{
    int64_t n;
    (void)arg;
    fuzz_must(app && far_is_folder(name, &n) && text_is_utf8(settings, strlen(settings)), "settings of '%s'", name);
}

static void look(const struct site_kind *kind, int known, char *text, size_t n)
{
    CLEANUP(arena_done) struct arena a = {0};
    const struct look_ask ask = {APPS, COUNT_OF(APPS), NAMES, known};
    struct far_reply reply;
    struct look_answer answer;
    struct err e = {0};
    int r = far_read_reply(text, n, &reply, &e), told[KNOWN] = {0};
    if (r == 0)
        r = look_read(&reply, &ask, &a, &answer, &e);
    if (r) {
        fuzz_check_refusal(r, &e);
        return;
    }
    for (int i = 0; i < answer.count; i++) {
        check_verdict(kind, &answer.found[i]);
        if (answer.found[i].index >= 0)
            told[answer.found[i].index]++;
    }
    for (int i = 0; i < known; i++)
        fuzz_must(told[i] == 1, "known job %d is told of %d times", i, told[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const struct site_kind *const KINDS[] = {&SITE_KIND_SSH, &SITE_KIND_SLURM};
    struct fuzz_input in = {bytes, n};
    unsigned choice = fuzz_choice(&in, 2 * (KNOWN + 1) * 2);
    CLEANUP(cleanup_free) char *text = strndup((const char *)in.at, in.left), *ended = NULL;
    size_t left = strlen(text);
    struct far_reply reply;
    struct err e;
    /* as a whole answer: the rest of the input is its lines */
    static const char HEAD[] = "\ndocket 1\t1700000000\tboot\t/home/me\n", END[] = "\nend\n";
    if (choice % 2) {
        ended = calloc(1, left + sizeof HEAD + sizeof END);
        memcpy(ended, HEAD, sizeof HEAD - 1);
        memcpy(ended + sizeof HEAD - 1, text, left);
        memcpy(ended + sizeof HEAD - 1 + left, END, sizeof END);
    } else {
        ended = strdup(text);
    }
    CLEANUP(cleanup_free) char *twin = strdup(ended);
    look(KINDS[choice / 2 % 2], (int)(choice / 4), ended, strlen(ended));
    if (far_read_reply(twin, strlen(twin), &reply, &e) == 0)
        look_read_settings(&reply, take_settings, NULL);
    return 0;
}
