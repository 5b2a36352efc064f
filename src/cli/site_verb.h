/* What the words of `docket site` share. */
#ifndef DOCKET_CLI_SITE_VERB_H
#define DOCKET_CLI_SITE_VERB_H

#include <jansson.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "cli/ask.h"
#include "cli/connect.h"
#include "cli/out.h"
#include "cli/verb.h"

struct site_options {
    struct connect_options connect;
    bool json;
};

/* The last rows of an option table, for a struct that begins with struct site_options. */
#define SITE_OPTIONS                                               \
    CONNECT_OPTIONS(offsetof(struct site_options, connect)),       \
    {"json", 0, OPTION_FLAG, NULL, offsetof(struct site_options, json), 0, 0, "print JSON as the server gives it"}

/* For those that have none of their own. */
#define SITE_PLAIN .options = OPTIONS, .option_count = COUNT_OF(OPTIONS), .options_bytes = sizeof(struct site_options)

/* Of `list`, and of `docket site` without a word. */
int site_verb_list(struct verb_call *call, struct err *e);

/* May a site be called so ("NAME" or "OWNER/NAME")? 0; ERR_USAGE. */
int site_verb_check(const char *site, struct err *e);

/* "OWNER/NAME" of one that was answered; in the arena. */
const char *site_verb_ref(struct arena *a, const json_t *site);

/* "up", "needs login", with the age of what was seen last where it does not answer; in the arena. */
const char *site_verb_state(struct arena *a, const json_t *site);

/* Asks the server about the site of the call's first argument: method and what stands behind its path. 0 and a new reference. */
int site_verb_call(struct verb_call *call, struct connection *c, const char *method, const char *tail, const json_t *body, json_t **out,
                   struct err *e);

/* Has a site looked at, and says what is there. 0; what the server said. */
int site_verb_sync(struct connection *c, const char *site, bool json, struct err *e);

/* Has it checked, and prints what works, a line each, with what to do where something does not. *out_ok: all that is needed works. A check may
 * take two minutes. 0; what the server said. */
int site_verb_examine(struct connection *c, const char *site, bool json, bool *out_ok, struct err *e);

#endif
