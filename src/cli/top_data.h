/* What `docket top` shows, asked of the server again and again without ever waiting for it. */
#ifndef DOCKET_CLI_TOP_DATA_H
#define DOCKET_CLI_TOP_DATA_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/client.h"

enum { TOP_QUEUES_MOST = 5000, TOP_NAME_BYTES = 512 };

struct top_data {
    /* What is known: NULL until it was first answered. */
    json_t *health, *queues, *workers, *failures; /* workers and failures: of the queue `of` */
    char of[TOP_NAME_BYTES];                      /* "OWNER/NAME" of the queue looked into; "": none */
    char url[256];
    double turn_s;          /* how long a turn took of late; < 0: not known */
    bool more_queues, more_workers;
    bool away;              /* the server does not answer */
    int64_t away_since_us;  /* on clock_mono_us */
    struct err trouble;     /* why it is away, or what it refused; code 0: nothing */

    /* What is being asked. */
    struct client *client;
    int asked; /* requests under way */
    bool round_away;
    json_t *new_queues;
    char asked_of[TOP_NAME_BYTES]; /* the queue that this round looks into */
    int64_t failures_us; /* when failures were asked for last */
    void (*on_change)(void *arg);
    void *arg;
};

void top_data_init(struct top_data *d, void (*on_change)(void *arg), void *arg);
void top_data_done(struct top_data *d);

/* Asks for everything once more over this client (borrowed until nothing is under way); on_change is called when all of
 * it is answered. Does nothing while something is under way. */
void top_data_ask(struct top_data *d, struct client *c);

/* Is anything under way? The client may not go then. */
bool top_data_is_asking(const struct top_data *d);

/* Looks into a queue ("OWNER/NAME") from now on; NULL: into none. */
void top_data_look_into(struct top_data *d, const char *queue);

/* "OWNER/NAME" of a queue. out holds TOP_NAME_BYTES. Returns out. */
char *top_data_name(const json_t *queue, char out[TOP_NAME_BYTES]);

#endif
