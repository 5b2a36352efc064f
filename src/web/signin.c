/* See signin.h. Two tables of fixed size are all that is remembered: pairs that were verified, under keys nobody else can
 * compute, and how often it went wrong of late for an account, from an address, and for the one from the other. Both are caches: what does not fit gives
 * way to what is newer. The key of a pair holds the password's hash in the store as well, so that a new password is a new key. */
#include "web/signin.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "core/account.h"
#include "web/http_inner.h"

enum { KEY_BYTES = 16, PAIRS = 512, TROUBLES = 4096, PROBES = 8, REMEMBERED_MINUTES = 10 };

/* A password nobody has, hashed as all others: whoever asks for an account that has none waits as long. */
static const char NOBODY[] =
    "$argon2id$v=19$m=65536,t=2,p=1$du5fleVD2V9AwQp6c8aHmQ$hD4OJC7JdAGNaorT8kGKPSa/Tfalzvgpd1l0D+dWgOg";

struct pair {
    unsigned char key[KEY_BYTES];
    int64_t until_us, ends_us; /* remembered until; what they are let in by may last until; 0: no pair; as usual */
    char user[LIMIT_USER + 1];
};

/* A bucket that fills with what went wrong and empties by itself. */
struct trouble {
    unsigned char key[KEY_BYTES];
    double level;
    int64_t at_us;
};

struct signin {
    struct aside *aside;
    const struct signin_way *outside; /* for accounts without a password here; NULL: none */
    const char *with;
    atomic_bool stopping;
    unsigned char secret[crypto_generichash_KEYBYTES];
    struct pair pairs[PAIRS];
    struct trouble troubles[TROUBLES];
    struct list verified; /* jobs whose password is being looked at, or waits for it, the oldest first */
};

/* What failures are counted for. */
enum { OF_NAME, OF_ADDRESS, OF_BOTH, COUNTS };

struct signin_job {
    struct aside_job aside;
    struct list node;      /* in the list of those being verified, or of those that wait for one */
    struct list followers; /* of the same name and password: what is found out for it holds for them */
    struct request *r;
    bool begun, over, hashing;
    const struct signin_way *way;
    struct signin_ask ask;
    unsigned char key[KEY_BYTES], counts[COUNTS][KEY_BYTES];
    int64_t now_us; /* of the turn that asked */
    int64_t since_us; /* waits, as clock_mono_us counts */
    int result;     /* of the way */
    struct signin_yes yes;
    char hash[crypto_pwhash_STRBYTES];
    struct err err;
};

struct signin *signin_new(struct loop *l, const char *way)
{
    struct signin *s = calloc(1, sizeof *s);
    struct err e;
    if (!s)
        abort();
    s->aside = aside_new(l);
    if (way && *way && signin_way_from(way, &s->outside, &e) == 0)
        s->with = way;
    if (s->outside == &SIGNIN_STORE)
        s->outside = NULL;
    list_init(&s->verified);
    crypto_generichash_keygen(s->secret);
    return s;
}

void signin_free(struct signin *s)
{
    if (!s)
        return;
    s->stopping = true;
    aside_free(s->aside);
    sodium_memzero(s->secret, sizeof s->secret);
    free(s);
}

int signin_waiting(const struct signin *s) { return aside_open(s->aside); }

/* The key of some texts, each with its end. */
static void key_of(const struct signin *s, const char *const *texts, int count, unsigned char out[KEY_BYTES])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, s->secret, sizeof s->secret, KEY_BYTES);
    for (int i = 0; i < count; i++)
        crypto_generichash_update(&state, (const unsigned char *)texts[i], strlen(texts[i]) + 1);
    crypto_generichash_final(&state, out, KEY_BYTES);
}

static unsigned first_place(const unsigned char key[KEY_BYTES], unsigned places)
{
    unsigned n;
    memcpy(&n, key, sizeof n);
    return n % places;
}

static struct pair *find_pair(struct signin *s, const unsigned char key[KEY_BYTES], int64_t now_us)
{
    for (unsigned i = 0, at = first_place(key, PAIRS); i < PROBES; i++, at = (at + 1) % PAIRS)
        if (s->pairs[at].until_us > now_us && sodium_memcmp(s->pairs[at].key, key, KEY_BYTES) == 0)
            return &s->pairs[at];
    return NULL;
}

/* What would be forgotten first gives way. */
static void remember(struct signin *s, const struct signin_job *job)
{
    unsigned at = first_place(job->key, PAIRS);
    struct pair *place = &s->pairs[at];
    for (unsigned i = 1; i < PROBES; i++) {
        struct pair *other = &s->pairs[(at + i) % PAIRS];
        place = other->until_us < place->until_us ? other : place;
    }
    *place = (struct pair){.until_us = job->now_us + REMEMBERED_MINUTES * 60 * CLOCK_SECOND};
    if (job->yes.until_s) {
        place->ends_us = job->yes.until_s * CLOCK_SECOND;
        place->until_us = place->ends_us < place->until_us ? place->ends_us : place->until_us;
    }
    memcpy(place->key, job->key, KEY_BYTES);
    memcpy(place->user, job->yes.user, sizeof place->user);
}

static double level_of(const struct trouble *b, int64_t now_us)
{
    double left = b->level - (double)(now_us - b->at_us) / (60.0 * CLOCK_SECOND) * LIMIT_SIGN_INS_FAILED;
    return left > 0 ? left : 0;
}

static struct trouble *find_trouble(struct signin *s, const unsigned char key[KEY_BYTES])
{
    for (unsigned i = 0, at = first_place(key, TROUBLES); i < PROBES; i++, at = (at + 1) % TROUBLES)
        if (memcmp(s->troubles[at].key, key, KEY_BYTES) == 0)
            return &s->troubles[at];
    return NULL;
}

/* A place for the bucket of a key: the emptiest. */
static struct trouble *make_trouble(struct signin *s, const unsigned char key[KEY_BYTES], int64_t now_us)
{
    unsigned at = first_place(key, TROUBLES);
    struct trouble *emptiest = &s->troubles[at];
    for (unsigned i = 1; i < PROBES; i++) {
        struct trouble *b = &s->troubles[(at + i) % TROUBLES];
        if (level_of(b, now_us) < level_of(emptiest, now_us))
            emptiest = b;
    }
    *emptiest = (struct trouble){.at_us = now_us};
    memcpy(emptiest->key, key, KEY_BYTES);
    return emptiest;
}

static void add_trouble(struct signin *s, const struct signin_job *job, double n)
{
    for (int i = 0; i < COUNTS; i++) {
        struct trouble *b = find_trouble(s, job->counts[i]);
        if (!b)
            b = make_trouble(s, job->counts[i], job->now_us);
        b->level = level_of(b, job->now_us) + n;
        b->level = b->level > 0 ? b->level : 0;
        b->at_us = job->now_us;
    }
}

static bool is_too_often(struct signin *s, const unsigned char key[KEY_BYTES], int64_t now_us)
{
    const struct trouble *b = find_trouble(s, key);
    return b && level_of(b, now_us) + 1 > LIMIT_SIGN_INS_FAILED;
}

/* One of IPv6 stands for its net: whoever has one has 2^64. */
static const char *address_of(struct request *r, char net[ADDRESS_TEXT_BYTES])
{
    const char *text = peer_address(r);
    if (!r->peer.known || !text || !strchr(text, ':'))
        return text ? text : "";
    struct address at = r->peer.at;
    memset((char *)&at.bytes + 8, 0, 8);
    address_text(&at, net);
    return net;
}

static void key_of_counts(struct signin *s, struct request *r, const char *name, unsigned char out[COUNTS][KEY_BYTES])
{
    char net[ADDRESS_TEXT_BYTES];
    const char *from = address_of(r, net);
    const char *const texts[COUNTS][3] = {{"account", name, ""}, {"address", from, ""}, {"both", name, from}};
    for (int i = 0; i < COUNTS; i++)
        key_of(s, texts[i], COUNT_OF(texts[i]), out[i]);
}

static int refuse_pair(struct err *e)
{
    return err_refuse(e, ERR_UNAUTHORIZED, "this name and password do not belong together");
}

static int refuse_often(struct err *e)
{
    int refused = err_refuse(e, ERR_TOO_OFTEN, "too many sign-ins have failed, of this account or from this address");
    err_hint(e, "wait a minute; tokens are not held up by this");
    return refused;
}

static int refuse_busy(struct err *e)
{
    int refused = err_refuse(e, ERR_TOO_BUSY, "too many passwords are being verified");
    err_hint(e, "send it again in a few seconds");
    return refused;
}

static void work(struct aside_job *aside)
{
    struct signin_job *job = LIST_OF(struct signin_job, aside, aside);
    if (!job->hashing) {
        job->result = job->way->verify(&job->ask, &job->yes, &job->err);
        return;
    }
    job->result = crypto_pwhash_str(job->hash, job->ask.password, strlen(job->ask.password),
                                    crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0;
}

static void go_on(struct request *r)
{
    list_append(r->stream.on ? &r->http->pieces : &r->http->ready, &r->ready);
}

static void end_job(struct signin_job *job)
{
    job->over = true;
    go_on(job->r);
}

static void tell_followers(struct signin_job *job)
{
    struct list *node;
    while ((node = list_shift(&job->followers))) {
        struct signin_job *other = LIST_OF(struct signin_job, node, node);
        other->result = job->result;
        other->yes = job->yes;
        end_job(other);
    }
}

/* It was taken for a failure when it began; now that is known. */
static void done(struct aside_job *aside)
{
    struct signin_job *job = LIST_OF(struct signin_job, aside, aside);
    struct signin *s = job->r->http->signin;
    if (!job->hashing && job->result != 0)
        add_trouble(s, job, -1);
    if (!job->hashing && job->result == 1)
        remember(s, job);
    if (job->result < 0)
        log_error("a password could not be verified: %s", job->err.text);
    list_unlink(&job->node);
    tell_followers(job);
    end_job(job);
}

static struct signin_job *find_job(struct signin *s, const unsigned char key[KEY_BYTES])
{
    LIST_EACH (node, &s->verified) {
        struct signin_job *job = LIST_OF(struct signin_job, node, node);
        if (sodium_memcmp(job->key, key, KEY_BYTES) == 0)
            return job;
    }
    return NULL;
}

/* 0: it may be looked at; else why not. */
static int check_room(struct signin *s, const struct signin_job *job)
{
    if (aside_open(s->aside) >= LIMIT_SIGN_INS_WAITING)
        return -ERR_TOO_BUSY;
    bool often = !job->hashing && (is_too_often(s, job->counts[OF_NAME], job->now_us) ||
                                   is_too_often(s, job->counts[OF_ADDRESS], job->now_us));
    return often ? -ERR_TOO_OFTEN : 0;
}

/* Many workers of one account that begin at once bring one password, and it is looked at once. Whoever guesses follows
 * nobody: that would be as many guesses as they like while its owner comes in. */
static bool follow(struct signin *s, struct signin_job *job)
{
    bool may = !job->hashing && !is_too_often(s, job->counts[OF_BOTH], job->now_us);
    struct signin_job *first = may ? find_job(s, job->key) : NULL;
    if (first)
        list_append(&first->followers, &job->node);
    return first;
}

static void look_at(struct signin *s, struct signin_job *job)
{
    list_init(&job->followers);
    if (!job->hashing) {
        add_trouble(s, job, 1);
        list_append(&s->verified, &job->node);
    }
    job->aside = (struct aside_job){.work = work, .done = done};
    job->since_us = clock_mono_us();
    aside_run(s->aside, &job->aside);
}

bool signin_begin(struct request *r)
{
    struct signin_job *job = r->signin;
    if (!job || job->begun)
        return false;
    struct signin *s = r->http->signin;
    job->begun = true;
    job->r = r;
    if (follow(s, job))
        return true;
    job->result = check_room(s, job);
    if (job->result)
        end_job(job);
    else
        look_at(s, job);
    return true;
}

/* It counts as a failure, as it did when it began: whoever sends more than can be looked at is to wait. */
void signin_sweep(struct signin *s, int64_t now_us)
{
    LIST_EACH (node, &s->verified) {
        struct signin_job *job = LIST_OF(struct signin_job, node, node);
        bool late = now_us - job->since_us > LIMIT_SIGN_IN_SECONDS * CLOCK_SECOND;
        if (!late || !aside_take_back(s->aside, &job->aside))
            continue;
        job->result = -ERR_TOO_BUSY;
        list_unlink(&job->node);
        tell_followers(job);
        end_job(job);
    }
}

static bool is_job(const struct signin_job *job, const unsigned char key[KEY_BYTES])
{
    return job && job->over && !job->hashing && memcmp(job->key, key, KEY_BYTES) == 0;
}

/* A yes until a moment that has been is a no. */
static bool says_yes(const struct signin_job *job, int64_t now_us)
{
    return job->result == 1 && (!job->yes.until_s || job->yes.until_s * CLOCK_SECOND > now_us);
}

static int judge(const struct signin_job *job, struct err *e)
{
    if (job->result >= 0)
        return refuse_pair(e);
    if (job->result == -ERR_TOO_OFTEN)
        return refuse_often(e);
    if (job->result == -ERR_TOO_BUSY)
        return refuse_busy(e);
    return err_refuse(e, ERR_SIGN_IN, "passwords cannot be verified at the moment; the server's log says why");
}

static struct signin_job *new_job(struct request *r, struct turn *t, const char *password)
{
    struct signin_job *job = arena_alloc(&r->arena, sizeof *job);
    *job = (struct signin_job){.now_us = t ? t->now_us : 0, .ask.password = arena_strdup(&r->arena, password)};
    return job;
}

/* Whom a verified pair lets in. An account of this server has a row; one from outside gets it now. */
static int let_in(struct request *r, struct turn *t, const char *user, int64_t ends_us, int64_t *out_seconds,
                  struct err *e)
{
    struct account_row row;
    int bad = account_welcome(t, user, peer_address(r), &r->arena, &row, e);
    if (bad)
        return bad;
    r->who.user = row.name;
    r->who.role = row.role;
    r->who.scope = SCOPE_ALL;
    r->who.queue = NONE;
    if (out_seconds)
        *out_seconds = ends_us ? (ends_us - t->now_us) / CLOCK_SECOND : INT64_MAX / CLOCK_SECOND / 2;
    return 0;
}

static bool is_plausible(const char *name, const char *password)
{
    struct err e;
    return account_check_name(name, &e) == 0 && *password && strlen(password) <= LIMIT_PASSWORD &&
           !text_has_control(password);
}

/* The account's own password, or the way from outside, or a look at nobody's. */
static int choose(struct signin *s, struct turn *t, struct request *r, const char *name, const struct signin_way **way,
                  const char **with, struct err *e)
{
    struct account_row row;
    int bad = store_account_get(t->store, name, &r->arena, &row, e);
    if (bad < 0)
        return bad;
    bool here = bad == 0 && row.password;
    *way = here || !s->outside ? &SIGNIN_STORE : s->outside;
    *with = here ? row.password : !s->outside ? NOBODY : s->with;
    return 0;
}

int signin_check(struct request *r, struct turn *t, const char *name, const char *password, int64_t *out_seconds,
                 struct err *e)
{
    struct signin *s = r->http->signin;
    const struct signin_way *way;
    const char *with;
    unsigned char key[KEY_BYTES], counts[COUNTS][KEY_BYTES];
    if (!is_plausible(name, password))
        return refuse_pair(e);
    int bad = choose(s, t, r, name, &way, &with, e);
    if (bad)
        return bad;
    const char *parts[] = {"pair", name, password, with};
    key_of(s, parts, COUNT_OF(parts), key);
    key_of_counts(s, r, name, counts);
    const struct pair *known = find_pair(s, key, t->now_us);
    if (known && !is_too_often(s, counts[OF_BOTH], t->now_us)) /* or guesses were answered as fast as they come */
        return let_in(r, t, known->user, known->ends_us, out_seconds, e);
    if (is_job(r->signin, key)) {
        const struct signin_job *job = r->signin;
        return says_yes(job, t->now_us)
                   ? let_in(r, t, job->yes.user, job->yes.until_s * CLOCK_SECOND, out_seconds, e)
                   : judge(job, e);
    }
    struct signin_job *job = new_job(r, t, password);
    job->way = way;
    job->ask.name = arena_strdup(&r->arena, name);
    job->ask.with = with;
    job->ask.stopping = &s->stopping;
    memcpy(job->key, key, KEY_BYTES);
    memcpy(job->counts, counts, sizeof counts);
    r->signin = job;
    return TURN_AGAIN;
}

int signin_hash(struct request *r, const char *password, const char **out_hash, struct err *e)
{
    struct signin_job *job = r->signin;
    size_t n = strlen(password);
    if (n < 1 || n > LIMIT_PASSWORD || text_has_control(password))
        return err_refuse(e, ERR_BAD_FIELD, "a password has 1 to %d bytes, without control characters", LIMIT_PASSWORD);
    if (!job || !job->hashing) {
        r->signin = job = new_job(r, NULL, password);
        job->hashing = true;
        return TURN_AGAIN;
    }
    if (job->result == -ERR_TOO_BUSY)
        return refuse_busy(e);
    if (job->result != 1)
        return err_fail(e, ERR_INTERNAL, "there is no memory to hash a password with");
    *out_hash = job->hash;
    return 0;
}
