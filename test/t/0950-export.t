# Tasks into a database of one's own: SQLite and PostgreSQL, consumers that lag, come late and are killed.
. "$(dirname "$0")/lib.sh"

MAP='id=task_id,state=status,queue,updated'

# export_to FILE [OPTION…]: the queue q into table work of FILE.
export_to() {
    file=$1
    shift
    docket task export q --to "sqlite:$file" --table work "$@"
}
told() { [ "$(cat out)" = "$1" ] || fail "it said '$(cat out)', not '$1'"; }
words() { grep -qF -- "$1" err || fail "it did not say '$1' but: $(cat err)"; }

# rows FILE SQL TEXT: what SQLite answers, lines joined by blanks.
rows() {
    answered=$(sqlite3 "$1" "$2" 2>&1 | paste -sd' ' -)
    [ "$answered" = "$3" ] || fail "$2: '$answered', not '$3'"
}
# read_to NAME: how far that consumer is. moved NAME WORD REV: it is there still, or farther on.
read_to() { api GET "consumers/$1" && status 200 && REV=$(json .rev); }
moved() { was=$3 && read_to "$1" && [ "$REV" "$2" "$was" ]; }

# as_server FILE: what table work (columns task_id, status) has is what the server has.
as_server() {
    docket tasks q --all --json && jq -r '"\(.id)|\(.state)"' out | sort >theirs && sqlite3 "$1" 'SELECT task_id, status FROM work' | sort >mine &&
        { diff theirs mine >differ || fail "$(head -5 differ)"; } && [ -s mine ]
}

# But for the one row of a task that was removed.
as_server_kept() { rows "$1" 'SELECT count(*) FROM work' 10 && sqlite3 "$1" 'DELETE FROM work WHERE task_id = 2' && as_server "$1"; }

it 'only what has changed since is written, and counted' '
    server && add a && add b && add c && export_to mine.db && told "3 new, 0 changed, 0 as they were" &&
    export_to mine.db && told "0 new, 0 changed, 0 as they were" && claim w && finish w 3 && add d &&
    export_to mine.db && told "1 new, 1 changed, 0 as they were" &&
    rows mine.db "SELECT id, state, command, exitcode FROM work ORDER BY id" "1|failed|a|3 2|pending|b| 3|pending|c| 4|pending|d|" &&
    rows mine.db "SELECT count(*) FROM work WHERE updated = finished AND queue = '\''q'\''" 1'

it 'a map: its columns and no others, the key among them; --json' '
    server && add a && export_to mine.db --map "$MAP" --json && jq -e ".new == 1 and .same == 0 and .table == \"work\" and .rev > 0" out &&
    rows mine.db "SELECT group_concat(name) FROM pragma_table_info('\''work'\'')" "task_id,status,queue,updated" &&
    rows mine.db "SELECT task_id, status FROM work" "1|pending"'

it 'what is wrong with a map is told with what is right' '
    server && exits 2 export_to mine.db --map "id,stat" && words "no field '\''stat'\''" && words "did you mean state?" &&
    exits 2 export_to mine.db --map "id,zzzzzz" && words "there are: id, queue" &&
    exits 2 export_to mine.db --map "state" && words "does not say which column names the task" && words "add id" &&
    exits 2 export_to mine.db --map "id,state=id" && words "would hold two fields" && exits 2 export_to mine.db --map "id,id=x" && words twice &&
    exits 2 export_to mine.db --map "id=" && words "1 to 128 bytes" && exits 2 export_to mine.db --map id --mirror && words "needs the field queue" &&
    exits 2 docket task export q --table t && words "--to URL" && exits 2 docket task export q --to sqlite:x && words "--table TABLE" &&
    exits 2 docket task export q --to mysql://h/d --table t && words "neither with sqlite: nor with postgresql:" &&
    exits 3 docket task export none --to sqlite:x --table t && words "no queue" && exits 2 export_to mine.db --consumer a/b && words "without '\''/'\''"'

it 'a table that is there is used as it is; a column it lacks is named' '
    server && add a && sqlite3 mine.db "CREATE TABLE work (task_id INTEGER, note TEXT, status TEXT DEFAULT '\''?'\'')" &&
    exits 2 export_to mine.db --map "$MAP" && words "has no column '\''queue'\''" && words "it has: task_id, note, status" &&
    export_to mine.db --map id=task_id,state=status && told "1 new, 0 changed, 0 as they were" && rows mine.db "SELECT * FROM work" "1||pending" &&
    sqlite3 mine.db "UPDATE work SET note = '\''mine'\''" && claim w && export_to mine.db --map id=task_id,state=status &&
    rows mine.db "SELECT * FROM work" "1|mine|running"'

it 'names are quoted: of a table and of columns that are words of SQL or worse' '
    server && add a && docket task export q --to sqlite:mine.db --table "order; \"x" --map "id=select,state=a \"b\"" &&
    rows mine.db "SELECT \"select\", \"a \"\"b\"\"\" FROM \"order; \"\"x\"" "1|pending"'

it 'a file that cannot be written: one line, in the database'\''s own words; nothing is acknowledged' '
    server && add a && export_to mine.db --consumer c && read_to c && add b && echo "no database at all, but long enough to look like one" >bad.db &&
    exits 1 export_to bad.db --consumer c && words "file is not a database" && exits 1 export_to none/mine.db --consumer c && words "unable to open" &&
    exits 2 docket task export q --to "sqlite:$DATA/docket.db" --table work && words "own store" &&
    exits 1 export_to mine.db --table sqlite_master --map id=rootpage && words "may not be" && [ "$(wc -l <err)" -le 2 ] && moved c -eq "$REV" &&
    { sqlite3 mine.db "CREATE TRIGGER no BEFORE INSERT ON work BEGIN SELECT raise(ABORT, '\''not today'\''); END" &&
      exits 1 export_to mine.db --consumer c && words "not today" && moved c -eq "$REV"; } &&
    sqlite3 mine.db "DROP TRIGGER no" && export_to mine.db --consumer c && told "1 new, 0 changed, 0 as they were" && moved c -gt "$REV"'

it 'a table that was dropped is made again and gets everything; --again reads all of it' '
    server && add a && add b && export_to mine.db --consumer c && sqlite3 mine.db "DROP TABLE work" && export_to mine.db --consumer c &&
    told "2 new, 0 changed, 0 as they were" && sqlite3 mine.db "DELETE FROM work WHERE id = 1" && export_to mine.db --consumer c &&
    told "0 new, 0 changed, 0 as they were" && export_to mine.db --consumer c --again && told "1 new, 0 changed, 1 as they were"'

it 'what was removed stays, but in a mirror: tasks, and a queue with all of its own' '
    server && add a && add b && add c && export_to keep.db && export_to mirror.db --mirror && api DELETE "tasks/$(id a)" &&
    export_to keep.db && told "0 new, 0 changed, 0 as they were" && export_to mirror.db --mirror && told "0 new, 0 changed, 0 as they were, 1 removed" &&
    rows keep.db "SELECT count(*) FROM work" 3 && rows mirror.db "SELECT id FROM work" "2 3" && api DELETE queues/q && status 202 &&
    exits 3 export_to keep.db && export_to mirror.db --mirror && told "0 new, 0 changed, 0 as they were, 2 removed" &&
    make_queue q && add d && export_to keep.db && export_to mirror.db --mirror && rows keep.db "SELECT id FROM work" "1 2 3 4" && rows mirror.db "SELECT id FROM work" 4'

it 'a queue of somebody else'\''s, for who may read it; docket task with other words is what it was' '
    server && api PUT users/ann role=user && api PUT users/ann/queues/hers "{}" && status 201 && api POST users/ann/queues/hers/tasks command=x &&
    docket task export ann/hers --to sqlite:mine.db --table work && told "1 new, 0 changed, 0 as they were" &&
    rows mine.db "SELECT owner, queue FROM work" "ann|hers" && docket task q && docket task 1 && docket tasks export; exits 2 docket task export && words QUEUE'

it 'two consumers, one a week behind, miss no row; a third that comes later gets all that is kept' '
    server && add a && add b && export_to early.db --map "$MAP" && export_to late.db --map "$MAP" &&
    for day in 1 2 3 4 5 6 7 8; do
        clock +1d && add "d$day" && claim w && finish w 0 && export_to early.db --map "$MAP" || return
    done && api DELETE tasks/2 && clock +1h && export_to early.db --map "$MAP" && as_server_kept early.db && export_to late.db --map "$MAP" && as_server_kept late.db &&
    export_to third.db --map "$MAP" && as_server third.db'

it 'whoever has lost its place reads everything again, and says so; a mirror is right afterwards' '
    server && add a && add b && add c && export_to keep.db --map "$MAP" && export_to mirror.db --map "$MAP" --mirror && clock +1d && api DELETE tasks/1 &&
    clock +8d && wait_for "api GET changes?since=1 && refused 410 changes_gone" && export_to keep.db --map "$MAP" && words "everything is read again" &&
    told "0 new, 0 changed, 2 as they were" && rows keep.db "SELECT task_id FROM work" "1 2 3" &&
    export_to mirror.db --map "$MAP" --mirror && rows mirror.db "SELECT task_id FROM work" "2 3"'

it 'more than a page and more than a transaction' '
    server && seq 60000 >lines && docket load q lines && export_to mine.db --map "$MAP" && told "60,000 new, 0 changed, 0 as they were" &&
    as_server mine.db' 180

# kills CHURNER OPTION…: runs killed after a moment by chance, 30 at least and as long as the CHURNER lives. Says how many were cut short.
kills() {
    churner=$1 seed=7 killed=0 cut=0
    shift
    while [ "$killed" -lt 30 ] || kill -0 "$churner" 2>/dev/null; do
        seed=$(((seed * 1103515245 + 12345) % 2147483648)) killed=$((killed + 1))
        ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 "$DOCKET" task export q --table work --map "$MAP" --mirror "$@" >>killed.out 2>&1 &
        victim=$!
        sleep "$(printf '0.%03d' $((seed / 65536 % 400)))"
        kill -9 "$victim" 2>/dev/null
        { wait "$victim"; } 2>/dev/null
        [ $? != 137 ] || cut=$((cut + 1))
    done
    say "$killed runs, $cut of them killed" && [ "$cut" -ge 20 ] && [ ! -s churn ]
}
churn() { python3 "$HERE/consumer.py" churn "$(url)" "$(cat "$DATA/token")" "$1" >churn 2>&1 & echo $! >churner; }

it 'a consumer killed again and again while tasks change has, in the end, what the server has' '
    server && churn 30000 && kills "$(cat churner)" --to sqlite:mine.db && export_to mine.db --map "$MAP" --mirror && as_server mine.db' 300

# ---- PostgreSQL

# postgres: one of our own on a free port; whoever comes by its socket is let in, over TCP me with the password "s3cr3t/:@".
postgres() {
    PG=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1) PGAS=
    [ "$(command id -u)" != 0 ] || PGAS='setpriv --reuid=postgres --regid=postgres --clear-groups'
    mkdir pg && chmod 711 "$T" && echo 's3cr3t/:@' >pg/password && { [ -z "$PGAS" ] || chown -R postgres:postgres pg; } && PGPORT=$(quiet_port) &&
        (cd pg && $PGAS "$PG/initdb" -D data -U me -E UTF8 --locale C --auth-local=trust --auth-host=scram-sha-256 --pwfile=password &&
            $PGAS "$PG/pg_ctl" -D data -w -l log -o "-p $PGPORT -k $T/pg -c listen_addresses=127.0.0.1 -c fsync=off" start) >pg.log 2>&1 &&
        TO="postgresql://me@/postgres?host=$T/pg&port=$PGPORT" || fail "$(cat pg.log)"
}
postgres_end() { $PGAS "$PG/pg_ctl" -D pg/data -m immediate -w stop >>pg.log 2>&1; }
sql() { "$PG/psql" -qAtX "$TO" -c "$1" 2>&1 | paste -sd' ' -; }
sql_is() {
    answered=$(sql "$1")
    [ "$answered" = "$2" ] || fail "$1: '$answered', not '$2'"
}
export_there() { docket task export q --to "$TO" --table work "$@"; }
as_server_there() {
    docket tasks q --all --json && jq -r '"\(.id)|\(.state)"' out | sort >theirs && "$PG/psql" -qAtX "$TO" -c 'SELECT task_id, status FROM work' | sort >mine &&
        { diff theirs mine >differ || fail "$(head -5 differ)"; } && [ -s mine ]
}

it 'PostgreSQL: a table that is made has columns of the right kinds; only what changed is written' '
    postgres && server && add a && add b time_limit=1.5 && add c env="{\"X\":\"1\"}" && export_there && told "3 new, 0 changed, 0 as they were" &&
    sql_is "SELECT string_agg(DISTINCT data_type, '\'','\'' ORDER BY data_type) FROM information_schema.columns WHERE table_name = '\''work'\''" \
        "bigint,double precision,text,timestamp with time zone" &&
    export_there && told "0 new, 0 changed, 0 as they were" && claim w && finish w 3 && export_there && told "0 new, 1 changed, 0 as they were" &&
    sql_is "SELECT id, state, exitcode, updated = finished FROM work ORDER BY id" "1|failed|3|t 2|pending|| 3|pending||" &&
    export_there --again && told "0 new, 0 changed, 3 as they were" && postgres_end'

it 'PostgreSQL: tables in schemas, of columns of other kinds; what it refuses is told in its own words' '
    postgres && server && add a && sql "CREATE SCHEMA lab; CREATE TABLE lab.jobs (key char(20), n varchar(10), at timestamp, prio smallint)" &&
    docket task export q --to "$TO" --table lab.jobs --map "id=key,state=n,created=at,priority=prio" && told "1 new, 0 changed, 0 as they were" &&
    docket task export q --to "$TO" --table lab.jobs --map "id=key,state=n,created=at,priority=prio" --again && told "0 new, 0 changed, 1 as they were" &&
    sql_is "SELECT key::int, n, at IS NOT NULL, prio FROM lab.jobs" "1|pending|t|0" &&
    exits 2 docket task export q --to "$TO" --table lab.jobs && words "has no column '\''id'\''" && words "it has: key, n, at, prio" &&
    exits 1 docket task export q --to "$TO" --table lab.jobs --map "id=key,reason=n" && words "value too long" &&
    exits 1 docket task export q --to "$TO" --table lab.jobs --map "id=key,state=prio" && words "invalid input syntax for type smallint" &&
    exits 1 docket task export q --to "$TO" --table none.jobs && words "schema \"none\" does not exist" && postgres_end'

it 'PostgreSQL: a password in the URL or in ~/.pgpass, never shown; a server that is away, a user that is unknown' '
    postgres && server && add a && to="127.0.0.1:$PGPORT/postgres" &&
    docket task export q --to "postgresql://me:s3cr3t%2F%3A%40@$to" --table work --json && ! grep -q s3cr3t out err &&
    jq -e ".database == \"postgresql://$to\"" out &&
    exits 1 docket task export q --to "postgresql://me:wr0ng@$to" --table work && words "password authentication failed" && ! grep -q wr0ng out err &&
    exits 1 docket task export q --to "postgresql://me@$to" --table work && words "no password supplied" &&
    echo "127.0.0.1:$PGPORT:*:me:s3cr3t/\\:@" >"$HOME/.pgpass" && chmod 600 "$HOME/.pgpass" && docket task export q --to "postgresql://me@$to" --table work &&
    told "0 new, 0 changed, 0 as they were" && exits 2 docket task export q --to "postgresql://me:wr0ng%zz@$to" --table work && words "not well formed" &&
    ! grep -q wr0ng out err && exits 1 docket task export q --to "postgresql://me@127.0.0.1:1/x" --table work && words "onnection refused" &&
    [ "$(wc -l <err)" = 1 ] && postgres_end'

it 'PostgreSQL: a consumer killed again and again while tasks change has, in the end, what the server has' '
    postgres && server && churn 30000 && kills "$(cat churner)" --to "$TO" && export_there --map "$MAP" --mirror && as_server_there && postgres_end' 300

done_testing
