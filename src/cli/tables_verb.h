/* What the words of `docket tables` about one dataset share. */
#ifndef DOCKET_CLI_TABLES_VERB_H
#define DOCKET_CLI_TABLES_VERB_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/ask.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/verb.h"

struct tables_options {
    struct connect_options connect;
    bool json;
};

/* The last rows of an option table, for a struct with a member `base` that is struct tables_options. */
#define TABLES_OPTIONS(type)                                        \
    CONNECT_OPTIONS(offsetof(type, base.connect)),                  \
    {"json", 0, OPTION_FLAG, NULL, offsetof(type, base.json), 0, 0, "print JSON as the server gives it"}

/* For those that have none of their own. */
struct tables_plain {
    struct tables_options base;
};
#define TABLES_PLAIN                                                                                             \
    .options = OPTIONS, .option_count = COUNT_OF(OPTIONS), .options_bytes = sizeof(struct tables_plain),         \
    .flags = VERB_OPENS_DATA

/* Takes the dataset's name off the arguments and connects. 0; ERR_USAGE; as connect_open. */
int tables_connect(struct verb_call *call, const struct tables_options *o, struct connection *c, const char **out_queue,
                struct err *e);

/* GETs what stands behind the path of the dataset ("/dataset"): 0 and a new reference; what the server said. */
int tables_get(struct connection *c, const char *queue, const char *tail, json_t **out, struct err *e);

/* The whole of a word (of struct tables_plain) that asks one thing: what stands there is printed, by print or as JSON. */
int tables_tell(struct verb_call *call, const char *tail, void (*print)(struct arena *a, const json_t *answer), struct err *e);

/* Hands each table of the dataset that the filter means ("&errors=1"; "": all) to fn, page by page. */
int tables_each(struct connection *c, const char *queue, const char *filter, ask_item_fn *fn, void *arg, struct err *e);

/* "[======>      ]  50.0 %  2 of 4": how much is mapped of {"mapped","total"}; "no targets". */
void tables_bar(const json_t *mapped, struct buf *b);

/* "50.0 %", "-" without targets. */
void tables_percent(const json_t *mapped, struct buf *b);

/* The kinds of targets in the order people name them. */
enum { TABLES_KINDS = 3 };
extern const char *const TABLES_KIND[TABLES_KINDS];

/* What the settings are: a line. */
void tables_settings_words(const json_t *dataset, struct buf *b);

#endif
