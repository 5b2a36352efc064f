/* Where to listen, as people write it: words, each an address, and behind it a face and a dataset or not. Words are separated by blanks or
 * commas, wherever they stand, so the name of a dataset that holds one is written as in a URL. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "cli/settings_inner.h"
#include "core/account.h"
#include "core/queue.h"
#include "web/face.h"

/* The next word, and *at behind it; NULL: there is none. */
static char *next_word(struct arena *a, const char **at)
{
    static const char BETWEEN[] = " ,\t\r\n";
    const char *from = *at + strspn(*at, BETWEEN);
    size_t n = strcspn(from, BETWEEN);
    *at = from + n;
    return n ? arena_copy(a, from, n) : NULL;
}

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
    const char *port = getenv("PORT"), *words = "", *at = s->listen, *word;
    bool named = port && *port, any = false;
    while ((word = next_word(a, &at))) {
        int n = (int)strcspn(word, "=");
        bool alone = address_in(a, arena_copy(a, word, (size_t)n));
        if (alone)
            word = arena_printf(a, "%.*s:%s%s", n, word, named ? port : SETTINGS_PORT, word + n);
        words = arena_printf(a, "%s%s%s", words, *words ? " " : "", word);
        any = any || alone;
    }
    size_t i = settings_row("listen");
    s->listen = words;
    if (any && named)
        origins[i] = arena_printf(a, "%s and environment PORT", origins[i]);
}

/* ADDR:PORT, [ADDR]:PORT or PORT. */
static bool read_address(struct arena *a, const char *text, struct listen_place *out)
{
    const char *colon = strrchr(text, ':'), *port = colon ? colon + 1 : text;
    const char *address = colon ? address_in(a, arena_copy(a, text, (size_t)(colon - text))) : "127.0.0.1";
    if (!address || !*port || strlen(port) > 5 || strspn(port, "0123456789") != strlen(port) || atoi(port) > 65535)
        return false;
    out->address = address;
    out->port = atoi(port);
    return true;
}

/* Takes the escapes out of a text as it stands in a URL, in place. */
static int decode(char *text, struct err *e)
{
    static const char DIGITS[] = "0123456789abcdef";
    char *to = text;
    for (const char *from = text; *from; from++) {
        *to++ = *from;
        if (*from != '%')
            continue;
        if (!isxdigit((unsigned char)from[1]) || !isxdigit((unsigned char)from[2]))
            return err_refuse(e, ERR_SETTINGS, "behind '%%' stand two hexadecimal digits, or it is written %%25");
        int high = (int)(strchr(DIGITS, tolower((unsigned char)from[1])) - DIGITS);
        int low = (int)(strchr(DIGITS, tolower((unsigned char)from[2])) - DIGITS);
        if (!(high || low))
            return err_refuse(e, ERR_SETTINGS, "a dataset's name holds no NUL");
        to[-1] = (char)(high * 16 + low);
        from += 2;
    }
    *to = '\0';
    return 0;
}

/* [OWNER/]NAME, checked. */
static int read_dataset(struct arena *a, char *text, struct listen_place *out, struct err *e)
{
    int bad = decode(text, e);
    const char *slash = strchr(text, '/'), *name = slash ? slash + 1 : text;
    if (!bad && slash)
        bad = account_check_name(arena_copy(a, text, (size_t)(slash - text)), e);
    if (!bad)
        bad = queue_check_name(name, e);
    out->dataset = text;
    return bad;
}

static int refuse_face(const char *name, struct err *e)
{
    CLEANUP(buf_done) struct buf names = {0};
    for (int i = 0; i < FACE_COUNT; i++)
        buf_printf(&names, "%s%s", !i ? "" : i + 1 < FACE_COUNT ? ", " : " or ", FACES[i].name);
    return err_refuse(e, ERR_SETTINGS, "a face is %s, not '%.40s'", buf_text(&names), name);
}

/* FACE or FACE:[OWNER/]NAME. */
static int read_face(struct arena *a, char *text, struct listen_place *out, struct err *e)
{
    char *colon = strchr(text, ':');
    const char *name = colon ? arena_copy(a, text, (size_t)(colon - text)) : text;
    out->face = face_find(name);
    if (!out->face)
        return refuse_face(name, e);
    if (!colon)
        return 0;
    if (!out->face->datasets)
        return err_refuse(e, ERR_SETTINGS, "a listener of %s has no dataset", name);
    return read_dataset(a, colon + 1, out, e);
}

static int read_place(struct arena *a, char *word, struct listen_place *out, struct err *e)
{
    char *face = strchr(word, '=');
    *out = (struct listen_place){0};
    if (!read_address(a, face ? arena_copy(a, word, (size_t)(face - word)) : word, out))
        return err_refuse(e, ERR_SETTINGS, "it must be ADDR:PORT, [ADDR]:PORT, an address or a port");
    return face ? read_face(a, face + 1, out, e) : 0;
}

/* One word more. */
static int add_place(struct arena *a, const char *word, struct listen_place *places, int *count, struct err *e)
{
    struct listen_place *place = &places[*count];
    if (*count == LIMIT_LISTENERS)
        return err_refuse(e, ERR_SETTINGS, "there are more than %d", LIMIT_LISTENERS);
    int bad = read_place(a, arena_strdup(a, word), place, e);
    for (int i = 0; !bad && i < *count; i++)
        if (listen_clash(&places[i], place))
            bad = err_refuse(e, ERR_SETTINGS, "another listener has that address and port");
    *count += !bad;
    return bad;
}

int settings_parse_listen(struct arena *a, const char *text, const char *origin, struct listen_place **out, int *out_count,
                          struct err *e)
{
    struct listen_place *places = arena_array(a, LIMIT_LISTENERS, sizeof *places);
    const char *at = text, *word;
    struct err why = {0};
    int count = 0;
    while ((word = next_word(a, &at)))
        if (add_place(a, word, places, &count, &why))
            return err_refuse(e, ERR_SETTINGS, "listen '%.200s': %s (%s)", word, why.text, origin);
    if (!count)
        return err_refuse(e, ERR_SETTINGS, "listen must name an address or a port (%s)", origin);
    *out = places;
    *out_count = count;
    return 0;
}
