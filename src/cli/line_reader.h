/* A file or pipe read line by line, whatever its size; no line may be longer than LINE_READER_MOST. A byte order mark
 * before the first line is skipped. */
#ifndef DOCKET_CLI_LINE_READER_H
#define DOCKET_CLI_LINE_READER_H

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"

enum { LINE_READER_MOST = LIMIT_BODY / 2 };

struct line_reader {
    const char *name; /* for messages */
    int fd;
    struct buf bytes;
    size_t used;    /* of bytes, by lines handed out */
    int64_t number; /* of the line handed out last, from 1 */
    bool begun; /* the first bytes were looked at */
    bool ended;
    crypto_generichash_state *digest; /* is fed each line; NULL: none */
};

/* path "-": stdin. 0; < 0 ERR_FILE. line_reader_done closes it; fine on a zeroed one that was never opened. */
int line_reader_open(struct line_reader *r, const char *path, struct err *e);
void line_reader_done(struct line_reader *r);

/* Back to the first line, with the same digest; -1 if it is not a file that can be read twice. */
int line_reader_rewind(struct line_reader *r);

/* The next line without its newline, borrowed until the next call. 0; LINE_READER_END; ERR_BAD_LINE if it is too long;
 * < 0 ERR_FILE. */
enum { LINE_READER_END = ERR_COUNT };
int line_reader_next(struct line_reader *r, const char **out_line, size_t *out_bytes, struct err *e);

/* Nothing but spaces? */
bool line_reader_is_blank(const char *line, size_t n);

#endif
