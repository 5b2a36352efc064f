# Every refusal of errors.def that a client can meet and that no other file meets: its status, code and words.
. "$(dirname "$0")/lib.sh"

it 'not_found: no such URL' '
    start && api GET nothing && refused 404 not_found && api GET /other/thing && refused 404 not_found && api GET /other && refused 404 account_not_found &&
    api GET /api/v1 && refused 404 not_found && api GET queues/q/nothing && refused 404 not_found'

it 'an unknown URL without a token does not tell' 'start && AUTH= api GET nothing && status 401 || status 404'

it 'method_not_allowed, with Allow' '
    server && api DELETE queues && refused 405 method_not_allowed && grep -i "^allow:" head >a && has a GET &&
    api GET queues/q/claim && refused 405 method_not_allowed && grep -i "^allow:" head >a && has a POST &&
    api POST tasks/1 "{}" && refused 405 method_not_allowed && api POST /healthz "{}" &&
    refused 405 method_not_allowed'

it 'HEAD answers as GET, without a body' '
    start && is "$(curl -s -I -o h -w "%{http_code}" "$(url)/healthz")" 200 &&
    is "$(curl -s -I -o h -w "%{http_code}" -H "Authorization: Bearer $(cat data/token)" "$(url)/api/v1/queues")" 200'

it 'unsupported_media_type' '
    server &&
    for t in text/plain application/x-www-form-urlencoded application/xml application/jsonx; do
        TYPE=$t api POST queues/q/tasks "{\"command\":\"a\"}" &&
    refused 415 unsupported_media_type || return; done && counts ""'

it 'a media type with parameters, in any case, is fine' '
    server && TYPE="Application/JSON; charset=utf-8" api POST queues/q/tasks "{\"command\":\"a\"}" && status 201'

it 'too_large: a body over 1 MiB, told or not' '
    server && head -c 1048577 /dev/zero | tr "\0" " " >big && api POST queues/q/tasks @big &&
    refused 413 too_large && TYPE=application/x-ndjson api PUT queues/q/uploads/u @big &&
    refused 413 too_large "line 1" && field .error.code too_large &&
    api GET queues/q && status 200'

it 'length_required: a chunked body' '
    server &&
    STATUS=$(curl -s -o body -D head -w "%{http_code}" -H "Transfer-Encoding: chunked" \
        -H "Content-Type: application/json" -H "Authorization: Bearer $(cat data/token)" \
        -d "{\"command\":\"a\"}" "$(url)/api/v1/queues/q/tasks") && refused 411 length_required && counts ""'

it 'uri_too_long' '
    server && api GET "queues/q/tasks?text=$(head -c 9000 /dev/zero | tr "\0" x)" &&
    case $STATUS in 414) ;; *) fail "status $STATUS" ;; esac'

it 'a head over 16 KiB' '
    server &&
    STATUS=$(curl -s -o body -w "%{http_code}" -H "X-Long: $(head -c 20000 /dev/zero | tr "\0" x)" "$(url)/healthz") &&
    status 431'

it 'bad_name: an upload' '
    server && TYPE=application/x-ndjson api PUT "queues/q/uploads/a%0Ab" "{}" && refused 400 bad_name &&
    TYPE=application/x-ndjson api PUT "queues/q/uploads/$(printf %0129d 1)" "{}" && refused 400 bad_name'

it 'a user that is nobody has no queues' 'start && api GET "users/a%20b/queues/q" && refused 404 queue_not_found'

it 'problem documents say type, title, status, code and detail' '
    start && api GET queues/none && field "keys-[\"hint\"]|join(\" \")" "code detail status title type" &&
    field .type about:blank'

it 'a refusal that quotes what was sent stays JSON' '
    server && api GET "queues/%22%5C%3Cb%3E" && refused 404 queue_not_found &&
    api POST queues/q/tasks "{\"command\":\"a\",\"\\\"\\u001b[31m\":1}" && refused 400 unknown_field'

it 'answers are not stored by caches, and say what they are' '
    server && api GET queues/q && grep -qi "^content-type: application/json" head &&
    grep -qi "^cache-control: no-store" head'

done_testing
