/* A CSV file read row by row (RFC 4180, by libcsv), whatever its size. The first line that is not blank names the
 * columns. Lines end in LF or CRLF; in quotes they belong to the field. A byte order mark is skipped. */
#ifndef DOCKET_CLI_ROW_READER_H
#define DOCKET_CLI_ROW_READER_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "cli/line_reader.h"
#include "cli/template.h"

struct row_reader {
    struct line_reader lines; /* lines.number: the last line of the row handed out last */
    int64_t first_line;       /* and its first */
    struct arena arena;
    const char *const *names;
    size_t name_count;
    struct row_parse *parse; /* what libcsv has gathered */
};

/* Opens it ("-": stdin) and reads the names. 0; ERR_BAD_LINE: no names, two the same, not UTF-8, or malformed, with
 * file and line; < 0 ERR_FILE. row_reader_done closes it; fine on a zeroed one. */
int row_reader_open(struct row_reader *r, const char *path, struct err *e);
void row_reader_done(struct row_reader *r);

/* Back to the first row; -1 if it is not a file that can be read twice. */
int row_reader_rewind(struct row_reader *r);

/* The next row, borrowed until the next call; NULL for a line that is blank and no row. 0; LINE_READER_END;
 * ERR_BAD_LINE: malformed, too long, or with more or fewer fields than there are names, with file and line;
 * < 0 ERR_FILE. */
int row_reader_next(struct row_reader *r, const struct template_value **out_fields, struct err *e);

#endif
