/* See qr.h. The dots come from libqrencode; around them stands the light margin that ISO/IEC 18004 asks for. */
#include "cli/qr.h"

#include <errno.h>
#include <qrencode.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { MARGIN = 4 };

static void drop(QRcode **code) { QRcode_free(*code); }

static bool is_dark(const QRcode *code, int row, int column)
{
    bool inside = row >= 0 && row < code->width && column >= 0 && column < code->width;
    return inside && code->data[row * code->width + column] & 1;
}

static void print_line(FILE *to, const QRcode *code, int row)
{
    static const char *const BLOCKS[2][2] = {{"█", "▀"}, {"▄", " "}}; /* what is drawn is light: by dark above, dark below */
    bool coloured = isatty(fileno(to));
    if (coloured)
        fputs("\x1b[97;40m", to);
    for (int column = -MARGIN; column < code->width + MARGIN; column++)
        fputs(BLOCKS[is_dark(code, row, column)][is_dark(code, row + 1, column)], to);
    fputs(coloured ? "\x1b[0m\n" : "\n", to);
}

int qr_print(FILE *to, const char *text, struct err *e)
{
    CLEANUP(drop) QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
    if (!code)
        return err_fail(e, ERR_INTERNAL, "could not draw a QR code of %zu bytes: %s", strlen(text), strerror(errno));
    for (int row = -MARGIN; row < code->width + MARGIN; row += 2)
        print_line(to, code, row);
    return 0;
}
