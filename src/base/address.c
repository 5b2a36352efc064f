/* See address.h. Texts are read by the C library; ours are only the nets and what stands around them. */
#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum { MAPPED_BYTES = 12, BITS = 128, MAPPED_BITS = MAPPED_BYTES * 8 };

static const unsigned char MAPPED[MAPPED_BYTES] = {[10] = 0xff, [11] = 0xff};

static bool is_mapped(const struct address *a) { return memcmp(a->bytes, MAPPED, MAPPED_BYTES) == 0; }

static void map(const struct in_addr *four, struct address *out)
{
    memcpy(out->bytes, MAPPED, MAPPED_BYTES);
    memcpy(out->bytes + MAPPED_BYTES, four, sizeof *four);
}

bool address_parse(const char *text, size_t n, struct address *out)
{
    char copy[INET6_ADDRSTRLEN];
    struct in_addr four;
    if (!n || n >= sizeof copy || memchr(text, '\0', n))
        return false;
    memcpy(copy, text, n);
    copy[n] = '\0';
    if (inet_pton(AF_INET, copy, &four) == 1) {
        map(&four, out);
        return true;
    }
    return inet_pton(AF_INET6, copy, out->bytes) == 1;
}

bool address_of_socket(const struct sockaddr *s, struct address *out)
{
    if (s->sa_family == AF_INET)
        map(&((const struct sockaddr_in *)s)->sin_addr, out);
    else if (s->sa_family == AF_INET6)
        memcpy(out->bytes, &((const struct sockaddr_in6 *)s)->sin6_addr, sizeof out->bytes);
    else
        return false;
    return true;
}

bool address_is_local(const struct address *a)
{
    static const struct address ONE = {.bytes = {[15] = 1}};
    return is_mapped(a) ? a->bytes[MAPPED_BYTES] == IN_LOOPBACKNET : memcmp(a, &ONE, sizeof ONE) == 0;
}

char *address_text(const struct address *a, char out[ADDRESS_TEXT_BYTES])
{
    if (is_mapped(a))
        inet_ntop(AF_INET, a->bytes + MAPPED_BYTES, out, ADDRESS_TEXT_BYTES);
    else
        inet_ntop(AF_INET6, a->bytes, out, ADDRESS_TEXT_BYTES);
    return out;
}

/* The number behind the slash; -1 if it is none. */
static int read_bits(const char *text, size_t n, int most)
{
    int bits = 0;
    if (n < 1 || n > 3)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        bits = bits * 10 + (text[i] - '0');
    }
    return bits <= most ? bits : -1;
}

static bool bit(const struct address *a, int i) { return a->bytes[i / 8] >> (7 - i % 8) & 1; }

const char *address_net_parse(const char *text, size_t n, struct address_net *out)
{
    const char *slash = memchr(text, '/', n);
    size_t front = slash ? (size_t)(slash - text) : n;
    struct address_net net = {.bits = BITS};
    if (!address_parse(text, front, &net.at))
        return "it is no IPv4 or IPv6 address";
    int given = memchr(text, ':', front) ? 0 : MAPPED_BITS;
    int bits = slash ? read_bits(slash + 1, n - front - 1, BITS - given) : BITS - given;
    if (bits < 0)
        return given ? "behind the slash stands a number from 0 to 32" : "behind the slash stands a number from 0 to 128";
    net.bits = given + bits;
    for (int i = net.bits; i < BITS; i++)
        if (bit(&net.at, i))
            return "its address goes on behind the bits that are the net's";
    *out = net;
    return NULL;
}

bool address_net_holds(const struct address_net *net, const struct address *a)
{
    int bytes = net->bits / 8, rest = net->bits % 8;
    if (memcmp(net->at.bytes, a->bytes, (size_t)bytes) != 0)
        return false;
    return !rest || (net->at.bytes[bytes] ^ a->bytes[bytes]) >> (8 - rest) == 0;
}
