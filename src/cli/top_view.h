/* `docket top` as it looks: what is known of the server, the queues and the workers, laid out on a page. Which queue is
 * chosen and how they are sorted is kept here; nothing is asked and nothing written. */
#ifndef DOCKET_CLI_TOP_VIEW_H
#define DOCKET_CLI_TOP_VIEW_H

#include "cli/top_data.h"
#include "cli/top_page.h"

enum top_sort { TOP_BY_NAME, TOP_BY_PENDING, TOP_BY_RUNNING, TOP_BY_FAILED, TOP_BY_RATE, TOP_SORTS };

struct top_view {
    enum top_sort sort;
    char chosen[TOP_NAME_BYTES]; /* "OWNER/NAME" of the queue chosen */
    size_t scroll;               /* the first queue, or in a queue the first worker, on the page */
    bool inside, help;           /* a queue is looked into; help covers all */
    char note[160];              /* the last line says this in place of the keys; "": nothing */
};

/* The queues in their order: pointers into data, freed by the caller. NULL where nothing is known. */
const json_t **top_view_order(const struct top_view *v, const struct top_data *d, size_t *out_count);

/* The queue chosen, the first if it has gone; NULL if there are none. Borrowed from data. */
const json_t *top_view_chosen(struct top_view *v, const struct top_data *d);

/* Moves the choice by so many queues (or, inside, the page by so many workers), stopping at the ends. */
void top_view_move(struct top_view *v, const struct top_data *d, int64_t by);

/* A whole page for a terminal. now_us: since 1970, for how long ago things were. */
void top_view_draw(struct top_view *v, const struct top_data *d, int64_t now_us, struct top_page *p);

/* All there is, for plain lines: queues, and of the one looked into the workers. */
void top_view_tell(struct top_view *v, const struct top_data *d, int64_t now_us, struct top_page *p);
void top_view_tell_inside(const struct top_data *d, int64_t now_us, struct top_page *p);

#endif
