/* A walk over the quoting rules of the shell (POSIX, XCU 2.2 to 2.6) with a stack of what is open. It does not parse
 * commands: where it cannot be sure, it is lost and objects to all that follows, since a value taken for code is worse
 * than a template turned down. */
#include "cli/shell_scan.h"

#include <string.h>

static const char *const OBJECTIONS[SHELL_PLACES] = {
    [SHELL_BARE] = NULL,
    [SHELL_SINGLE] = "stands inside single quotes",
    [SHELL_DOUBLE] = "stands inside double quotes",
    [SHELL_BACKQUOTE] = "stands inside backquotes",
    [SHELL_ARITHMETIC] = "stands inside $((…))",
    [SHELL_COMMENT] = "stands in a comment",
    [SHELL_DOCUMENT] = "stands in a here-document",
    [SHELL_PARAMETER] = "stands inside ${…}",
    [SHELL_LOST] = "stands behind quoting that is not followed ($'…', $[…], quotes inside ${…}, case inside $(…))",
};

void shell_scan_init(struct shell_scan *s)
{
    *s = (struct shell_scan){0};
    memset(s->last, ' ', sizeof s->last);
}

static enum shell_place place(const struct shell_scan *s) { return s->stack[s->depth]; }
static void turn_into(struct shell_scan *s, enum shell_place p) { s->stack[s->depth] = p; }

static void open_place(struct shell_scan *s, enum shell_place p)
{
    if (s->depth + 1 < SHELL_SCAN_DEPTH)
        s->stack[++s->depth] = p;
    else
        turn_into(s, SHELL_LOST);
}

static void close_place(struct shell_scan *s)
{
    if (s->depth)
        s->depth--;
}

static void push_last(struct shell_scan *s, char c)
{
    memmove(s->last + 1, s->last, sizeof s->last - 1);
    s->last[0] = c;
}

/* What a $ makes of the byte behind it, in a command and in double quotes. False: nothing. */
static bool feed_dollar(struct shell_scan *s, char c)
{
    if (s->last[0] != '$')
        return false;
    switch (c) {
    case '(': open_place(s, SHELL_BARE); return true;
    case '{': open_place(s, SHELL_PARAMETER); return true;
    case '[': turn_into(s, SHELL_LOST); return true;
    case '\'':
        if (place(s) == SHELL_BARE)
            turn_into(s, SHELL_LOST);
        return place(s) == SHELL_LOST;
    }
    return false;
}

static void on_parenthesis(struct shell_scan *s)
{
    if (s->last[0] == '(' && s->last[1] == '$')
        turn_into(s, SHELL_ARITHMETIC); /* what $( opened was no command */
    open_place(s, place(s));
}

static void on_newline(struct shell_scan *s)
{
    if (s->document)
        turn_into(s, SHELL_DOCUMENT);
}

/* The word `case`, with its lone parentheses, where a parenthesis would close something. */
static bool ends_case(const struct shell_scan *s)
{
    return s->depth && memcmp(s->last, "esac", 4) == 0 && strchr(" \t\n;|&(){", s->last[4]);
}

static void feed_bare(struct shell_scan *s, char c)
{
    switch (c) {
    case '\'': open_place(s, SHELL_SINGLE); break;
    case '"': open_place(s, SHELL_DOUBLE); break;
    case '`': open_place(s, SHELL_BACKQUOTE); break;
    case '(': on_parenthesis(s); break;
    case ')': close_place(s); break;
    case '<': s->document = s->document || s->last[0] == '<'; break;
    case '#':
        if (strchr(" \t\n;|&()", s->last[0]))
            open_place(s, SHELL_COMMENT);
        break;
    case ' ':
    case '\t':
    case '\n':
        if (ends_case(s))
            turn_into(s, SHELL_LOST);
        else if (c == '\n')
            on_newline(s);
        break;
    }
}

static void feed_comment(struct shell_scan *s, char c)
{
    if (c == '\n') {
        close_place(s);
        on_newline(s);
    }
}

static void feed_parameter(struct shell_scan *s, char c)
{
    if (c == '}')
        close_place(s);
    else if (strchr("'\"`{($\\", c))
        turn_into(s, SHELL_LOST);
}

static void feed_arithmetic(struct shell_scan *s, char c)
{
    if (c == '(')
        on_parenthesis(s);
    else if (c == ')')
        close_place(s);
    else if (strchr("'\"`", c))
        turn_into(s, SHELL_LOST);
}

/* What a byte does that no backslash stands before. */
static void feed(struct shell_scan *s, char c)
{
    enum shell_place p = place(s);
    if ((p == SHELL_BARE || p == SHELL_DOUBLE) && feed_dollar(s, c))
        return;
    switch (p) {
    case SHELL_BARE: feed_bare(s, c); break;
    case SHELL_COMMENT: feed_comment(s, c); break;
    case SHELL_PARAMETER: feed_parameter(s, c); break;
    case SHELL_ARITHMETIC: feed_arithmetic(s, c); break;
    case SHELL_SINGLE:
        if (c == '\'')
            close_place(s);
        break;
    case SHELL_BACKQUOTE:
        if (c == '`')
            close_place(s);
        break;
    case SHELL_DOUBLE:
        if (c == '"')
            close_place(s);
        else if (c == '`')
            open_place(s, SHELL_BACKQUOTE);
        break;
    case SHELL_DOCUMENT:
    case SHELL_LOST:
    case SHELL_PLACES: break;
    }
}

/* In single quotes and in comments a backslash is a byte like any other. */
static bool escapes(const struct shell_scan *s)
{
    return place(s) != SHELL_SINGLE && place(s) != SHELL_COMMENT && place(s) != SHELL_PARAMETER;
}

void shell_scan_feed(struct shell_scan *s, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s->escaped) {
            s->escaped = false;
            if (bytes[i] != '\n') /* else both are gone, and the line goes on */
                push_last(s, 'x');
        } else if (bytes[i] == '\\' && escapes(s)) {
            s->escaped = true;
        } else {
            feed(s, bytes[i]);
            push_last(s, bytes[i]);
        }
    }
}

void shell_scan_word(struct shell_scan *s)
{
    s->escaped = false;
    push_last(s, 'x');
}

const char *shell_scan_objection(const struct shell_scan *s)
{
    if (OBJECTIONS[place(s)])
        return OBJECTIONS[place(s)];
    if (s->escaped)
        return "stands behind a backslash";
    return s->last[0] == '$' ? "stands behind a $" : NULL;
}
