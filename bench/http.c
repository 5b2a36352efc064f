/* See http.h. */
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void http_put(struct talk *t, const char *method, const char *queue, const char *what, const char *token, const char *body,
              size_t n)
{
    talk_put(t,
             "%s /api/v1/queues/%s/%s HTTP/1.1\r\nHost: docket\r\nAuthorization: Bearer %s\r\n"
             "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
             method, queue, what, token, n);
    talk_put_bytes(t, body, n);
}

bool http_take_any(struct talk *t, int *out_status, const char **out_body, size_t *out_n)
{
    char *end = t->in_n ? memmem(t->in, t->in_n, "\r\n\r\n", 4) : NULL;
    if (!end)
        return false;
    *end = '\0';
    const char *length = strcasestr(t->in, "content-length:");
    *out_n = length ? strtoul(length + 15, NULL, 10) : 0;
    *end = '\r';
    *out_body = end + 4;
    *out_status = atoi(t->in + strcspn(t->in, " "));
    return t->in_n >= (size_t)(*out_body - t->in) + *out_n;
}

bool http_take(struct talk *t, const char **out_body, size_t *out_n)
{
    int status;
    if (!http_take_any(t, &status, out_body, out_n))
        return false;
    if (status / 10 != 20) {
        fprintf(stderr, "the server refused: %.600s\n", t->in);
        exit(1);
    }
    return true;
}

const char *http_token(const char *path)
{
    static char token[256];
    FILE *f = fopen(path, "re");
    if (!f || !fgets(token, sizeof token, f))
        talk_die("could not read the token");
    token[strcspn(token, "\n")] = '\0';
    fclose(f);
    return token;
}
