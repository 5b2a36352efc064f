/* From what was seen of a job to the state it is in: the one table of schedulers' words, the far side's own status, and the rules for a
 * process that is no longer there.
 *
 * What always holds: an end that the far side wrote itself (exit) is believed, but for the scheduler's word why it ended; a job is lost only where
 * its folder, its process or the scheduler has answered that it is not there. What may be a gap between two steps, or a
 * scheduler that forgets, is a doubt: the caller asks again a minute later. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "launch/site_inner.h"

/* What is told as the reason. */
enum tell {
    TELL_NOTHING,
    TELL_REASON, /* what the scheduler has in its column of reasons: why it waits */
    TELL_WORD,   /* the word itself */
    TELL_EXIT,   /* how its script ended */
};

static const struct word {
    const char *word;
    enum job_state state;
    enum tell tell;
} WORDS[] = {
    {"PENDING", JOB_PENDING, TELL_REASON},
    {"CONFIGURING", JOB_PENDING, TELL_WORD},
    {"REQUEUED", JOB_PENDING, TELL_WORD},
    {"REQUEUE_FED", JOB_PENDING, TELL_WORD},
    {"REQUEUE_HOLD", JOB_PENDING, TELL_WORD},
    {"RESV_DEL_HOLD", JOB_PENDING, TELL_WORD},
    {"SPECIAL_EXIT", JOB_PENDING, TELL_WORD},
    {"RUNNING", JOB_RUNNING, TELL_NOTHING},
    {"COMPLETING", JOB_RUNNING, TELL_NOTHING},
    {"RESIZING", JOB_RUNNING, TELL_NOTHING},
    {"SIGNALING", JOB_RUNNING, TELL_NOTHING},
    {"STAGE_OUT", JOB_RUNNING, TELL_NOTHING},
    {"STOPPED", JOB_RUNNING, TELL_WORD},
    {"SUSPENDED", JOB_RUNNING, TELL_WORD},
    {"COMPLETED", JOB_FINISHED, TELL_NOTHING},
    {"FAILED", JOB_FAILED, TELL_EXIT},
    {"TIMEOUT", JOB_FAILED, TELL_WORD},
    {"OUT_OF_MEMORY", JOB_FAILED, TELL_WORD},
    {"NODE_FAIL", JOB_FAILED, TELL_WORD},
    {"BOOT_FAIL", JOB_FAILED, TELL_WORD},
    {"PREEMPTED", JOB_FAILED, TELL_WORD},
    {"DEADLINE", JOB_FAILED, TELL_WORD},
    {"LAUNCH_FAILED", JOB_FAILED, TELL_WORD},
    {"RECONFIG_FAIL", JOB_FAILED, TELL_WORD},
    {"REVOKED", JOB_FAILED, TELL_WORD},
    {"CANCELLED", JOB_CANCELLED, TELL_NOTHING},
};

/* A word of the scheduler; it may have more behind it ("CANCELLED by 1000"). NULL: one that we do not know. */
static const struct word *find_word(const char *text)
{
    size_t n = strcspn(text, " +");
    for (size_t i = 0; i < COUNT_OF(WORDS); i++)
        if (strlen(WORDS[i].word) == n && memcmp(WORDS[i].word, text, n) == 0)
            return &WORDS[i];
    return NULL;
}

int64_t far_number(const char *text, char end)
{
    int64_t n = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && at - text < 15; at++)
        n = n * 10 + (*at - '0');
    return at == text || *at != end ? NONE : n;
}

/* What the far side says of itself. */
struct status {
    char word[16], reason[64];
    int64_t began, ended;
};

static void read_status(const char *line, struct status *out)
{
    *out = (struct status){.began = NONE, .ended = NONE};
    char copy[160];
    if (!line || strlen(line) >= sizeof copy)
        return;
    snprintf(copy, sizeof copy, "%s", line);
    char *rest = copy, *word = strsep(&rest, "\t"), *reason = strsep(&rest, "\t"), *began = strsep(&rest, "\t");
    snprintf(out->word, sizeof out->word, "%s", word);
    if (reason)
        far_clean_words(reason, strlen(reason), out->reason, sizeof out->reason);
    if (began)
        out->began = far_number(began, '\0');
    if (rest)
        out->ended = far_number(rest, '\0');
}

static void say(struct far_verdict *v, enum job_state state, const char *reason)
{
    v->state = state;
    snprintf(v->reason, sizeof v->reason, "%s", reason ? reason : "");
}

static void say_exit(struct far_verdict *v)
{
    v->reason[0] = '\0';
    if (v->exitcode == NONE || v->exitcode == 0)
        return;
    const char *name = v->exitcode > 128 ? sigabbrev_np((int)v->exitcode - 128) : NULL;
    if (name)
        snprintf(v->reason, sizeof v->reason, "signal %d (%s)", (int)v->exitcode - 128, name);
    else
        snprintf(v->reason, sizeof v->reason, "exit %d", (int)v->exitcode);
}

/* What it wrote when it ended. false: it has not. */
static bool judge_written(const struct far_seen *seen, const struct status *s, struct far_verdict *v)
{
    int64_t code = seen->exit ? far_number(seen->exit, '\0') : NONE;
    bool ended = code != NONE && code <= 255;
    v->began = s->began;
    v->ended = s->ended;
    if (ended)
        v->exitcode = code;
    if (strcmp(s->word, "cancelled") == 0 || (ended && seen->cancel)) {
        say(v, JOB_CANCELLED, NULL);
    } else if (!ended) {
        return false;
    } else if (code == 0 && !s->reason[0]) {
        say(v, JOB_FINISHED, NULL);
    } else {
        v->state = JOB_FAILED;
        say_exit(v);
        if (s->reason[0])
            say(v, JOB_FAILED, s->reason);
    }
    return true;
}

/* No folder: gone, or with all of its kind. */
static bool judge_folder(const struct far_seen *seen, struct far_verdict *v)
{
    if (seen->folder)
        return false;
    if (seen->folders)
        say(v, JOB_LOST, "its folder is gone");
    else
        v->doubt = "its folder is gone";
    return true;
}

static void begin_verdict(struct far_verdict *v) { *v = (struct far_verdict){.exitcode = NONE, .began = NONE, .ended = NONE}; }

static void lose(const struct far_seen *seen, struct far_verdict *v, const char *why)
{
    say(v, seen->cancel ? JOB_CANCELLED : JOB_LOST, seen->cancel ? NULL : why);
}

void far_judge_process(const struct far_seen *seen, struct far_verdict *v)
{
    struct status s;
    begin_verdict(v);
    read_status(seen->status, &s);
    if (judge_folder(seen, v) || judge_written(seen, &s, v))
        return;
    char number[24], start[24], boot[64], rest;
    bool has_pid = seen->pid && sscanf(seen->pid, "%23[0-9] %23[0-9] %63s %c", number, start, boot, &rest) == 3;
    if (!has_pid && strcmp(s.word, "running") != 0) {
        v->state = JOB_SUBMITTED;
        v->doubt = "it never began";
    } else if (!has_pid || !seen->asked) {
        say(v, JOB_RUNNING, NULL);
    } else if (strcmp(boot, seen->boot) != 0) {
        lose(seen, v, "the host was started anew");
    } else if (!seen->process || strcmp(seen->process, start) != 0) {
        lose(seen, v, "its process is gone");
    } else {
        say(v, JOB_RUNNING, NULL);
    }
}

static void judge_row(const struct far_seen *seen, const struct word *w, struct far_verdict *v)
{
    const struct far_row *row = seen->row;
    bool over = w->state >= JOB_FINISHED;
    v->state = w->state;
    v->began = w->state == JOB_PENDING || row->began == NONE ? NONE : row->began;
    v->ended = over ? row->ended : NONE;
    if (!over)
        v->exitcode = NONE;
    else if (v->exitcode == NONE)
        v->exitcode = w->state == JOB_FINISHED ? 0 : row->exitcode;
    if (w->tell == TELL_WORD)
        say(v, w->state, w->word);
    else if (w->tell == TELL_REASON && row->reason && strcmp(row->reason, "None") != 0)
        far_clean_words(row->reason, strlen(row->reason), v->reason, sizeof v->reason);
    else if (w->tell == TELL_EXIT)
        say_exit(v);
    else
        say(v, w->state, NULL);
}

void far_judge_batch(const struct far_seen *seen, struct far_verdict *v)
{
    struct status s;
    begin_verdict(v);
    read_status(seen->status, &s);
    bool no_folder = judge_folder(seen, v), written = !no_folder && judge_written(seen, &s, v);
    const struct word *w = seen->row ? find_word(seen->row->state) : NULL;
    if (w && !no_folder)
        judge_row(seen, w, v);
    if (w || no_folder || written || !seen->scheduler || seen->row)
        return;
    if (seen->cancel)
        say(v, JOB_CANCELLED, NULL);
    else
        v->doubt = "the scheduler does not know it any more";
}
