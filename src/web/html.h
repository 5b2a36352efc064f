/* Pages for people: a frame, and text that can be nothing but text in it. */
#ifndef DOCKET_WEB_HTML_H
#define DOCKET_WEB_HTML_H

#include "web/request.h"

/* Begins the answer: the page's head, and its body up to where what the caller appends to the returned buf belongs. title is
 * plain text. */
struct buf *html_begin(struct request *r, int status, const char *title);

/* Ends it. Returns 0, for handlers to end with. */
int html_end(struct request *r);

/* Appends text in which nothing is markup, in an attribute's quotes too. */
void html_text(struct buf *b, const char *text);

/* A button that posts to a path of ours; `name` (NULL: none) with its value goes along. All are plain text. */
void html_button(struct request *r, struct buf *b, const char *path, const char *name, const char *value,
                 const char *label);

/* A form that posts a name, called `name_field`, and a password to a path of ours. */
void html_sign_in(struct request *r, struct buf *b, const char *path, const char *name_field);

/* Answers with how this browser is signed in. Returns 0. */
int html_ask_who(struct request *r);

/* Answers with what was wrong. */
void html_refuse(struct request *r, const struct err *e);

#endif
