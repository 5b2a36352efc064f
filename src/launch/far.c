/* Words to a far side and its answers. A script is far.sh and a call of one of its functions; it goes through the stdin of one constant line,
 * with its length before it, so a login shell of any kind interprets nothing of ours and a connection that is cut runs nothing half. Values
 * stand in it as quoted words only. An answer has a head and ends with a line `end`; without it the connection was lost. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "launch/site_inner.h"

const char FAR_BOOT[] = "exec /bin/sh -c 'far_locale=${LC_ALL-}; LC_ALL=C; export LC_ALL; IFS= read -r n && "
                        "s=$(dd bs=1 count=\"$n\" 2>/dev/null) && [ \"${#s}\" -eq \"$n\" ] && eval \"$s\"'";

static const char HEAD[] = "docket 1\t";

void far_compose(struct buf *out, const char *call)
{
    struct buf script = {0};
    buf_puts(&script, FAR_SH);
    buf_puts(&script, "far_head\n");
    buf_puts(&script, call);
    buf_puts(&script, "\nprintf 'end\\n'"); /* no newline at its end: the far shell's $(…) would drop it */
    buf_int(out, (int64_t)script.len);
    buf_putc(out, '\n');
    buf_add(out, script.data, script.len);
    buf_done(&script);
}

/* ---- names */

enum { APP_BYTES = 64, UNIQUE_BYTES = 128, HASH_BYTES = 16 };

static bool is_word(const char *s, size_t most)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    return n > 0 && n <= most && !s[n] && s[0] != '.' && s[0] != '-';
}

static bool is_hash(const char *s) { return strspn(s, "0123456789abcdef") == HASH_BYTES; }

int far_check_app(const char *app, struct err *e)
{
    if (app && is_word(app, APP_BYTES))
        return 0;
    return err_refuse(e, ERR_BAD_NAME, "'%s' cannot be the name of an app: 1 to %d of A-Z a-z 0-9 . _ -, not beginning with . or -",
                      app ? app : "", APP_BYTES);
}

int far_check_name(const struct far_name *name, struct err *e)
{
    int r = far_check_app(name->app, e);
    if (r)
        return r;
    if (!name->hash || !is_hash(name->hash) || name->hash[HASH_BYTES] || name->n < 1)
        return err_refuse(e, ERR_BAD_NAME, "'%s_%lld' is not the name of a job", name->hash ? name->hash : "", (long long)name->n);
    if (!name->unique || !is_word(name->unique, UNIQUE_BYTES))
        return err_refuse(e, ERR_BAD_NAME, "'%s' cannot name a submission", name->unique ? name->unique : "");
    return 0;
}

bool far_is_folder(const char *name, int64_t *out_n)
{
    if (!is_hash(name) || name[HASH_BYTES] != '_' || name[HASH_BYTES + 1] == '0')
        return false;
    int64_t n = far_number(name + HASH_BYTES + 1, '\0');
    if (n < 1)
        return false;
    *out_n = n;
    return true;
}

/* ---- answers */

void far_clean_words(const char *words, size_t n, char *out, size_t room)
{
    struct buf b = {0};
    size_t used = 0;
    for (size_t i = 0; i < n && words[i] && used + 1 < room; i++) {
        unsigned char c = (unsigned char)words[i];
        if (c == '\n' || c == '\t' || c == '\r')
            c = ' ';
        if (c < ' ' || c == 0x7f || (c == ' ' && (!used || out[used - 1] == ' ')))
            continue;
        out[used++] = (char)c;
    }
    while (used && (out[used - 1] == ' ' || ((unsigned char)out[used - 1] & 0xc0) == 0x80) && used + 1 == room)
        used--; /* cut: not in the middle of a character */
    while (used && out[used - 1] == ' ')
        used--;
    out[used] = '\0';
    if (text_is_utf8(out, used) && !text_has_control(out))
        return;
    text_safe(&b, out, used, false);
    snprintf(out, room, "%s", buf_text(&b));
    buf_done(&b);
}

static int not_whole(struct err *e) { return err_refuse(e, ERR_SITE_AWAY, "the connection was lost before the answer was whole"); }

/* What a login shell may say of its own stands before the head. */
static char *find_head(char *text)
{
    for (char *at = text; at; at = strchr(at, '\n'), at = at ? at + 1 : NULL)
        if (strncmp(at, HEAD, sizeof HEAD - 1) == 0)
            return at + sizeof HEAD - 1;
    return NULL;
}

int far_read_reply(char *text, size_t n, struct far_reply *out, struct err *e)
{
    static const char END[] = "\nend\n";
    if (strlen(text) != n)
        return err_refuse(e, ERR_SITE_AWAY, "the answer is no text");
    if (n < sizeof END - 1 || strcmp(text + n - (sizeof END - 1), END) != 0)
        return not_whole(e);
    char *head = find_head(text), *lines = head ? strchr(head, '\n') : NULL;
    if (!lines)
        return not_whole(e);
    *lines = '\0';
    char *rest = head, *epoch = strsep(&rest, "\t"), *boot = strsep(&rest, "\t"), *home = strsep(&rest, "\t");
    if (!home || rest || (out->epoch = far_number(epoch, '\0')) == NONE)
        return err_refuse(e, ERR_SITE_AWAY, "the answer does not begin as it should");
    text[n - (sizeof END - 2)] = '\0'; /* `end`, the newline before it stays */
    out->lines = lines + 1 < text + n - (sizeof END - 2) ? lines + 1 : lines;
    out->n = strlen(out->lines);
    out->boot = boot;
    out->home = home;
    return 0;
}

/* 1: this line is of that word; its words are recorded. */
static bool is_trouble(const char *line, size_t n, const char *word, enum err_code code, struct err *e)
{
    size_t word_n = strlen(word);
    if (n <= word_n || strncmp(line, word, word_n) != 0)
        return false;
    char words[ERR_TEXT_BYTES];
    far_clean_words(line + word_n, n - word_n, words, sizeof words);
    err_refuse(e, code, "%s", words[0] ? words : "it does not say why");
    return true;
}

int far_read_trouble(const char *lines, struct err *e)
{
    for (const char *line = lines; *line;) {
        size_t n = strcspn(line, "\n");
        if (is_trouble(line, n, "failed\t", ERR_SITE_AWAY, e) || is_trouble(line, n, "refused\t", ERR_SITE_REFUSED, e))
            return (int)e->code;
        line += n + (line[n] == '\n');
    }
    return 0;
}
