/* Connections to a server, each with one request under way: what every load generator here is made of. A peer (peer.h)
 * says what is asked and how an answer is read. */
#ifndef DOCKET_BENCH_TALK_H
#define DOCKET_BENCH_TALK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

enum { TALK_HELD_MAX = 1000 };

struct unit { /* a lease of docket and its task; an id of a stream of Redis (two numbers); a job of beanstalkd */
    int64_t a, b;
};

struct talk {
    int fd, number;
    struct in_addr from;         /* the address it calls from; 0: any */
    int64_t asked_us, wake_us; /* wake_us: when to go on; 0: an answer is awaited */
    int held_count;
    struct unit *held;
    int claim_count; /* how many it asked for */
    char *in, *out;
    size_t in_n, in_room, out_n, out_sent, out_room;
};

int64_t talk_now_us(void);

/* Ends the program with what went wrong. */
void talk_die(const char *what) __attribute__((noreturn));

/* Of HOST:PORT in numbers; ends the program where it is none. */
struct sockaddr_in talk_address(const char *text);

void talk_init(struct talk *t, int number);

/* Connects and has epoll watch it (for input). false: the server is not there. */
bool talk_dial(struct talk *t, int epoll, const struct sockaddr_in *address);
void talk_hang_up(struct talk *t);

/* Adds to the request that is being made. */
void talk_put(struct talk *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void talk_put_bytes(struct talk *t, const void *bytes, size_t n);

/* Sends the request (or goes on with one that did not fit the socket). false: the connection is gone. */
bool talk_send(struct talk *t);

/* Takes what has come; it ends with a NUL that is not counted. false: the connection is gone. */
bool talk_receive(struct talk *t);

#endif
