/* Sequences of ECMA-48 (5.4): ESC [ parameters final; and ESC O final, as xterm sends for arrows in its other mode. */
#include "cli/keys.h"

#include "base/cleanup.h"

enum { ESC = 0x1b };

static const struct {
    char final, parameter; /* parameter: of those that end in ~ */
    enum key key;
} SEQUENCES[] = {
    {'A', 0, KEY_UP},          {'B', 0, KEY_DOWN},     {'H', 0, KEY_HOME},   {'F', 0, KEY_END},    {'~', '1', KEY_HOME},
    {'~', '4', KEY_END},       {'~', '7', KEY_HOME},   {'~', '8', KEY_END},  {'~', '5', KEY_PAGE_UP},
    {'~', '6', KEY_PAGE_DOWN}, {'M', 0, KEY_ENTER},
};

static int decode(const struct keys *k, char final)
{
    char parameter = k->n == 3 ? k->sequence[2] : 0;
    for (size_t i = 0; i < COUNT_OF(SEQUENCES); i++)
        if (SEQUENCES[i].final == final && SEQUENCES[i].parameter == parameter &&
            (final != 'M' || k->sequence[1] == 'O'))
            return SEQUENCES[i].key;
    return KEY_NONE;
}

static int take_plain(struct keys *k, unsigned char byte)
{
    if (byte == ESC)
        k->sequence[k->n++] = ESC;
    if (byte == '\r' || byte == '\n')
        return KEY_ENTER;
    if (byte == 0x7f || byte == '\b')
        return KEY_ESCAPE;
    return byte >= 0x20 && byte < 0x7f ? byte : KEY_NONE;
}

int keys_take(struct keys *k, char byte)
{
    if (k->n == 0)
        return take_plain(k, (unsigned char)byte);
    if (byte == ESC) { /* the one before stood alone, or its sequence is broken off */
        int key = keys_rest(k);
        k->sequence[k->n++] = ESC;
        return key;
    }
    if (k->n == 1) {
        if (byte == '[' || byte == 'O')
            k->sequence[k->n++] = byte;
        else
            k->n = 0;
        return KEY_NONE;
    }
    if (byte >= 0x20 && byte < 0x40) {
        if (k->n < sizeof k->sequence)
            k->sequence[k->n++] = byte;
        return KEY_NONE;
    }
    int key = byte >= 0x40 && byte < 0x7f ? decode(k, byte) : KEY_NONE;
    k->n = 0;
    return key;
}

int keys_rest(struct keys *k)
{
    int key = k->n == 1 ? KEY_ESCAPE : KEY_NONE;
    k->n = 0;
    return key;
}
