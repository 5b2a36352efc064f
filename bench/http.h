/* As much of HTTP as a load generator needs: a request with a JSON body, an answer with its length. */
#ifndef DOCKET_BENCH_HTTP_H
#define DOCKET_BENCH_HTTP_H

#include "talk.h"

/* Puts METHOD /api/v1/queues/QUEUE/WHAT with this body. */
void http_put(struct talk *t, const char *method, const char *queue, const char *what, const char *token, const char *body,
              size_t n);

/* false: the answer is not whole yet; else its body, in t->in. An answer that is no success ends the program. */
bool http_take(struct talk *t, const char **out_body, size_t *out_n);

/* The same whatever the answer is: *out_status says. */
bool http_take_any(struct talk *t, int *out_status, const char **out_body, size_t *out_n);

/* A token from a file, without its newline; as good as for ever. */
const char *http_token(const char *path);

#endif
