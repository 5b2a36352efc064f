/* Where to listen, as people write it. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "cli/settings_inner.h"

/* The address of "ADDR", "[ADDR]" or "localhost", without brackets; NULL if it is none. */
static const char *address_in(struct arena *a, const char *text)
{
    struct in6_addr six;
    struct in_addr four;
    size_t n = strlen(text);
    if (strcmp(text, "localhost") == 0)
        return "127.0.0.1";
    if (n < 3 || text[0] != '[' || text[n - 1] != ']')
        return inet_pton(AF_INET, text, &four) == 1 ? text : NULL;
    const char *inner = arena_copy(a, text + 1, n - 2);
    return inet_pton(AF_INET6, inner, &six) == 1 ? inner : NULL;
}

/* Platforms and images name the two in different places. */
void settings_complete_listen(struct arena *a, struct settings *s, const char **origins)
{
    size_t i = settings_row("listen");
    const char *port = getenv("PORT");
    bool named = port && *port;
    if (!address_in(a, s->listen))
        return;
    s->listen = arena_printf(a, "%s:%s", s->listen, named ? port : SETTINGS_PORT);
    if (named)
        origins[i] = arena_printf(a, "%s and environment PORT", origins[i]);
}

int settings_parse_listen(struct arena *a, const char *text, const char **out_address, int *out_port)
{
    const char *colon = strrchr(text, ':'), *port = colon ? colon + 1 : text;
    const char *address = colon ? address_in(a, arena_copy(a, text, (size_t)(colon - text))) : "127.0.0.1";
    if (!address || !*port || strlen(port) > 5 || strspn(port, "0123456789") != strlen(port) || atoi(port) > 65535)
        return -1;
    *out_address = address;
    *out_port = atoi(port);
    return 0;
}
