/* How far the work is, on stderr: one redrawn line on a terminal, else a plain line now and then. */
#ifndef DOCKET_CLI_PROGRESS_H
#define DOCKET_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/loop.h"
#include "core/rate.h"

struct progress {
    struct loop_timer timer;
    bool terminal, quiet, running, drawn, changed;
    int64_t total;        /* -1: not known */
    int64_t done, failed; /* done counts the failed ones too */
    const char *note;     /* a word about now, or NULL; borrowed */
    const char *word;     /* what is done, where nothing can fail: "added"; NULL: "done", and how many failed */
    int64_t drawn_us;     /* when the last line was written */
    int64_t told_done;    /* done in the last plain line */
    int64_t at_once;      /* commands that run side by side; tasks in the last lot */
    int64_t reached_us;   /* when that lot ended */
    struct rates *rates;  /* of the one queue 0; NULL unless running */
};

/* quiet: only what progress_say is given. */
void progress_init(struct progress *p, struct loop *l, bool quiet);
void progress_begin(struct progress *p, int64_t total, int64_t done, int64_t failed, int at_once);

/* One more is done; its command ran so long. */
void progress_result(struct progress *p, bool succeeded, int64_t ran_us);

/* So many are done in all, none of them failed: those added come as one lot, begun where the last one ended. */
void progress_reached(struct progress *p, int64_t done);

/* Shows a word behind the figures from now on; NULL: none. */
void progress_note(struct progress *p, const char *note);

/* A line of its own, above the bar; made safe here. */
void progress_say(struct progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Takes the bar away until the next turn, because something else is about to be written to the terminal. */
void progress_hide(struct progress *p);

/* Takes it away for good. */
void progress_end(struct progress *p);

/* The line as it would be drawn `width` columns wide, appended; for the draws and the tests. */
void progress_line(const struct progress *p, size_t width, struct buf *b);

#endif
