/* Which ways may lead home, and whether one does. What a far side answers is taken as a number among those asked about, never as
 * an address. */
#include "launch/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/text.h"

static bool begins(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static bool is_any(const char *address) { return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0; }

static bool is_loopback(const char *host, size_t n)
{
    struct address at;
    return (n == strlen("localhost") && memcmp(host, "localhost", n) == 0) || (address_parse(host, n, &at) && address_is_local(&at));
}

bool home_url_is_fit(const char *url, bool local)
{
    static const char PLAIN[] = "http://", SECURE[] = "https://";
    if (text_has_control(url) || strpbrk(url, " @"))
        return false;
    if (begins(url, SECURE))
        return url[strlen(SECURE)] != '\0';
    if (!local || !begins(url, PLAIN))
        return false;
    const char *host = url + strlen(PLAIN);
    bool six = *host == '[';
    return six ? is_loopback(host + 1, strcspn(host + 1, "]")) : is_loopback(host, strcspn(host, ":/"));
}

static const char *url_of(struct arena *a, const char *host, int port, bool secure)
{
    return arena_printf(a, strchr(host, ':') ? "%s://[%s]:%d" : "%s://%s:%d", secure ? "https" : "http", host, port);
}

/* The host by which the far side may reach a place; NULL: it cannot. */
static const char *host_for(const struct home_place *p, bool local, const char *seen_from)
{
    bool six = strchr(p->address, ':') != NULL;
    if (local)
        return is_any(p->address) ? (six ? "::1" : "127.0.0.1") : p->address;
    if (!p->pin || is_loopback(p->address, strlen(p->address)))
        return NULL;
    if (!is_any(p->address))
        return p->address;
    return seen_from && (six || !strchr(seen_from, ':')) ? seen_from : NULL;
}

/* A server of ours that others reach by that name may show a certificate that they do not trust: then its key, if it shows that. */
static int add_advertised(const char *url, bool local, const struct home_places *places, struct home_candidate *out)
{
    int count = 0;
    if (!url || !*url || !home_url_is_fit(url, local))
        return 0;
    out[count++] = (struct home_candidate){"advertise", url, NULL};
    for (int i = 0; i < places->count && begins(url, "https:"); i++) {
        if (!places->places[i].pin || places->places[i].tunnel)
            continue;
        out[count++] = (struct home_candidate){"advertise", url, places->places[i].pin};
        break;
    }
    return count;
}

int home_candidates(const struct home_places *places, const char *advertise, bool local, const char *seen_from, struct arena *a,
                    struct home_candidate out[HOME_CANDIDATES])
{
    struct address at;
    bool said = advertise && *advertise;
    int count = add_advertised(said ? advertise : local ? NULL : places->advertise, local, places, out);
    if (seen_from && !address_parse(seen_from, strlen(seen_from), &at))
        seen_from = NULL;
    for (int i = 0; i < places->count && count < HOME_CANDIDATES; i++) {
        const struct home_place *p = &places->places[i];
        const char *host = p->tunnel ? NULL : host_for(p, local, seen_from);
        if (host)
            out[count++] = (struct home_candidate){"listener", url_of(a, arena_strdup(a, host), p->port, p->pin != NULL), p->pin};
    }
    return count;
}

int home_add(struct home_candidate *list, int count, const char *way, const char *host, int port, const char *pin, struct arena *a)
{
    if (count < HOME_CANDIDATES)
        list[count++] = (struct home_candidate){way, url_of(a, host, port, true), pin};
    return count;
}

const struct home_place *home_tunnel(const struct home_places *places)
{
    for (int i = 0; i < places->count; i++)
        if (places->places[i].tunnel)
            return &places->places[i];
    return NULL;
}

/* A filtered address does not answer at all: each has its share of the time. */
void home_probe(const char *const *program, const struct home_candidate *list, int count, struct buf *script)
{
    buf_puts(script, "home_t=; command -v timeout >/dev/null && home_t='timeout 15'\n");
    for (int i = 0; i < count; i++) {
        buf_puts(script, i ? "elif $home_t" : "if $home_t");
        for (int j = 0; program[j]; j++) {
            buf_putc(script, ' ');
            text_shell_word(script, program[j]);
        }
        buf_puts(script, " health --server ");
        text_shell_word(script, list[i].url);
        if (list[i].pin) {
            buf_puts(script, " --pin ");
            text_shell_word(script, list[i].pin);
        }
        buf_printf(script, " </dev/null >/dev/null 2>&1; then printf 'home\\t%%s\\n' %d\n", i);
    }
    buf_puts(script, count ? "else printf 'home\\t%s\\n' none\nfi" : "printf 'home\\t%s\\n' none");
}

int home_probe_read(const char *answer, size_t n, int count)
{
    static const char HEAD[] = "home\t";
    for (const char *line = answer, *end = answer + n; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((stop ? stop : end) - line);
        if (length > strlen(HEAD) && length <= strlen(HEAD) + 2 && memcmp(line, HEAD, strlen(HEAD)) == 0) {
            int number = 0;
            for (size_t i = strlen(HEAD); i < length; i++)
                number = line[i] >= '0' && line[i] <= '9' ? number * 10 + line[i] - '0' : HOME_CANDIDATES;
            return number < count ? number : -1;
        }
        line = stop ? stop + 1 : end;
    }
    return -1;
}

int home_refuse(const char *site, struct err *e)
{
    int r = err_refuse(e, ERR_NO_WAY_HOME, "workers at the site '%s' could not reach this server", site);
    err_hint(e, "three ways out: name a URL by which they do (advertise of the site, or of the server); let the server listen with TLS where they "
                "reach it (--listen, --tls-cert); or let ssh forward ports there (AllowTcpForwarding in its sshd_config)");
    return r;
}
