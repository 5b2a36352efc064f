/* A database of theirs at a server of PostgreSQL, by libpq: its URL may leave out whatever libpq finds in the environment, in
 * ~/.pgpass or in its service file. libpq's own words about a URL it does not understand may hold the password, and are not passed on. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "store/foreign_inner.h"

struct postgres {
    struct foreign f;
    PGconn *connection;
    int count; /* of values */
};

static const char *const NAMES[FOREIGN_STATEMENTS] = {"docket_look", "docket_insert", "docket_update"};

static void drop_options(PQconninfoOption **options) { PQconninfoFree(*options); }
static void drop_result(PGresult **result) { PQclear(*result); }

static void no_notice(void *arg, const char *message) {}

static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword; options++)
        if (strcmp(options->keyword, keyword) == 0 && options->val && *options->val)
            return options->val;
    return "";
}

/* "postgresql://HOST:PORT/DATABASE", of what is said and of what libpq adds. */
static void name_it(struct postgres *p, const PQconninfoOption *said)
{
    CLEANUP(drop_options) PQconninfoOption *more = PQconndefaults();
    static const char *const PARTS[] = {"host", "port", "dbname", "user"};
    const char *parts[COUNT_OF(PARTS)];
    for (size_t i = 0; i < COUNT_OF(PARTS); i++) {
        parts[i] = value_of(said, PARTS[i]);
        if (!*parts[i] && more)
            parts[i] = value_of(more, PARTS[i]);
    }
    p->f.name = arena_printf(&p->f.arena, "postgresql://%s%s%s/%s", *parts[0] ? parts[0] : "localhost", *parts[1] ? ":" : "", parts[1],
                             *parts[2] ? parts[2] : parts[3]);
}

static int failure(struct foreign *f, struct err *e) { return foreign_refuse(f, PQerrorMessage(((struct postgres *)f)->connection), e); }

static int open_server(const char *url, struct foreign **out, struct err *e)
{
    const char *const words[] = {"connect_timeout", "fallback_application_name", "client_encoding", "dbname", NULL};
    const char *const values[] = {"10", "docket", "UTF8", url, NULL};
    char *unused = NULL;
    struct postgres *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->f.driver = &foreign_postgres;
    p->f.name = "postgresql:";
    *out = &p->f;
    CLEANUP(drop_options) PQconninfoOption *said = PQconninfoParse(url, &unused);
    PQfreemem(unused);
    if (!said) {
        int r = err_refuse(e, ERR_USAGE, "the postgresql: URL is not well formed");
        err_hint(e, "postgresql://USER@HOST:PORT/DATABASE; what is special in a part of it stands as %%XX");
        return r;
    }
    name_it(p, said);
    p->connection = PQconnectdbParams(words, values, 1);
    PQsetNoticeProcessor(p->connection, no_notice, NULL);
    return PQstatus(p->connection) == CONNECTION_OK ? 0 : failure(&p->f, e);
}

static void close_server(struct foreign *f) { PQfinish(((struct postgres *)f)->connection); }

/* What a result says: rows found, or changed. Takes it. */
static int read_result(struct foreign *f, PGresult *taken, struct foreign_answer *out, struct err *e)
{
    CLEANUP(drop_result) PGresult *result = taken;
    ExecStatusType status = PQresultStatus(result);
    *out = (struct foreign_answer){0};
    if (status == PGRES_TUPLES_OK)
        *out = (struct foreign_answer){PQntuples(result), PQntuples(result) && *PQgetvalue(result, 0, 0) == 't'};
    else if (status == PGRES_COMMAND_OK)
        out->rows = strtoll(PQcmdTuples(result), NULL, 10);
    else
        return failure(f, e);
    return 0;
}

static int run(struct foreign *f, const char *sql, struct err *e)
{
    struct foreign_answer unused;
    return read_result(f, PQexec(((struct postgres *)f)->connection, sql), &unused, e);
}

static int once(struct foreign *f, const char *sql, const char *value, struct foreign_answer *out, struct err *e)
{
    return read_result(f, PQexecParams(((struct postgres *)f)->connection, sql, 1, NULL, &value, NULL, NULL, 0), out, e);
}

/* A lock of ours alone: nobody else is kept from the table. It ends with the transaction. */
static int begin(struct foreign *f, const struct foreign_table *t, struct err *e)
{
    struct foreign_answer unused;
    int r = run(f, "BEGIN", e);
    return r ? r : once(f, "SELECT pg_advisory_xact_lock(hashtextextended('docket export ' || $1, 0))", t->name, &unused, e);
}

static int prepare(struct foreign *f, enum foreign_statement which, const char *sql, int count, struct err *e)
{
    struct postgres *p = (struct postgres *)f;
    struct foreign_answer unused;
    p->count = count;
    return read_result(f, PQprepare(p->connection, NAMES[which], sql, count, NULL), &unused, e);
}

static int ask(struct foreign *f, enum foreign_statement which, const char *const *values, struct foreign_answer *out, struct err *e)
{
    struct postgres *p = (struct postgres *)f;
    return read_result(f, PQexecPrepared(p->connection, NAMES[which], p->count, values, NULL, NULL, 0), out, e);
}

static int columns(struct foreign *f, const char *table, struct arena *a, const char ***out, int *out_count, struct err *e)
{
    static const char SQL[] = "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped "
                              "ORDER BY attnum";
    CLEANUP(buf_done) struct buf quoted = {0};
    foreign_quote_table(&quoted, f, table);
    const char *value = buf_text(&quoted);
    CLEANUP(drop_result) PGresult *result =
        PQexecParams(((struct postgres *)f)->connection, SQL, 1, NULL, &value, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return failure(f, e);
    int n = PQntuples(result);
    const char **names = arena_array(a, (size_t)n + 1, sizeof *names);
    for (int i = 0; i < n; i++)
        names[i] = arena_strdup(a, PQgetvalue(result, i, 0));
    *out = names;
    *out_count = n;
    return 0;
}

const struct foreign_driver foreign_postgres = {
    .scheme = "postgresql:",
    .marker = '$',
    .types = {[FOREIGN_TEXT] = "text", [FOREIGN_INT] = "bigint", [FOREIGN_NUMBER] = "double precision", [FOREIGN_TRUTH] = "boolean",
              [FOREIGN_TIME] = "timestamptz"},
    .schemas = true,
    .open = open_server,
    .close = close_server,
    .begin = begin,
    .run = run,
    .prepare = prepare,
    .ask = ask,
    .once = once,
    .columns = columns,
};
