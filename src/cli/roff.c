/* Escaping follows groff_char(7) and man(7): - ' ` ^ ~ and \ have forms that print as themselves everywhere, other
 * than ASCII is written by its code point, and a line that begins with a dot gets \& before it. */
#include "cli/roff.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

static const struct {
    char c;
    const char *roff;
} ESCAPES[] = {{'\\', "\\e"}, {'-', "\\-"}, {'\'', "\\(aq"}, {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"}, {'"', "\\(dq"}};

static const char *escape_for(char c)
{
    for (size_t i = 0; i < COUNT_OF(ESCAPES); i++)
        if (ESCAPES[i].c == c)
            return ESCAPES[i].roff;
    return NULL;
}

/* Writes the code point whose first byte is at text; returns how many bytes it had. */
static size_t put_wide(const unsigned char *text)
{
    size_t more = text[0] >= 0xF0 ? 3 : text[0] >= 0xE0 ? 2 : 1;
    uint32_t code = text[0] & (0x3Fu >> more);
    for (size_t i = 1; i <= more; i++)
        code = code << 6 | (text[i] & 0x3F);
    printf("\\[u%04" PRIX32 "]", code);
    return more + 1;
}

void roff_bytes(const char *text, size_t n, int at_start)
{
    bool start = at_start;
    for (size_t i = 0; i < n;) {
        const char *escaped = escape_for(text[i]);
        if (start && text[i] == '.')
            fputs("\\&", stdout);
        start = text[i] == '\n';
        if ((unsigned char)text[i] >= 0x80) {
            i += put_wide((const unsigned char *)text + i);
            continue;
        }
        if (escaped)
            fputs(escaped, stdout);
        else
            putchar(text[i]);
        i++;
    }
}

void roff_text(const char *text) { roff_bytes(text, strlen(text), false); }

void roff_line(const char *text)
{
    roff_bytes(text, strlen(text), true);
    putchar('\n');
}

static void put_font(char font, const char *text)
{
    printf("\\f%c", font);
    roff_text(text);
    fputs("\\fR", stdout);
}

void roff_bold(const char *text) { put_font('B', text); }
void roff_italic(const char *text) { put_font('I', text); }
void roff_section(const char *name) { printf(".SH %s\n", name); }

void roff_page(const char *name, int section)
{
    fputs(".\\\" made by docket help \\-\\-man\n.TH ", stdout);
    for (const char *c = name; *c; c++)
        if (*c == '-')
            fputs("\\-", stdout);
        else
            putchar(toupper((unsigned char)*c));
    printf(" %d \"\" \"docket " DOCKET_VERSION "\" \"docket\"\n", section);
}

static void put_verbatim(const char *text, size_t n)
{
    puts(".EX");
    roff_bytes(text, n, true);
    puts("\n.EE");
}

void roff_prose(const char *text, size_t n)
{
    bool first = true;
    for (const char *end = text + n; text < end;) {
        const char *stop = strstr(text, "\n\n");
        if (!stop || stop > end)
            stop = end;
        size_t length = (size_t)(stop - text);
        while (length && text[length - 1] == '\n')
            length--;
        if (!first && length)
            puts(".PP");
        first &= !length;
        if (length && strncmp(text, "  ", 2) == 0) {
            put_verbatim(text, length);
        } else if (length) {
            roff_bytes(text, length, true);
            putchar('\n');
        }
        text = stop + 2;
    }
}
