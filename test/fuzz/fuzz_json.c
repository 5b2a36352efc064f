/* JSON as clients, servers and files send it: json_parse, json_write, json_get_bytes.
 *
 * What is accepted is written and read again as the same value, at most 32 levels deep, and written the same way twice.
 * A refusal says a line and a column that are inside the text (or that it is too deep). Bytes that went out as JSON come
 * back as they were, whatever they are. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "fuzz.h"

enum { DEPTH_MAX = 32, BYTES_MAX = 64 };

static void check_depth(const json_t *value, int depth)
{
    const char *key;
    json_t *inner;
    size_t i;
    fuzz_must(depth <= DEPTH_MAX, "nested deeper than %d was accepted", DEPTH_MAX);
    json_array_foreach(value, i, inner)
        check_depth(inner, depth + json_is_array(inner) + json_is_object(inner));
    json_object_foreach((json_t *)value, key, inner)
        check_depth(inner, depth + json_is_array(inner) + json_is_object(inner));
}

static void check_written_and_read(const json_t *value)
{
    CLEANUP(buf_done) struct buf once = {0}, twice = {0};
    CLEANUP(json_drop) json_t *again = NULL;
    struct err e;
    json_write(value, &once);
    fuzz_must(json_parse(buf_text(&once), once.len, &again, &e) == 0, "what was written is refused: %s", e.text);
    fuzz_must(json_equal(value, again), "what was written reads as something else: %s", buf_text(&once));
    json_write(again, &twice);
    fuzz_must(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0, "written otherwise: %s, %s",
              buf_text(&once), buf_text(&twice));
}

static void check_position(const char *text, size_t n, const struct err *e)
{
    int line, column, lines = 1;
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    if (strstr(e->text, "nested deeper"))
        return;
    fuzz_must(sscanf(e->text, "the JSON is not valid at line %d, column %d:", &line, &column) == 2, "no place: %s",
              e->text);
    fuzz_must(line >= 1 && line <= lines && column >= 0 && (size_t)column <= n + 1, "a place outside of it: %s", e->text);
}

static void check_get_bytes(const json_t *value)
{
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(json_drop) json_t *again = NULL;
    struct err e;
    const char *bytes, *same;
    size_t n, same_n;
    int r = json_get_bytes(value, "output", BYTES_MAX, &a, &bytes, &n, &e);
    if (r) {
        fuzz_check_refusal(r, &e);
        return;
    }
    fuzz_must(n <= BYTES_MAX, "%zu bytes where %d are allowed", n, BYTES_MAX);
    again = json_bytes(bytes, n);
    fuzz_must(json_get_bytes(again, "output", BYTES_MAX, &a, &same, &same_n, &e) == 0, "%s", e.text);
    fuzz_must(n == same_n && memcmp(bytes, same, n) == 0, "bytes that were sent back are others");
}

/* Any bytes as JSON, and back. */
static void check_bytes(const uint8_t *bytes, size_t n)
{
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(json_drop) json_t *value = json_bytes(bytes, n);
    struct err e;
    const char *same;
    size_t same_n;
    fuzz_must(value, "bytes that cannot be said in JSON");
    fuzz_must(json_get_bytes(value, "output", n, &a, &same, &same_n, &e) == 0, "%s", e.text);
    fuzz_must(n == same_n && (!n || memcmp(bytes, same, n) == 0), "bytes came back as others");
    fuzz_must(!n || json_get_bytes(value, "output", n - 1, &a, &same, &same_n, &e) == ERR_BAD_FIELD, "too many were taken");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP(json_drop) json_t *value = NULL;
    struct err e = {0};
    int r = json_parse((const char *)bytes, n, &value, &e);
    if (r) {
        fuzz_must(!value, "a value beside a refusal");
        fuzz_check_refusal(r, &e);
        check_position((const char *)bytes, n, &e);
    } else {
        check_depth(value, json_is_array(value) || json_is_object(value));
        check_written_and_read(value);
        check_get_bytes(value);
    }
    check_bytes(bytes, n);
    return 0;
}
