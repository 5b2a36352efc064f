/* What `docket load` makes tasks of: arrays, templates and their quoting, rows of CSV; and times for --not-before. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "check.h"
#include "cli/array_spec.h"
#include "cli/new_task.h"
#include "cli/row_reader.h"
#include "cli/template.h"

/* ---- arrays */

/* All values, a space before each; or the refusal. */
static void list_values(const char *text, struct buf *b)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct array_spec s;
    struct err e = {0};
    char value[ARRAY_SPEC_BYTES];
    if (array_spec_parse(&s, &arena, text, &e)) {
        buf_puts(b, e.text);
        return;
    }
    int64_t count = 0;
    for (; array_spec_next(&s, value); count++)
        buf_printf(b, " %s", value);
    if (count != s.count)
        buf_printf(b, " but said to be %lld", (long long)s.count);
}

static void arrays(void)
{
    static const struct {
        const char *text, *wanted;
    } CASES[] = {
        {"7", " 7"},
        {"0", " 0"},
        {"1-3", " 1 2 3"},
        {"5-5", " 5"},
        {"1-10:3", " 1 4 7 10"},
        {"1-9:3", " 1 4 7"},
        {"1-2:100", " 1"},
        {"3,1-2,3", " 3 1 2 3"},
        {"1-1000:500,7", " 1 501 7"},
        {"001-003", " 001 002 003"},
        {"08-11", " 08 09 10 11"},
        {"8-11", " 8 9 10 11"},
        {"1-010:9", " 001 010"},
        {"007,7", " 007 7"},
        {"00-01", " 00 01"},
        {"999999999999999998-999999999999999999", " 999999999999999998 999999999999999999"},
        {"1-999999999999999999:999999999999999998", " 1 999999999999999999"},
        {"", "--array: '' is not N, A-B or A-B:STEP"},
        {"1,", "--array: '' is not N, A-B or A-B:STEP"},
        {",1", "--array: '' is not N, A-B or A-B:STEP"},
        {"1, 2", "--array: ' 2' is not N, A-B or A-B:STEP"},
        {"1-x", "--array: '1-x' is not N, A-B or A-B:STEP"},
        {"-3", "--array: '-3' is not N, A-B or A-B:STEP"},
        {"1-", "--array: '1-' is not N, A-B or A-B:STEP"},
        {"5:2", "--array: '5:2' is not N, A-B or A-B:STEP"},
        {"1-5:", "--array: '1-5:' is not N, A-B or A-B:STEP"},
        {"1-5:2:1", "--array: '1-5:2:1' is not N, A-B or A-B:STEP"},
        {"1-10%2", "--array: '1-10%2' is not N, A-B or A-B:STEP"},
        {"1000000000000000000", "--array: '1000000000000000000' is not N, A-B or A-B:STEP"},
        {"5-1", "--array: '5-1' ends before it begins"},
        {"1-5:0", "--array: '1-5:0' has a step of 0"},
        {"1-100000001", "--array may name at most 100000000 values"},
        {"1-50000000,1-50000001", "--array may name at most 100000000 values"},
        {"0-999999999999999999", "--array may name at most 100000000 values"},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        CLEANUP(buf_done) struct buf got = {0};
        char name[120];
        snprintf(name, sizeof name, "array '%s'", CASES[i].text);
        list_values(CASES[i].text, &got);
        CHECK_TEXT(name, buf_text(&got), CASES[i].wanted);
    }
}

static void array_walk(void)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct array_spec s;
    struct err e;
    char value[ARRAY_SPEC_BYTES];
    CHECK("LIMIT_ARRAY: 100,000,000 values are only described",
          array_spec_parse(&s, &arena, "1-50000000,1-100000000:2", &e) == 0 && s.count == 100000000);
    CHECK("passing over values", array_spec_skip(&s, 50000001) == 50000001 && array_spec_next(&s, value));
    CHECK_TEXT("the value behind them", value, "3");
    CHECK("no more than there are", array_spec_skip(&s, 100000000) == 49999998 && !array_spec_next(&s, value));
    array_spec_rewind(&s);
    CHECK("from the beginning", array_spec_next(&s, value) && strcmp(value, "1") == 0);
}

/* ---- templates */

static const char *const NAMES[] = {"a", "the b", "=c"};
static const struct template_value VALUES[] = {{"1", 1}, {"it's", 4}, {"", 0}};

/* What the template makes of VALUES; or the refusal. */
static void expand(enum template_kind kind, const char *text, struct buf *b)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct template t;
    struct err e = {0};
    if (template_parse(&t, &arena, kind, "each", text, NAMES, COUNT_OF(NAMES), &e))
        buf_puts(b, e.text);
    else
        template_expand(&t, VALUES, b);
}

static void templates(void)
{
    static const struct {
        enum template_kind kind;
        const char *text, *wanted;
    } CASES[] = {
        {TEMPLATE_COMMAND, "", ""},
        {TEMPLATE_COMMAND, "echo", "echo"},
        {TEMPLATE_COMMAND, "echo {a}", "echo '1'"},
        {TEMPLATE_COMMAND, "echo {the b}{a}.png", "echo 'it'\\''s''1'.png"},
        {TEMPLATE_COMMAND, "echo {=the b} {=a}", "echo it's 1"},
        {TEMPLATE_COMMAND, "{==c}|{a}", "|'1'"},
        {TEMPLATE_COMMAND, "{{a}} {{{a}}} }}{{", "{a} {'1'} }{"},
        {TEMPLATE_COMMAND, "echo \"$(printf %s {a})\"", "echo \"$(printf %s '1')\""},
        {TEMPLATE_COMMAND, "echo \"${{x}}\" '{{' {a}", "echo \"${x}\" '{' '1'"},
        {TEMPLATE_COMMAND, "echo $((1 + (2))) {a}", "echo $((1 + (2))) '1'"},
        {TEMPLATE_COMMAND, "(cd x && f {a}) # it's", "(cd x && f '1') # it's"},
        {TEMPLATE_COMMAND, "echo \\\\{a} \\'{a}", "echo \\\\'1' \\''1'"},
        {TEMPLATE_COMMAND, "echo x#'y' # '\n{a}", "echo x#'y' # '\n'1'"},
        {TEMPLATE_COMMAND, "case {a} in 1) f {a};; esac", "case '1' in 1) f '1';; esac"},
        {TEMPLATE_COMMAND, "cat <in {a}", "cat <in '1'"},
        {TEMPLATE_TEXT, "k-{a}-{=the b}'{a}'", "k-1-it's'1'"},
        {TEMPLATE_COMMAND, "{x}", "--each: there is no column 'x'; there are 'a', 'the b', '=c'"},
        {TEMPLATE_COMMAND, "{}", "--each: there is no column ''; there are 'a', 'the b', '=c'"},
        {TEMPLATE_COMMAND, "{ a}", "--each: there is no column ' a'; there are 'a', 'the b', '=c'"},
        {TEMPLATE_COMMAND, "a } b", "--each: there is a } without its {"},
        {TEMPLATE_COMMAND, "a { b", "--each: there is a { without its }"},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        CLEANUP(buf_done) struct buf got = {0};
        char name[120];
        snprintf(name, sizeof name, "template %zu", i + 1);
        expand(CASES[i].kind, CASES[i].text, &got);
        CHECK_TEXT(name, buf_text(&got), CASES[i].wanted);
    }
}

/* Where a quoted word would not be one word. */
static void places(void)
{
    static const struct {
        const char *text, *why;
    } CASES[] = {
        {"echo '{a}'", "stands inside single quotes"},
        {"echo \"{a}\"", "stands inside double quotes"},
        {"echo \"it's {a}\"", "stands inside double quotes"},
        {"echo '\\' '{a}", "stands inside single quotes"},
        {"echo \"\\\" {a}", "stands inside double quotes"},
        {"echo `echo {a}`", "stands inside backquotes"},
        {"echo \"$(echo \"{a}\")\"", "stands inside double quotes"},
        {"echo $(({a} + 1))", "stands inside $((…))"},
        {"echo $(( (1) + {a}))", "stands inside $((…))"},
        {"echo # {a}", "stands in a comment"},
        {"echo \\\n# {a}", "stands in a comment"},
        {"cat <<END\n{a}\nEND", "stands in a here-document"},
        {"cat <<END # x\n{a}", "stands in a here-document"},
        {"echo ${a}", "stands behind a $"},
        {"echo \\{a}", "stands behind a backslash"},
        {"echo ${{x:-{a}}}", "stands inside ${…}"},
        {"echo ${{x:-'}}' {a}", "stands behind quoting that is not followed"},
        {"echo $'x' {a}", "stands behind quoting that is not followed"},
        {"echo \"$(case x in x) echo \" {a}", "stands behind quoting that is not followed"},
        {"((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((( {a}", "not followed"},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        CLEANUP(buf_done) struct buf got = {0};
        char name[120];
        snprintf(name, sizeof name, "no word %s (%zu)", CASES[i].why, i + 1);
        expand(TEMPLATE_COMMAND, CASES[i].text, &got);
        CHECK(name, strncmp(buf_text(&got), "--each: {a} ", 12) == 0 && strstr(buf_text(&got), CASES[i].why));
    }
}

/* What the shell prints for a command, all of it. */
static void run(const char *command, struct buf *out)
{
    char piece[4096];
    FILE *shell = popen(command, "r");
    size_t n;
    while (shell && (n = fread(piece, 1, sizeof piece, shell)) > 0)
        buf_add(out, piece, n);
    if (!shell || pclose(shell))
        buf_puts(out, " (the shell failed)");
}

/* Does a value come back from the shell as it was, put in by the template? */
static bool comes_back(const char *text, const char *bytes, size_t n)
{
    static const char *const name[] = {"v"};
    CLEANUP(arena_done) struct arena arena = {0};
    CLEANUP(buf_done) struct buf command = {0}, printed = {0};
    struct template_value value = {bytes, n};
    struct template t;
    struct err e;
    if (template_parse(&t, &arena, TEMPLATE_COMMAND, "each", text, name, 1, &e))
        return false;
    template_expand(&t, &value, &command);
    run(buf_text(&command), &printed);
    return printed.len == n && (n == 0 || memcmp(printed.data, bytes, n) == 0);
}

static void round_trip(void)
{
    static const char *const TEMPLATES[] = {
        "printf %s {v}",
        "printf '%s' {v}",
        "v={v}; printf %s \"$v\"",
        "f() {{ printf %s \"$1\"; }}; f {v}",
        "printf %s \"$(printf %s {v})\"",
    };
    char all[255];
    bool good = true;
    for (int c = 1; c < 256; c++)
        all[c - 1] = (char)c;
    CHECK("all 255 bytes in one word come back", comes_back(TEMPLATES[0], all, sizeof all));
    for (int c = 1; c < 256; c++) {
        char three[] = {(char)c, (char)c, (char)c};
        good = good && comes_back(TEMPLATES[0], three, 1) && comes_back(TEMPLATES[0], three, 3);
    }
    CHECK("each of them alone comes back", good);
    for (size_t i = 1; i < COUNT_OF(TEMPLATES); i++)
        CHECK(TEMPLATES[i], comes_back(TEMPLATES[i], all, sizeof all));
    CHECK("nothing comes back as nothing", comes_back(TEMPLATES[0], "", 0));
    CHECK("a keyword is a word", comes_back("printf %s {v}", "if", 2));
    CHECK("a digit before > is no descriptor", comes_back("{{ printf %s {v}>&1; }}", "2", 1));
    CHECK("code stays text", comes_back(TEMPLATES[0], "'; echo $(id) `id` \"", 20));
}

/* ---- rows */

/* "LINE[field|field]" for each row, "-" for blank lines, then the refusal if there is one. */
static void list_rows(const char *bytes, size_t n, struct buf *b)
{
    char path[] = "/tmp/load_test.XXXXXX";
    CLEANUP(row_reader_done) struct row_reader r = {0};
    const struct template_value *fields;
    struct err e = {0};
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
        abort();
    close(fd);
    int bad = row_reader_open(&r, path, &e);
    while (!bad && !(bad = row_reader_next(&r, &fields, &e))) {
        if (fields)
            buf_printf(b, "%lld[", (long long)r.first_line);
        for (size_t i = 0; fields && i < r.name_count; i++) {
            buf_puts(b, i ? "|" : "");
            buf_add(b, fields[i].bytes, fields[i].n);
        }
        buf_puts(b, fields ? "]" : "-");
    }
    if (bad != LINE_READER_END)
        buf_puts(b, e.text + strlen(path));
    unlink(path);
}

static void rows(void)
{
#define BYTES(text) text, sizeof(text) - 1
    static const struct {
        const char *bytes;
        size_t n;
        const char *wanted;
    } CASES[] = {
        {BYTES("a,b\n1,2\n3,4\n"), "2[1|2]3[3|4]"},
        {BYTES("a,b\r\n1,2\r\n"), "2[1|2]"},
        {BYTES("\xEF\xBB\xBF" "a,b\n1,2"), "2[1|2]"},
        {BYTES("\xEF\xBB\xBF\"a\",b\n1,2"), "2[1|2]"},
        {BYTES("a\n\xEF\xBB\xBF\n"), "2[\xEF\xBB\xBF]"},
        {BYTES("a,b\n,\n"), "2[|]"},
        {BYTES("a,b\n\"\",\"x\"\"y\"\n"), "2[|x\"y]"},
        {BYTES("a,b\n\"1\n\n2\",\"x,y\"\n3,4\n"), "2[1\n\n2|x,y]5[3|4]"},
        {BYTES("a,b\r\n\"1\r\n2\",x\r\n3,4"), "2[1\r\n2|x]4[3|4]"},
        {BYTES("a, b\n 1 , 2\n"), "2[ 1 | 2]"},
        {BYTES("\n\na\n1\n\n\r\n2\n"), "4[1]--7[2]"},
        {BYTES("a\n"), ""},
        {BYTES("a"), ""},
        {BYTES(""), " has no line that names the columns"},
        {BYTES("\n\n"), " has no line that names the columns"},
        {BYTES("a,b,a\n"), " line 1: two columns are called 'a'"},
        {BYTES("\"a\nb\",\"a\nb\"\n"), " line 1: two columns are called 'a\nb'"},
        {BYTES(",a,\n1,2,3\n"), "2[1|2|3]"},
        {BYTES("a,\xFF\n"), " line 1: the name of a column must be UTF-8 without NUL"},
        {BYTES("a,b\n1,2\n3\n"), "2[1|2] line 3: 1 field, where 2 columns are named"},
        {BYTES("a\n\"1\n2\"\n3,4,5\n"), "2[1\n2] line 4: 3 fields, where 1 column is named"},
        {BYTES("a\n1\n\"2\n3\n4\n"), "2[1] line 3: a quoted field that begins here has no end"},
        {BYTES("a\n1\nx\"2\n"), "2[1] line 3, byte 2: quotes stand around a whole field, and twice inside it"},
        {BYTES("a\n\"1\"2\n"), " line 2, byte 4: quotes stand around a whole field, and twice inside it"},
        {BYTES("a\r\r\n\r\r\n1\r\r\n"), "-3[1]"},
        {BYTES("a\r1\r2\r"), " line 1: there is a carriage return in the middle of a line"},
        {BYTES("a,b\r\"c\nd\",e\n"), " line 1: there is a carriage return in the middle of a line"},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        CLEANUP(buf_done) struct buf got = {0};
        char name[40];
        snprintf(name, sizeof name, "CSV %zu", i + 1);
        list_rows(CASES[i].bytes, CASES[i].n, &got);
        CHECK_TEXT(name, buf_text(&got), CASES[i].wanted);
    }
}

static void columns(void)
{
    for (int extra = 0; extra <= 1; extra++) {
        CLEANUP(buf_done) struct buf file = {0}, got = {0};
        for (int i = 1; i < LIMIT_COLUMNS + extra; i++)
            buf_printf(&file, "%d,", i);
        buf_puts(&file, "last\n");
        list_rows(file.data, file.len, &got);
        CHECK_TEXT(extra ? "LIMIT_COLUMNS and one" : "LIMIT_COLUMNS", buf_text(&got),
                   extra ? " line 1: there may be at most 4096 columns" : "");
    }
}

static void long_row(void)
{
    CLEANUP(buf_done) struct buf file = {0}, got = {0};
    buf_puts(&file, "a\n\"");
    for (int i = 0; i < LINE_READER_MOST / 8 + 1; i++)
        buf_puts(&file, "1234567\n");
    list_rows(file.data, file.len, &got);
    CHECK_TEXT("a row over many lines has a bound", buf_text(&got), " line 2: a row may be at most 524288 bytes");
}

/* ---- times */

static void times(void)
{
    enum { NOW = 1000000000 };
    static const struct {
        const char *text;
        int64_t wanted; /* seconds; -1: refused */
    } CASES[] = {
        {"+30m", NOW + 1800},
        {"+0", NOW},
        {"+1:30:00", NOW + 5400},
        {"2030-01-31T12:00:00Z", 1896091200},
        {"2030-01-31T12:00:00+01:00", 1896087600},
        {"2030-01-31T12:00:00", 1896087600}, /* in Berlin, as below */
        {"2030-01-31T12:00", 1896087600},
        {"2030-01-31 12:00:00", 1896087600},
        {"2030-07-31 12:00", 1911722400},
        {"2030-01-31", 1896044400},
        {"", -1},
        {"+", -1},
        {"+x", -1},
        {"30m", -1},
        {"tomorrow", -1},
        {"2030-02-30", -1},
        {"2030-13-01", -1},
        {"2030-01-31T12:00:00X", -1},
    };
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        int64_t us = 0;
        char name[80];
        snprintf(name, sizeof name, "not before '%s'", CASES[i].text);
        int bad = new_task_when(CASES[i].text, NOW * CLOCK_SECOND, &us);
        CHECK(name, CASES[i].wanted < 0 ? bad == -1 : !bad && us == CASES[i].wanted * CLOCK_SECOND);
    }
}

int main(void)
{
    arrays();
    array_walk();
    templates();
    places();
    round_trip();
    rows();
    columns();
    long_row();
    times();
    return check_end();
}
