/* Put under a server with LD_PRELOAD: counts the statements that SQLite executes, by their text; at the end the file
 * $STATEMENT_COUNT has a line each, the count and the text on one line. */
#include <dlfcn.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENTS_MAX = 512 };

static struct {
    sqlite3_stmt *statement;
    char *text;
    long long count;
} seen[STATEMENTS_MAX];

/* Most are prepared once and kept; the address of another may come again with another text. */
static int on_statement(unsigned kind, void *arg, void *statement, void *text)
{
    int i = 0;
    while (i < STATEMENTS_MAX - 1 && seen[i].statement && (seen[i].statement != statement || strcmp(seen[i].text, text) != 0))
        i++;
    if (!seen[i].statement) {
        seen[i].statement = statement;
        seen[i].text = strdup(text);
    }
    seen[i].count++;
    return 0;
}

int sqlite3_open_v2(const char *path, sqlite3 **db, int flags, const char *vfs)
{
    int (*real)(const char *, sqlite3 **, int, const char *) =
        (int (*)(const char *, sqlite3 **, int, const char *))dlsym(RTLD_NEXT, "sqlite3_open_v2");
    int r = real(path, db, flags, vfs);
    if (r == SQLITE_OK)
        sqlite3_trace_v2(*db, SQLITE_TRACE_STMT, on_statement, NULL);
    return r;
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("STATEMENT_COUNT");
    FILE *f = path ? fopen(path, "we") : NULL;
    for (int i = 0; f && i < STATEMENTS_MAX && seen[i].statement; i++) {
        fprintf(f, "%lld\t", seen[i].count);
        for (const char *at = seen[i].text; at && *at; at++)
            fputc(*at == '\n' || *at == '\t' ? ' ' : *at, f);
        fputc('\n', f);
    }
    if (f)
        fclose(f);
}
