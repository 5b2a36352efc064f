/* Words are always quoted, also where they look harmless: 5 in `seq {}>out` would be taken for a descriptor, `if` for
 * a keyword, and `x` in `$HOME{}` for a part of the name. */
#include "cli/template.h"

#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/shell_scan.h"

enum { LISTED_BYTES = 600, SHOWN_COLUMNS = 60 };

struct template_part {
    const char *text; /* NULL: a value */
    size_t n;
    size_t column;
    bool quoted;
};

/* What a template is read with. */
struct reading {
    struct template *t;
    enum template_kind kind;
    const char *option;
    const char *const *names;
    size_t name_count;
    struct shell_scan shell;
    struct err *e;
};

static int refuse_brace(const struct reading *r, const char *what)
{
    int code = err_refuse(r->e, ERR_USAGE, "--%s: %s", r->option, what);
    err_hint(r->e, "a brace that is to stay is written twice: {{ or }}");
    return code;
}

/* Appends 'a', 'b', 'c', as many as fit. */
static void list_names(const struct reading *r, struct buf *b)
{
    for (size_t i = 0; i < r->name_count; i++) {
        if (b->len > LISTED_BYTES) {
            buf_puts(b, ", …");
            return;
        }
        buf_puts(b, i ? ", '" : "'");
        text_cut(b, r->names[i], SHOWN_COLUMNS);
        buf_putc(b, '\'');
    }
}

static int refuse_name(const struct reading *r, const char *name, size_t n)
{
    CLEANUP(buf_done) struct buf list = {0};
    int shown = n > SHOWN_COLUMNS ? SHOWN_COLUMNS : (int)n, code;
    list_names(r, &list);
    if (r->names)
        code = err_refuse(r->e, ERR_USAGE, "--%s: there is no column '%.*s'; there are %s", r->option, shown, name,
                          buf_text(&list));
    else
        code = err_refuse(r->e, ERR_USAGE, "--%s: an array has no column '%.*s'; its value is {}, or {=}", r->option,
                          shown, name);
    err_hint(r->e, "a brace that is to stay is written twice: {{ or }}");
    return code;
}

static int find_column(const struct reading *r, const char *name, size_t n, size_t *out_column)
{
    if (!r->names && n == 0) {
        *out_column = 0;
        return 0;
    }
    for (size_t i = 0; r->names && i < r->name_count; i++)
        if (strlen(r->names[i]) == n && memcmp(r->names[i], name, n) == 0) {
            *out_column = i;
            return 0;
        }
    return refuse_name(r, name, n);
}

static int refuse_place(const struct reading *r, const char *name, size_t n, const char *objection)
{
    int shown = n > SHOWN_COLUMNS ? SHOWN_COLUMNS : (int)n;
    int code = err_refuse(r->e, ERR_USAGE, "--%s: {%.*s} %s, where the shell would not take it as one word", r->option,
                          shown, name, objection);
    if (r->shell.last[0] == '$')
        err_hint(r->e, "a variable of the shell is written ${{%.*s}}", shown, name);
    else
        err_hint(r->e, "it is put in with quotes of its own, so it needs none around it; {=%.*s} is put in as it is",
                 shown, name);
    return code;
}

/* The value whose name (or =name) stands between the braces. */
static int add_value(struct reading *r, const char *name, size_t n)
{
    struct template_part part = {.quoted = r->kind == TEMPLATE_COMMAND};
    if (n && *name == '=') {
        part.quoted = false;
        name++;
        n--;
    }
    int code = find_column(r, name, n, &part.column);
    const char *objection = part.quoted ? shell_scan_objection(&r->shell) : NULL;
    if (!code && objection)
        code = refuse_place(r, name, n, objection);
    if (code)
        return code;
    shell_scan_word(&r->shell);
    r->t->parts[r->t->count++] = part;
    return 0;
}

static void add_text(struct reading *r, const char *text, size_t n)
{
    shell_scan_feed(&r->shell, text, n);
    r->t->parts[r->t->count++] = (struct template_part){.text = text, .n = n};
}

/* One step at *s: plain text, a doubled brace, or a value. */
static int read_part(struct reading *r, const char **s)
{
    const char *at = *s;
    size_t plain = strcspn(at, "{}");
    if (plain || at[0] == at[1]) {
        add_text(r, at, plain ? plain : 1);
        *s = at + (plain ? plain : 2);
        return 0;
    }
    const char *end = strchr(at, '}');
    if (*at == '}')
        return refuse_brace(r, "there is a } without its {");
    if (!end)
        return refuse_brace(r, "there is a { without its }");
    *s = end + 1;
    return add_value(r, at + 1, (size_t)(end - at) - 1);
}

int template_parse(struct template *t, struct arena *a, enum template_kind kind, const char *option, const char *text,
                   const char *const *names, size_t name_count, struct err *e)
{
    struct reading r = {t, kind, option, names, name_count, {{0}}, e};
    shell_scan_init(&r.shell);
    *t = (struct template){.parts = arena_array(a, strlen(text) + 1, sizeof *t->parts)};
    while (*text) {
        int code = read_part(&r, &text);
        if (code)
            return code;
    }
    return 0;
}

void template_quote(const struct template_value *value, struct buf *out)
{
    buf_putc(out, '\'');
    for (size_t i = 0; i < value->n; i++) {
        if (value->bytes[i] == '\'')
            buf_puts(out, "'\\''");
        else
            buf_putc(out, value->bytes[i]);
    }
    buf_putc(out, '\'');
}

void template_expand(const struct template *t, const struct template_value *values, struct buf *out)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct template_part *part = &t->parts[i];
        if (part->text)
            buf_add(out, part->text, part->n);
        else if (part->quoted)
            template_quote(&values[part->column], out);
        else
            buf_add(out, values[part->column].bytes, values[part->column].n);
    }
}
