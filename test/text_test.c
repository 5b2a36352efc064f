/* Text for people, checks of text from outside, and whole files. */
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "check.h"

static void utf8(void)
{
    static const struct {
        const char *name, *bytes;
        size_t n;
        bool valid;
    } CASES[] = {
        {"empty", "", 0, true},
        {"ascii", "abc\n", 4, true},
        {"two, three, four bytes", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 9, true},
        {"the last code point", "\xF4\x8F\xBF\xBF", 4, true},
        {"NUL", "a\0b", 3, true},
        {"above the last", "\xF4\x90\x80\x80", 4, false},
        {"a surrogate", "\xED\xA0\x80", 3, false},
        {"overlong slash", "\xC0\xAF", 2, false},
        {"overlong in three", "\xE0\x80\xAF", 3, false},
        {"overlong in four", "\xF0\x80\x80\xAF", 4, false},
        {"cut short", "\xE2\x82", 2, false},
        {"a lone continuation", "\x80", 1, false},
        {"0xFF", "\xFF", 1, false},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        char name[80];
        snprintf(name, sizeof name, "UTF-8: %s is %s", CASES[i].name, CASES[i].valid ? "valid" : "refused");
        CHECK(name, text_is_utf8(CASES[i].bytes, CASES[i].n) == CASES[i].valid);
    }
}

static void controls(void)
{
    CHECK("no control in plain text", !text_has_control("caf\xC3\xA9 \xE2\x82\xAC"));
    CHECK("tab, DEL, C1 and a lone byte are controls", text_has_control("a\tb") && text_has_control("\x7F") &&
                                                           text_has_control("\xC2\x9B") && text_has_control("\x9B"));
}

static void safe_is(const char *name, const char *bytes, size_t n, bool lines, const char *wanted)
{
    CLEANUP(buf_done) struct buf b = {0};
    text_safe(&b, bytes, n, lines);
    CHECK_TEXT(name, buf_text(&b), wanted);
}

static void safe(void)
{
    safe_is("plain text stays", "a b\xC3\xA9", 5, false, "a b\xC3\xA9");
    safe_is("escape sequences are shown", "\x1B[2J", 4, false, "\\x1b[2J");
    safe_is("tab and newline are spelled", "a\tb\n", 4, false, "a\\tb\\n");
    safe_is("or stay", "a\tb\r\n", 5, true, "a\tb\\x0d\n");
    safe_is("NUL", "a\0b", 3, true, "a\\x00b");
    safe_is("C1", "\xC2\x9B", 2, true, "\\u{9b}");
    safe_is("bidirectional overrides", "\xE2\x80\xAEx\xE2\x81\xA6", 7, false, "\\u{202e}x\\u{2066}");
    safe_is("bytes that are no characters", "a\xFF\xC3", 3, false, "a\\xff\\xc3");
}

static void cut_is(const char *name, const char *s, size_t columns, const char *wanted)
{
    CLEANUP(buf_done) struct buf b = {0};
    text_cut(&b, s, columns);
    CHECK_TEXT(name, buf_text(&b), wanted);
}

static void cut(void)
{
    cut_is("what fits is not cut", "abc", 3, "abc");
    cut_is("what does not loses a column to the sign", "abcd", 3, "ab…");
    cut_is("characters count, not bytes", "\xC3\xA9\xC3\xA9\xC3\xA9", 3, "\xC3\xA9\xC3\xA9\xC3\xA9");
    cut_is("one column", "abc", 1, "…");
    cut_is("none", "abc", 0, "");
}

static void numbers(void)
{
    static const struct {
        int64_t n;
        const char *wanted;
    } COUNTS[] = {{0, "0"}, {999, "999"}, {1000, "1,000"}, {12345678, "12,345,678"}, {-1234, "-1,234"},
                  {INT64_MIN, "-9,223,372,036,854,775,808"}},
      SPANS[] = {{0, "0 ms"},
                 {849700, "850 ms"},
                 {999600, "1 s"},
                 {12000000, "12 s"},
                 {59600000, "1 min"},
                 {200000000, "3 min 20 s"},
                 {INT64_C(7500000000), "2 h 5 min"},
                 {INT64_C(352800000000), "4 d 2 h"},
                 {-2000000, "-2 s"}},
      SIZES[] = {{0, "0 bytes"},
                 {1, "1 byte"},
                 {1023, "1023 bytes"},
                 {1024, "1.00 KiB"},
                 {34918, "34.1 KiB"},
                 {1023 * 1024, "1.00 MiB"},
                 {INT64_C(600) << 20, "600 MiB"},
                 {INT64_C(5000) << 40, "5000 TiB"}};
    for (size_t i = 0; i < COUNT_OF(COUNTS); i++) {
        CLEANUP(buf_done) struct buf b = {0};
        text_count(&b, COUNTS[i].n);
        CHECK_TEXT(COUNTS[i].wanted, buf_text(&b), COUNTS[i].wanted);
    }
    for (size_t i = 0; i < COUNT_OF(SPANS); i++) {
        CLEANUP(buf_done) struct buf b = {0};
        text_span(&b, SPANS[i].n);
        CHECK_TEXT(SPANS[i].wanted, buf_text(&b), SPANS[i].wanted);
    }
    for (size_t i = 0; i < COUNT_OF(SIZES); i++) {
        CLEANUP(buf_done) struct buf b = {0};
        text_bytes(&b, SIZES[i].n);
        CHECK_TEXT(SIZES[i].wanted, buf_text(&b), SIZES[i].wanted);
    }
}

static void spans_read(void)
{
    static const struct {
        const char *text;
        int64_t us;
    } CASES[] = {
        {"90", 90000000},     {"1.5", 1500000},       {"30s", 30000000},          {"10m", 600000000},
        {"0.5h", 1800000000}, {"1d", 86400000000},    {"02:30", 150000000},       {"1:02:03", 3723000000},
        {"0", 0},             {"0.000001", 1},        {"100:00", 6000000000},     {"", -1},
        {"x", -1},            {"5x", -1},             {"-1", -1},                 {"1.", -1},
        {"1:60", -1},         {"1:2:3:4", -1},        {"1:", -1},                 {"99999999999999999999", -1},
        {"999999999d", -1},   {" 5", -1},             {"1e3", -1},                {"0x10", -1},
        {"5ss", -1},          {"1:234", -1},          {".5", -1},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        char name[64];
        snprintf(name, sizeof name, "span '%s'", CASES[i].text);
        CHECK(name, text_parse_span(CASES[i].text) == CASES[i].us);
    }
}

static void word_is(const char *s, const char *wanted)
{
    CLEANUP(buf_done) struct buf b = {0};
    text_shell_word(&b, s);
    CHECK_TEXT(wanted, buf_text(&b), wanted);
}

static void words(void)
{
    word_is("plain-word_1.txt", "plain-word_1.txt");
    word_is("", "''");
    word_is("two words", "'two words'");
    word_is("$(reboot)", "'$(reboot)'");
    word_is("it's", "'it'\\''s'");
    char cause[TEXT_CAUSE_BYTES];
    CHECK_TEXT("causes are lower case", text_cause(EACCES, cause), "permission denied");
    CHECK_TEXT("unknown causes have a number", text_cause(9999, cause), "error 9999");
}

static void files(void)
{
    char dir[] = "/tmp/text_test.XXXXXX", path[80], deep[96];
    struct err e;
    CLEANUP(buf_done) struct buf b = {0};
    CHECK("a place for files", mkdtemp(dir) != NULL);
    snprintf(deep, sizeof deep, "%s/a/b/c", dir);
    snprintf(path, sizeof path, "%s/a/b/c/file", dir);
    CHECK("directories are made", file_make_dirs(deep, 0700, &e) == 0);
    CHECK("again is fine", file_make_dirs(deep, 0700, &e) == 0);
    struct stat st;
    CHECK("the last has the mode asked for", stat(deep, &st) == 0 && (st.st_mode & 0777) == 0700);
    CHECK("a file is written", file_write(path, "one\0two", 7, 0600, &e) == 0);
    CHECK("and replaced", file_write(path, "three", 5, 0640, &e) == 0);
    CHECK("with its mode", stat(path, &st) == 0 && (st.st_mode & 0777) == 0640);
    CHECK("read back", file_read(path, 5, &b, &e) == 0 && b.len == 5 && strcmp(b.data, "three") == 0);
    CHECK("too large a file is refused", file_read(path, 4, &b, &e) == -ERR_FILE);
    snprintf(deep, sizeof deep, "%s/d", path);
    CHECK("a file is no directory", file_make_dirs(deep, 0700, &e) == -ERR_FILE);
    unlink(path);
    CHECK("a missing one is named", file_read(path, 5, &b, &e) == -ERR_FILE && strstr(e.text, path) != NULL);
    CHECK("with its cause", strstr(e.text, ": no such file or directory") != NULL);
    static const char *const PARTS[] = {"/a/b/c", "/a/b", "/a", ""};
    for (size_t i = 0; i < COUNT_OF(PARTS); i++) {
        snprintf(deep, sizeof deep, "%s%s", dir, PARTS[i]);
        CHECK("nothing is left behind", rmdir(deep) == 0);
    }
}

int main(void)
{
    utf8();
    controls();
    safe();
    cut();
    numbers();
    spans_read();
    words();
    files();
    return check_end();
}
