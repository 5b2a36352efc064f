/* What is typed, or pasted, into `docket top`: bytes become keys.
 *
 * Each byte completes at most one key, a known one; a printable byte at rest is itself; whatever came before, a pause brings it
 * to rest, and there arrows mean arrows. */
#include <string.h>

#include "cli/keys.h"
#include "fuzz.h"

static void check_arrow(struct keys *k)
{
    fuzz_must(keys_take(k, '\x1b') == KEY_NONE && keys_take(k, '[') == KEY_NONE && keys_take(k, 'A') == KEY_UP,
              "an arrow is none");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct guarded {
        struct keys keys;
        char guard[8];
    } g = {.guard = "guarded"};
    for (size_t i = 0; i < n; i++) {
        bool rests = g.keys.n == 0, printable = bytes[i] >= 0x20 && bytes[i] < 0x7f;
        int key = keys_take(&g.keys, (char)bytes[i]);
        fuzz_must(key == KEY_NONE || (key >= 0x20 && key < 0x7f) || (key >= KEY_ENTER && key <= KEY_END), "the key %d", key);
        fuzz_must(!rests || !printable || key == bytes[i], "the byte %d is the key %d", bytes[i], key);
        fuzz_must(key == KEY_NONE || key >= KEY_ENTER || key == bytes[i], "the byte %d types %d", bytes[i], key);
        fuzz_must(g.keys.n <= sizeof g.keys.sequence && memcmp(g.guard, "guarded", 8) == 0, "the sequence is too long");
    }
    int key = keys_rest(&g.keys);
    fuzz_must((key == KEY_NONE || key == KEY_ESCAPE) && g.keys.n == 0, "no rest");
    check_arrow(&g.keys);
    return 0;
}
