/* Addresses of hosts and nets of them. An IPv4 address is kept as the IPv6 address it is mapped to, so there is one kind. */
#ifndef DOCKET_BASE_ADDRESS_H
#define DOCKET_BASE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

struct sockaddr;

struct address {
    unsigned char bytes[16]; /* in the order of the network */
};

struct address_net {
    struct address at;
    int bits; /* how many of it are the net's: 0 to 128 */
};

enum { ADDRESS_TEXT_BYTES = 48 };

/* Reads "192.0.2.1" or "2001:db8::1" (without brackets, port or scope). False: it is none, and *out is as it was. */
bool address_parse(const char *text, size_t n, struct address *out);

/* That of an IP socket. False: it is of another kind. */
bool address_of_socket(const struct sockaddr *s, struct address *out);

/* Does it stand for this machine (127.0.0.0/8, ::1)? */
bool address_is_local(const struct address *a);

/* Writes it as address_parse reads it. Returns out. */
char *address_text(const struct address *a, char out[ADDRESS_TEXT_BYTES]);

/* Reads "10.0.0.0/8", "2001:db8::/32", or an address alone: a net of one. NULL and *out; else why not, in words. */
const char *address_net_parse(const char *text, size_t n, struct address_net *out);

bool address_net_holds(const struct address_net *net, const struct address *a);

#endif
