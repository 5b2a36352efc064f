# Uploads: many tasks as lines, taken up again where they stopped.
. "$(dirname "$0")/lib.sh"

# upload NAME QUERY TEXT|@FILE
upload() { TYPE=application/x-ndjson api PUT "queues/q/uploads/$1$2" "$3"; }
task_lines() { seq "$1" "$2" | sed 's/.*/{"command":"t&"}/'; }
taken_so_far() { status 200 && field .lines "$1" && field .added "$2" && field .existed "$3"; }

it 'lines become tasks; GET says the same' '
    server && task_lines 1 3 >u && upload u1 "" @u && taken_so_far 3 3 0 && field .upload u1 && counts pending=3 &&
    api GET queues/q/uploads/u1 && taken_so_far 3 3 0 && claim w max=9 && got t1 t2 t3'

it 'blank lines are counted and skipped' '
    server && printf "\\n{\"command\":\"a\"}\\n\\n  \\n{\"command\":\"b\"}\\n" >u && upload u1 "" @u &&
    taken_so_far 5 2 0'

it 'a last line without its newline counts' '
    server && printf "{\"command\":\"a\"}\\n{\"command\":\"b\"}" >u && upload u1 "" @u && taken_so_far 2 2 0'

it 'the same request again takes nothing twice' '
    server && task_lines 1 5 >u && upload u1 "" @u && upload u1 "?from=1" @u && taken_so_far 5 5 0 &&
    counts pending=5'

it 'in parts; a part that overlaps; a gap is refused' '
    server && task_lines 1 4 >u && upload u1 "" @u && task_lines 3 6 >u && upload u1 "?from=3" @u &&
    taken_so_far 6 6 0 && counts pending=6 && upload u1 "?from=8" @u && refused 409 upload_gap &&
    upload u1 "?from=7" @u && taken_so_far 10 10 0'

it 'a new one begins with line 1' '
    server && upload u1 "?from=2" "{\"command\":\"a\"}" && refused 409 upload_gap && api GET queues/q/uploads/u1 &&
    refused 404 upload_not_found'

it 'keys that exist are counted' '
    server && add x key=k && upload u1 "" "{\"command\":\"a\",\"key\":\"k\"}" && taken_so_far 1 0 1'

it 'a bad line is named; what stands before it is taken, and the upload remembers' '
    server && task_lines 1 3 >u && echo "{\"command\":5}" >>u && echo "{\"command\":\"after\"}" >>u && upload u1 "" @u &&
    refused 400 bad_line "line 4" && field .lines 3 && field .added 3 && field .error.line 4 && counts pending=3 &&
    api GET queues/q/uploads/u1 && taken_so_far 3 3 0 && field .error.line 4 && field .error.code bad_line &&
    field ".error.detail|test(\"command\")" true && task_lines 4 5 >u && upload u1 "?from=4" @u && taken_so_far 5 5 0 &&
    field .error null && claim w max=9 && got t1 t2 t3 t4 t5'

it 'lines that are not objects, have unknown fields, are not UTF-8' '
    server &&
    for line in 5 "[]" "{\"command\":\"a\",\"colour\":1}" "{\"command\":\"a\"} x" "{}"; do upload u1 "" "$line" &&
    refused 400 bad_line "line 1" || return; done && printf "{\"command\":\"\\377\"}\\n" >u && upload u1 "" @u &&
    refused 400 bad_line "line 1"'

it 'the media type is asked for' '
    server && api PUT queues/q/uploads/u1 "{\"command\":\"a\"}" && refused 415 unsupported_media_type'

it 'from must be a positive integer' '
    server && for n in 0 -1 x 1.5 ""; do upload u1 "?from=$n" "{\"command\":\"a\"}" &&
    refused 400 bad_field from || return; done'

it 'it goes on after a crash' '
    server && task_lines 1 1000 >u && upload u1 "" @u && crash && api GET queues/q/uploads/u1 &&
    taken_so_far 1000 1000 0 && upload u1 "" @u && counts pending=1000'

it 'more lines than an add may have tasks' '
    server && task_lines 1 30000 >u && upload u1 "" @u && taken_so_far 30000 30000 0 && counts pending=30000'

it 'it makes the queue' 'start && upload u1 "" "{\"command\":\"a\"}" && status 200 && counts pending=1'

it 'two uploads are two' '
    server && upload u1 "" "{\"command\":\"a\"}" && upload u2 "" "{\"command\":\"b\"}" && taken_so_far 1 1 0 &&
    counts pending=2'

done_testing
