# Queues: made, changed, read, listed, paused, and what their names may be.
. "$(dirname "$0")/lib.sh"

owner() { command id -un; }
name_is() { field .queue "$(python3 -c "import sys,urllib.parse as u; print(u.unquote(sys.argv[1]))" "$1")"; }

it 'PUT makes a queue with default policy, a second one changes what it names' '
    start && api PUT queues/a "{}" && status 201 && field .queue a && field .state active &&
    field .owner "$(owner)" && field ".lease_seconds" 60 && field .max_attempts 1 && field .max_crashes 3 &&
    field .backoff_seconds 0 && api PUT queues/a max_attempts=4 && status 200 && field .max_attempts 4 &&
    api PUT queues/a lease_seconds=1.5 && field .max_attempts 4 && field .lease_seconds 1.5'

it 'PUT without a body makes one too' 'start && api PUT queues/a && status 201'

it 'GET has counts by state, rate, eta and operations' '
    server && add a && add b && claim w && finish w && api GET queues/q && status 200 &&
    field ".counts|keys|join(\" \")" "failed killed pending running succeeded waiting" &&
    counts "pending=1 succeeded=1" && field ".rate|type" number && field ".operations" "[]" &&
    field ".rev>0" true && field "has(\"eta\")" true &&
    field ".created|test(\"^20[0-9-]+T[0-9:]+\\\\.[0-9]{3}Z\$\")" true'

it 'the list is by name' '
    start && make_queue b && make_queue a && make_queue c && api GET queues && status 200 &&
    field "[.queues[].queue]|join(\" \")" "a b c"'

it 'a queue that is not there' '
    start && api GET queues/none && refused 404 queue_not_found none && api POST queues/none/pause &&
    refused 404 queue_not_found && api POST queues/none/claim worker=w && refused 404 queue_not_found &&
    api GET queues/none/tasks && refused 404 queue_not_found && api POST queues/none/finish worker=w &&
    refused 404 queue_not_found && api POST queues/none/retry && refused 404 queue_not_found &&
    api GET "queues/none/leases?worker=w" && refused 404 queue_not_found'

it 'one owner: his queues under /users/OWNER, and nobody else has any' '
    server && add a && api GET "users/$(owner)/queues/q" && status 200 && field .queue q &&
    api POST "users/$(owner)/queues/q/claim" worker=w && got a && api GET users/somebody-else/queues/q &&
    refused 404 queue_not_found'

it 'names: spaces, percent signs, quotes, UTF-8, dots, 128 bytes' '
    start &&
    for name in "a%20b" "100%25" "%22%27%60" "%C3%A4%E2%82%AC" "..%2e" "-n" "$(printf %0128d 0)"; do api PUT "queues/$name" &&
    status 201 && api GET "queues/$name" && status 200 && name_is "$name" || return; done'

it 'names that are none: too long, control characters, a slash, not UTF-8' '
    start && for name in "$(printf %0129d 0)" "a%0Ab" "a%00b" "a%7Fb" "%FF" "%C0%AF"; do api PUT "queues/$name" &&
    refused 400 bad_name || return; done'

it 'a slash ends a name, even encoded' 'start && api PUT queues/a%2Fb && refused 404 not_found'

it 'a percent sign that encodes nothing stands for itself' '
    start && api PUT "queues/a%zz" && status 201 && field .queue a%zz'

it 'policy out of range or of the wrong type is refused by name, and nothing is made' '
    start &&
    for bad in lease_seconds=0 lease_seconds="\"60\"" lease_seconds=2592001 max_attempts=0 max_attempts=1.5 \
    max_attempts=1000001 max_crashes=0 max_crashes=null backoff_seconds=-1; do api PUT queues/a "$bad" &&
    refused 400 bad_field "${bad%%=*}" || return; done && api GET queues/a && status 404'

it 'an unknown field is refused by name' 'start && api PUT queues/a lease=5 && refused 400 unknown_field lease'

it 'a paused queue hands out nothing; what runs goes on; resume hands out again' '
    server && add a && add b && claim w && got a && api POST queues/q/pause && status 200 && field .state paused &&
    claim w2 && got && renew w && outcome paused && finish w && outcome accepted && api POST queues/q/resume "{}" &&
    field .state active && claim w2 && got b'

it 'pause survives a restart, and a kill' '
    server && add a && api POST queues/q/pause && restart && claim w && got && crash && claim w && got &&
    api POST queues/q/resume && claim w && got a'

it 'finish with claim on a paused queue takes the result and hands out nothing' '
    server && add a && add b && claim w && api POST queues/q/pause && finish_and_claim w && got'

done_testing
