/* Names and passwords: verified beside the loop, for that takes long on purpose. A verified pair is remembered for ten minutes
 * as a keyed hash, so that whoever sends it with each request (HTTP Basic) costs that once; what failed too often is refused
 * before it is looked at. */
#ifndef DOCKET_WEB_SIGNIN_H
#define DOCKET_WEB_SIGNIN_H

#include "base/aside.h"
#include "web/request.h"
#include "web/signin_way.h"

struct signin;

/* way: how passwords are verified for accounts that have none here: "store" (not at all), "pam", or the path of a program
 * (signin_way.h); borrowed for its life. */
struct signin *signin_new(struct loop *l, const char *way);
void signin_free(struct signin *s); /* waits for the password that is being looked at */

/* Is this somebody's name and password? 0, and r->who is them; TURN_AGAIN: that takes a while, return it and be run again;
 * ERR_UNAUTHORIZED, in the same words and time whether or not there is such an account; ERR_TOO_OFTEN; ERR_TOO_BUSY;
 * ERR_SIGN_IN. *out_seconds (may be NULL): how long what they are let in by may be good for. */
int signin_check(struct request *r, struct turn *t, const char *name, const char *password, int64_t *out_seconds,
                 struct err *e);

/* What an account's row keeps of a password. 0 and *out_hash in the request's arena; TURN_AGAIN as above; ERR_TOO_BUSY;
 * ERR_BAD_FIELD for one that is empty or too long. */
int signin_hash(struct request *r, const char *password, const char **out_hash, struct err *e);

/* The turn in which one of these said TURN_AGAIN is committed: it begins. true: the request is handed to http_ready when it is
 * over, and must stay until then; false: there is nothing to begin. */
bool signin_begin(struct request *r);

/* Those who have waited too long are sent away. Runs each second, as http_sweep does. */
void signin_sweep(struct signin *s, int64_t now_us);

/* Passwords being verified or waiting for it. */
int signin_waiting(const struct signin *s);

#endif
