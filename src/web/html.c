/* A page brings its own style and loads nothing: the policy it is sent with allows that one style, by its hash, and forms that
 * post to us. It is never shown in another site's frame. */
#include "web/html.h"

#include <sodium.h>
#include <string.h>

static const char STYLE[] =
    ":root{color-scheme:light dark}"
    "body{font:1.05rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.2rem}"
    "h1{font-size:1.3rem}"
    "button{font:inherit;padding:.5rem 1.2rem;border-radius:.4rem;cursor:pointer}"
    "code{font-size:.95em;overflow-wrap:anywhere}"
    "th{text-align:left;vertical-align:top;padding-right:1.2rem}";

void html_text(struct buf *b, const char *text)
{
    for (const char *c = text; *c; c++)
        switch (*c) {
        case '&': buf_puts(b, "&amp;"); break;
        case '<': buf_puts(b, "&lt;"); break;
        case '>': buf_puts(b, "&gt;"); break;
        case '"': buf_puts(b, "&quot;"); break;
        case '\'': buf_puts(b, "&#39;"); break;
        default: buf_putc(b, *c);
        }
}

static void put_policy(struct request *r)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];
    crypto_hash_sha256(hash, (const unsigned char *)STYLE, sizeof STYLE - 1);
    sodium_bin2base64(text, sizeof text, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
    request_header(r, "Content-Security-Policy",
                   arena_printf(&r->arena,
                                "default-src 'none'; style-src 'sha256-%s'; form-action 'self'; base-uri 'none'; "
                                "frame-ancestors 'none'",
                                text));
    request_header(r, "X-Content-Type-Options", "nosniff");
    request_header(r, "Referrer-Policy", "same-origin");
}

struct buf *html_begin(struct request *r, int status, const char *title)
{
    struct buf *b = request_answer_text(r, status);
    r->content_type = "text/html; charset=utf-8";
    put_policy(r);
    buf_puts(b, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>");
    html_text(b, title);
    buf_printf(b, "</title><style>%s</style></head>\n<body><main>\n<h1>", STYLE);
    html_text(b, title);
    buf_puts(b, "</h1>\n");
    return b;
}

int html_end(struct request *r)
{
    buf_puts(&r->answer, "</main></body></html>\n");
    return 0;
}

void html_button(struct request *r, struct buf *b, const char *path, const char *name, const char *value,
                 const char *label)
{
    buf_puts(b, "<form method=\"post\" action=\"");
    html_text(b, request_path(r, path));
    buf_puts(b, "\">");
    if (name) {
        buf_printf(b, "<input type=\"hidden\" name=\"%s\" value=\"", name);
        html_text(b, value);
        buf_puts(b, "\">");
    }
    buf_puts(b, "<button>");
    html_text(b, label);
    buf_puts(b, "</button></form>\n");
}

void html_sign_in(struct request *r, struct buf *b, const char *path, const char *name_field)
{
    buf_puts(b, "<form method=\"post\" action=\"");
    html_text(b, request_path(r, path));
    buf_printf(b, "\">\n<p><label>Name <input name=\"%s\" autocomplete=\"username\" required></label></p>\n", name_field);
    buf_puts(b, "<p><label>Password <input name=\"password\" type=\"password\" autocomplete=\"current-password\" required>"
                "</label></p>\n<button>Sign in</button></form>\n");
}

int html_ask_who(struct request *r)
{
    struct buf *b = html_begin(r, 200, "docket");
    buf_puts(b, "<p>This browser is not signed in.</p>\n");
    html_sign_in(r, b, "/login", "user");
    buf_puts(b, "<p>Or, where the server runs, this makes a link to sign in by:</p>\n"
                "<p><code>docket user link NAME</code></p>\n");
    return html_end(r);
}

static void put_paragraph(struct buf *b, const char *text)
{
    buf_puts(b, "<p>");
    html_text(b, text);
    buf_puts(b, "</p>\n");
}

void html_refuse(struct request *r, const struct err *e)
{
    struct buf *b = html_begin(r, err_http_status(e->code), err_title(e->code));
    put_paragraph(b, e->text);
    if (e->hint[0])
        put_paragraph(b, e->hint);
    html_end(r);
}
