/* See welcome.h. The server is asked over HTTP as any other client would, so a link is made in one way only. */
#include "cli/welcome.h"

#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cli/out.h"

static void on_link(void *arg, const struct client_reply *reply)
{
    CLEANUP(arena_done) struct arena a = {0};
    if (reply->status != 201) {
        log_warning("no link to sign in by was made: %s", reply->err.text);
        return;
    }
    printf("to sign a browser in, once, within ten minutes: %s\n", out_field(&a, reply->body, "url"));
    fflush(stdout);
}

void welcome_begin(struct welcome *w, struct loop *l, const struct server *s, const char *data)
{
    CLEANUP(arena_done) struct arena a = {0};
    if (!isatty(STDOUT_FILENO))
        return;
    w->client = client_new(l, server_url(s), server_token(s));
    client_trust(w->client, NULL, data);
    client_send(w->client, "POST", arena_printf(&a, "/api/v1/users/%s/links", client_encode(&a, server_owner(s))), NULL, 0,
                on_link, NULL);
}

void welcome_done(struct welcome *w)
{
    if (w->client)
        client_free(w->client);
    w->client = NULL;
}
