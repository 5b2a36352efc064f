# Accounts, passwords and tokens: who may come in, by what, and what is remembered of it.
. "$(dirname "$0")/lib.sh"

# account NAME [ROLE]: with the password NAME-password.
account() { printf '%s\n' "$1-password" >"$1.password" && docket user add "$1" --role "${2:-user}" --password-file "$1.password"; }

# as NAME [PASSWORD]: who asks from now on, by HTTP Basic. by TOKEN: by that. owner: the server's.
as() { AUTH="Basic $(printf %s "$1:${2:-$1-password}" | base64 -w0)"; }
by() { AUTH="Bearer $1"; }
owner() { unset AUTH; }
token() { owner && docket token create "$@" && cp out token; }
secret_of() { cat token; }
who() { api GET login && status 200 && field '[.user,.role,.scope]|join(" ")' "$*"; }

# sign_in NAME PASSWORD: the answer of /site/login, its headers in head.
sign_in() { AUTH= TYPE=application/x-www-form-urlencoded api POST /site/login "@$T/form"; }
form() { printf 'username=%s&password=%s' "$1" "$2" >"$T/form"; }

many() { printf "%$1s" "" | tr " " "$2"; }
who_not() { api GET login && refused 401 unauthorized; }
# quick N: so many requests take less time than two passwords.
quick() {
    began=$(date +%s%N)
    curl -s -o many_answers -H "Authorization: $AUTH" "$(url)/api/v1/login?[1-$1]" || return
    took=$((($(date +%s%N) - began) / 1000000))
    say "$1 requests in $took ms"
    [ "$took" -lt 2000 ] || fail "$1 requests took $took ms"
}

timed() {
    took=999999
    for i in 1 2 3; do
        began=$(date +%s%N)
        sign_in && refused 401 unauthorized || return
        t=$((($(date +%s%N) - began) / 1000000))
        [ "$t" -ge "$took" ] || took=$t
    done
}

# typed COMMAND A,B: at a terminal, each line typed when its prompt stands there; what was seen in the file seen.
typed() {
    python3 - "$1" "$2" >seen <<'END'
import os, pty, sys
lines, seen = sys.argv[2].split(','), b''
pid, fd = pty.fork()
if pid == 0:
    os.execvp('sh', ['sh', '-c', sys.argv[1]])
try:
    while some := os.read(fd, 1000):
        seen += some
        if some.rstrip(b' ').endswith(b':') and lines:
            os.write(fd, lines.pop(0).encode() + b'\n')
except OSError:
    pass
print(seen.decode())
sys.exit(len(lines))
END
}

server_with() { start --sign-in "$1" && make_queue q; }

it 'an account is made, told of, changed, removed; a password is in no list and in no file' '
    server && account ada && has out "ada " && lacks out ada-password && exits 2 docket user add ada --no-password && has err already &&
    docket user list && has out "ada " && has out "$(command id -un)" && lines out 2 && docket user list --json && lacks out argon &&
    docket user set ada --role admin && as ada && who ada admin all && owner && docket user set ada --role user && as ada && who ada user all &&
    owner && exits 2 docket user set ada && exits 3 docket user set eve --role user && exits 3 docket user delete eve &&
    docket user delete ada && as ada && api GET login && refused 401 unauthorized && ! grep -rqa ada-password "$DATA" server.log'

it 'names and roles that are none; passwords that are none (LIMIT_USER, LIMIT_PASSWORD)' '
    server && for bad in "" a/b "a b" "a:b" é . .. "$(many 65 n)"; do
        api PUT "users/$(jq -rn --arg n "$bad" "\$n|@uri")" "{}" && [ "$STATUS" -ge 400 ] && [ "$STATUS" -lt 500 ] || { fail "taken: $bad"; return; }
    done && for taken in api site login logout metrics healthz; do api PUT users/$taken "{}" && refused 400 bad_name || return; done &&
    api PUT "users/$(many 64 n)" "{}" && status 201 && api PUT users/x role=king && refused 400 bad_field admin && api PUT users/x "{\"password\":\"\"}" &&
    refused 400 bad_field && api PUT users/x "{\"password\":\"$(many 1025 p)\"}" && refused 400 bad_field && api PUT users/x "{\"password\":\"a\\tb\"}" &&
    refused 400 bad_field && api PUT users/x "{\"password\":\"$(many 1024 p)\"}" && status 201 && as x "$(many 1024 p)" && who x user all &&
    as x "$(many 1025 p)" && api GET login && refused 401 unauthorized && owner && : >empty && exits 2 docket user add y --password-file empty &&
    exits 1 docket user add y --password-file none && exits 2 docket user add y && has err "no terminal" && exits 3 docket user delete y'

it 'only an admin makes accounts and gives roles; whose it is changes the password' '
    server && account ada && account bob && as ada && api PUT users/eve "{}" && refused 403 forbidden && api PUT users/bob password=x && refused 403 forbidden &&
    api PUT users/ada role=admin && refused 403 forbidden && api DELETE users/bob && refused 403 forbidden && api GET users/bob && refused 404 account_not_found &&
    api GET users && field "[.users[].user]|join(\" \")" ada && api GET backup && refused 403 forbidden && api PUT users/ada password=new && status 200 &&
    who_not && as ada new && who ada user all && owner && api GET users && field "[.users[].user]|join(\" \")" "ada bob $(command id -un)" &&
    api GET "users?cursor=ada" && field "[.users[].user]|join(\" \")" "bob $(command id -un)"'

it 'the account of the server'\''s owner stays an admin; one with queues stays (last_admin, account_in_use)' '
    server && account ada && api PUT "users/$(command id -un)" role=user && refused 409 last_admin && api DELETE "users/$(command id -un)" && refused 409 last_admin &&
    as ada && api PUT queues/mine "{}" && status 201 && owner && api DELETE users/ada && refused 409 account_in_use && has body "delete them first" &&
    api DELETE users/ada/queues/mine && status 202 && wait_for "api DELETE users/ada && status 200"'

it 'a password is remembered, not looked at each time; a change forgets it at once' '
    server && account ada && as ada && who ada user all && quick 100 && owner && printf "other\n" >ada.password && docket user set ada --password-file ada.password &&
    as ada && who_not && as ada other && who ada user all && quick 100 && clock +11m && who ada user all && owner && docket user set ada --role admin && as ada other && who ada admin all'

it 'a stream waits for its password, short or long, whole or to be refused' '
    stream() { TYPE=$1 && shift && api "$@"; unset TYPE; } && server && account ada && as ada && api PUT queues/a "{}" && restart && stream application/octet-stream PUT queues/a/payloads/p xyz && status 200 && field .size 3 &&
    restart && printf "{\"command\":\"x\"}" >line && stream application/x-ndjson POST queues/a/tasks @line && status 201 && field .added 1 && restart && jq -nc "range(30000)|{command:\"y\"}" >lines && stream application/x-ndjson PUT queues/a/uploads/u @lines && status 200 && field .added 30000 &&
    as ada wrong && stream application/octet-stream PUT queues/a/payloads/p xyz && refused 401 unauthorized && stream application/x-ndjson POST queues/a/tasks @line && refused 401 unauthorized && as ada && api GET queues/a && field .counts.pending 30001'

it 'a wrong password, and an account that is none, are told the same in the same time' '
    server && account ada && form ada wrong && timed && cp body wrong && w=$took && form eve wrong && timed && same body wrong && e=$took &&
    say "$w ms and $e ms" && [ $((w * 4)) -gt "$e" ] && [ $((e * 4)) -gt "$w" ]'

# until_often COMMAND…: at least ten times it is refused by 401, then by 429. While it goes on some are forgotten, six seconds each.
until_often() {
    for tries in $(seq 30); do
        "$@" || return
        [ "$STATUS" = 401 ] || break
    done
    refused 429 too_often && [ "$tries" -gt 10 ] || fail "after $tries tries"
}

# also_often FILL TRY: TRY is refused by 429, too, once FILL was. What is forgotten in between is made up for.
also_often() {
    for again in 1 2 3 4 5; do
        for tries in $(seq 30); do
            "$1" && [ "$STATUS" = 401 ] || break
        done
        "$2" && [ "$STATUS" != 429 ] || break
    done
    refused 429 too_often
}
wrong_ada() { form ada wrong && sign_in; }
right_ada() { form ada ada-password && sign_in; }
right_bob() { form bob bob-password && sign_in; }

it 'ten that fail within a minute, of an account or from an address, and no more is looked at (LIMIT_SIGN_INS_FAILED)' '
    server && account ada && account bob && until_often wrong_ada && grep -qi "^retry-after: 60" head && also_often wrong_ada right_ada && also_often wrong_ada right_bob &&
    token --user ada && by "$(secret_of)" && who ada user all &&
    clock +30s && owner && form ada ada-password && sign_in && status 200 && clock +1m && form bob bob-password && sign_in && status 200'

it 'guesses are not answered faster while a right one is remembered; who comes from elsewhere is not held up' '
    server_behind() { start --behind 127.0.0.1 && make_queue q; } && from() { curl -s -o body -D head -w "%{http_code}" -H "X-Forwarded-For: $1" -u "$2" "$(url)/api/v1/login" >code && STATUS=$(cat code); } &&
    server_behind && account ada && from 192.0.2.1 ada:ada-password && status 200 && from 192.0.2.2 ada:ada-password && status 200 && guess() { from 192.0.2.1 ada:guess$tries; } && right() { from 192.0.2.1 ada:ada-password; } && until_often guess &&
    also_often guess right && from 192.0.2.2 ada:ada-password && status 200 && clock +1m && from 192.0.2.1 ada:ada-password && status 200'

it 'one password that many bring at once is looked at once' '
    server && account ada && restart && seq 60 >crowd && xargs -P 60 -I{} curl -s -o answer.{} -w "%{http_code}\n" -u ada:ada-password "$(url)/api/v1/login" <crowd >codes && is "$(grep -c 200 codes)" 60 &&
    xargs -P 60 -I{} curl -s -o answer.{} -w "%{http_code}\n" -u ada:wrong "$(url)/api/v1/login" <crowd >codes; is "$(grep -cv -e 401 -e 429 codes)" 0 && [ "$(grep -c 401 codes)" -ge 10 ]'

it 'many at once wait for their turn, or are sent away (LIMIT_SIGN_INS_WAITING); claims do not wait for them' '
    server && seq 60 >crowd && token=$(cat "$DATA/token") && before=$(date +%s%N) && add x &&
    { xargs -P 60 -I{} curl -s -o answer.{} -w "%{http_code}\n" -X PUT -H "Authorization: Bearer $token" -H "Content-Type: application/json" -d "{\"password\":\"p\"}" "$(url)/api/v1/users/u{}" <crowd >codes & } && crowd=$! && wait_for "[ -s codes ]" && claim w && got x &&
    after=$(date +%s%N) && say "claimed after $(((after - before) / 1000000)) ms" && wait $crowd; sort codes | uniq -c >&2 &&
    [ "$(grep -c 201 codes)" -ge 32 ] && [ "$(grep -c 503 codes)" -ge 1 ] && is "$(grep -cv -e 201 -e 503 codes)" 0 && grep -q too_busy answer.* && finish w && outcome accepted'

# A login program that takes as long as it is told to.
slow_login() { printf '#!/bin/sh\nwhile [ ! -e "%s/go" ]; do sleep 0.05; done\nexit 1\n' "$T" >slow.sh && chmod +x slow.sh && server_with "$T/slow.sh"; }
sign_in_as() { curl -s -o "answer.$1" -w "%{http_code}" -d "username=$1&password=p" "$(url)/site/login" >"code.$1"; }

it 'a password that has waited too long to be looked at is sent away (LIMIT_SIGN_IN_SECONDS)' '
    slow_login && { sign_in_as ada & } && first=$! && wait_for "pgrep -f $T/slow.sh" && { sign_in_as bob & } && second=$! && wait $second && is "$(cat code.bob)" 503 && has answer.bob too_busy &&
    [ ! -s code.ada ] && add x && claim w && got x && touch go && wait $first && is "$(cat code.ada)" 401'

it 'tokens: made, told once, listed without the secret, ended' '
    server && account ada && token --user ada --note "for a job" && by "$(secret_of)" && who ada user all && api GET queues && status 200 && api GET tokens &&
    field ".tokens[0].note" "for a job" && field ".tokens|length" 1 && lacks body "$(secret_of)" && owner && docket token list --user ada && has out "for a job" &&
    id=$(cut -d" " -f1 out) && docket token delete "$id" --user ada && by "$(secret_of)" && api GET login && refused 401 unauthorized && owner &&
    exits 3 docket token delete "$id" --user ada && api DELETE tokens/nothing && refused 404 token_not_found && ! grep -rqa "$(secret_of)" "$DATA" server.log'

it 'a token that ends, ends; one without an end outlives a restart' '
    server && account ada && token --user ada --expires 30d && cp token short && token --user ada && cp token long && restart && clock +29d && by "$(cat short)" && who ada user all &&
    clock +2d && api GET login && refused 401 unauthorized && by "$(cat long)" && who ada user all'

it 'a token to read reads; one to work a queue works that, and is in no hurry to do more' '
    server && account ada && as ada && api PUT queues/a "{}" && api PUT queues/b "{}" && api POST queues/a/tasks command=x && status 201 && owner &&
    token --user ada --read-only && by "$(secret_of)" && who ada user read-only && api GET queues && status 200 && api GET tasks/1 && status 200 && api POST queues/a/pause &&
    refused 403 forbidden "may only read" && api POST tokens "{}" && refused 403 forbidden && token --user ada --worker ada/a && by "$(secret_of)" && who ada user worker &&
    field .queue a && field .owner ada && api GET queues && refused 403 forbidden && api GET queues/a && status 200 && api GET queues/b && refused 404 queue_not_found && api POST queues/b/claim worker=w &&
    refused 404 queue_not_found && api POST queues/a/claim worker=w && got x && api POST queues/a/finish "{\"worker\":\"w\",\"results\":[{\"lease\":1,\"exitcode\":0}]}" && outcome accepted &&
    api POST tokens "{}" && refused 403 forbidden && owner && api DELETE users/ada/queues/a && status 202 && wait_for "api GET tokens?user=ada && field \".tokens|length\" 1"'

it 'docket work by a token that can only do that' '
    server && for i in 1 2 3; do add "echo $i" || return; done && token --worker q --expires 1h && cp token work.token && rm -rf elsewhere &&
    docket work q --server "$(url)" --token-file work.token --data elsewhere --idle-timeout 0 && counts succeeded=3 && exits 1 docket list --server "$(url)" --token-file work.token'

it 'whoever has a password elsewhere makes a token by it; asked for at a terminal, typed unseen' '
    server && account ada && echo other >jar && exits 2 docket token create --server "$(url)" --login ada --password-file /dev/null && docket token create --server "$(url)" --login ada --password-file ada.password && cp out token && by "$(secret_of)" &&
    who ada user all && owner && exits 1 docket token list --server "$(url)" --login ada --password-file jar && has err "do not belong together" &&
    typed "$DOCKET user add eve --data $DATA" "s3cret,s3cret" && lacks seen s3cret && as eve s3cret && who eve user all && typed "$DOCKET user set eve --password --data $DATA" "one,two" && has seen "not the same" && who eve user all'

it 'a thousand queues are listed, and one more' '
    start && curl -s -o many_answers -X PUT -H "Authorization: Bearer $(cat "$DATA/token")" "$(url)/api/v1/queues/q[1-1001]" && docket list --names && lines out 1001 && docket list --all --names && lines out 1001'

it 'tokens that are none (LIMIT_NOTE, LIMIT_TOKEN_SECONDS); too many of them (LIMIT_TOKENS)' '
    server && account ada && api POST tokens scope=king && refused 400 bad_field read-only && api POST tokens scope=worker && refused 400 bad_field && api POST tokens queue=q && refused 400 bad_field &&
    api POST tokens scope=worker queue=none && refused 404 queue_not_found && api POST tokens "{\"user\":\"ada\",\"scope\":\"worker\",\"owner\":\"$(command id -un)\",\"queue\":\"q\"}" && refused 404 queue_not_found &&
    api POST tokens user=eve && refused 404 account_not_found && api POST tokens "{\"note\":\"$(many 257 n)\"}" && refused 400 bad_field && api POST tokens "{\"note\":\"$(many 256 n)\"}" && status 201 &&
    api POST tokens expires_seconds=316224001 && refused 400 bad_field && api POST tokens expires_seconds=0 && refused 400 bad_field && exits 2 docket token create --worker q --read-only && exits 2 docket token &&
    exits 2 docket token make && as ada && for i in $(seq 20); do curl -s -o many_answers -X POST -H "Authorization: $AUTH" "$(url)/api/v1/tokens?[1-50]" || return; done &&
    api POST tokens "{}" && refused 409 too_many && api DELETE "tokens/$(api GET tokens && json ".tokens[0].id")" && status 200 && api POST tokens "{}" && status 201'

it 'a token as the password of HTTP Basic, with its own name alone; headers that are none' '
    server && account ada && account bob && token --user ada && as ada "$(secret_of)" && who ada user all && as bob "$(secret_of)" && api GET login && refused 401 unauthorized &&
    as "$(command id -un)" "$(cat "$DATA/token")" && who "$(command id -un)" admin all && for bad in Basic "Basic " "Basic x" "Basic !!!!" "Basic $(printf abc | base64)" "Basic $(printf "a:b\\0c" | base64)" \
    Digest "Bearer" "Bearer " "Bearer $(many 3000 x)" "Basic $(many 2000 y)"; do AUTH=$bad && api GET login && refused 401 unauthorized || return; done &&
    owner && curl -s -o body -D head -H "Authorization: Bearer $(cat "$DATA/token")" -H "authorization: Bearer x" "$(url)/api/v1/login" && STATUS=$(sed -n "s/^HTTP[^ ]* \([0-9]*\).*/\1/p" head) && refused 400 bad_request "more than once"'

it 'a browser: name and password in a form; the cookie; the way out' '
    server && account ada && cookie=$T/jar && curl -s -c jar -b jar -o page -w "%{http_code}" -d "user=ada" -d "password=ada-password" "$(url)/login" >code && is "$(cat code)" 303 &&
    grep -q "#HttpOnly.*docket_session" jar && curl -s -b jar -H "Accept: text/html" -o page "$(url)/" && has page "<b>ada</b>" && curl -s -b jar -o page "$(url)/api/v1/queues" && has page queues &&
    curl -s -b jar -o page -w "%{http_code}" -X PUT -H "Sec-Fetch-Site: cross-site" "$(url)/api/v1/queues/x" >code && is "$(cat code)" 403 && has page cross_site &&
    curl -s -b jar -o page -w "%{http_code}" -X PUT -H "Origin: http://evil.example" "$(url)/api/v1/queues/x" >code && is "$(cat code)" 403 &&
    curl -s -b jar -o page -w "%{http_code}" -d "user=ada" -d "password=ada-password" -H "Origin: http://evil.example" "$(url)/login" >code && is "$(cat code)" 403 &&
    curl -s -b jar -o page -w "%{http_code}" -X PUT "$(url)/api/v1/queues/x" >code && is "$(cat code)" 201 && cp jar old && curl -s -b jar -c jar -o page -w "%{http_code}" -X POST "$(url)/logout" >code && is "$(cat code)" 303 &&
    curl -s -b old -o page -w "%{http_code}" "$(url)/api/v1/queues" >code && is "$(cat code)" 401 && curl -s -o page -w "%{http_code}" -d "user=ada" -d "password=no" "$(url)/login" >code && is "$(cat code)" 401'

it 'name and password that a browser sends by itself are not taken from a page of another site; a token is' '
    put() { curl -s -o body -D head -w "%{http_code}" -X PUT "$@" "$(url)/api/v1/queues/x" >code && STATUS=$(cat code); } && server && account ada && put -u ada:ada-password -H "Sec-Fetch-Site: cross-site" && refused 403 cross_site &&
    put -u ada:ada-password -H "Origin: http://evil.example" && refused 403 cross_site && put -u "$(command id -un):$(cat "$DATA/token")" -H "Origin: http://evil.example" && refused 403 cross_site && put -u ada:ada-password -H "Sec-Fetch-Site: same-origin" && status 201 &&
    put -H "Authorization: Bearer $(cat "$DATA/token")" -H "Origin: http://evil.example" && status 201'

it 'the native login: a cookie, who it is, until when; a new password signs out' '
    server && account ada && AUTH= api POST login user=ada password=ada-password && status 200 && field .user ada && field .scope all && sed -n "s/^[Ss]et-[Cc]ookie: \\(docket_session=[^;]*\\).*/\\1/p" head >jar &&
    curl -s -o page -H "Cookie: $(cat jar)" "$(url)/api/v1/login" && has page "\"ada\"" && docket user set ada --password-file ada.password && curl -s -o page -H "Cookie: $(cat jar)" "$(url)/api/v1/login" && has page unauthorized &&
    AUTH= api POST login user=ada password=ada-password && sed -n "s/^[Ss]et-[Cc]ookie: \\(docket_session=[^;]*\\).*/\\1/p" head >jar && curl -s -o page -X POST -H "Cookie: $(cat jar)" "$(url)/api/v1/logout" &&
    curl -s -o page -H "Cookie: $(cat jar)" "$(url)/api/v1/login" && has page unauthorized && AUTH= api POST login user=ada && refused 400 bad_field'

it 'qdo'\''s login: form or JSON; cookies and body; the old cookies are a credential' '
    server && account ada && form ada ada-password && sign_in && status 200 && key=$(json .qdo_authkey) && field .qdo_username ada && field .duration 2592000 && field .links.queues "$(url)/ada/queues/" &&
    is "$(json .expiration | cut -c1-4 | grep -c ^20)" 1 && grep -qi "^set-cookie: qdo_authkey=$key; .*HttpOnly" head && grep -qi "^set-cookie: qdo_username=ada; " head && AUTH= api POST /site/login username=ada password=ada-password && status 200 &&
    curl -s -o page -H "Cookie: qdo_authkey=$key; qdo_username=ada" "$(url)/api/v1/login" && has page "\"ada\"" && curl -s -o page -H "Cookie: qdo_authkey=$key" "$(url)/site/login" && has page "$key" &&
    curl -s -o page -w "%{http_code}" -X PUT -H "Origin: http://evil.example" -H "Cookie: qdo_authkey=$key" "$(url)/api/v1/queues/x" >code && is "$(cat code)" 403 &&
    token --user ada && curl -s -o page -H "Cookie: qdo_authkey=$(secret_of)" "$(url)/api/v1/login" && has page "\"ada\""'

it 'GET of qdo'\''s login: the key for a cookie, a token or Basic; a form for a browser; 401 for a program' '
    server && account ada && AUTH= api GET /site/login && refused 401 unauthorized && curl -s -H "Accept: text/html" -o page "$(url)/site/login" && has page "type=\"password\"" && has page "action=\"/site/login\"" &&
    token --user ada --read-only && by "$(secret_of)" && api GET /site/login && field .qdo_authkey "$(secret_of)" && field .expiration null && as ada && api GET /site/login && status 200 && key=$(json .qdo_authkey) && [ "$key" != null ] &&
    AUTH= && curl -s -o page -H "Cookie: qdo_authkey=$key" "$(url)/api/v1/login" && has page "\"scope\":\"all\"" && as ada wrong && api GET /site/login && refused 401 unauthorized && owner && api GET /site/login && field .qdo_authkey "$(cat "$DATA/token")"'

it 'a password in a URL is refused, whoever is asked; so is one in qdo'\''s login' '
    server && account ada && for at in /site/login /api/v1/login /api/v1/queues /healthz; do AUTH= api GET "$at?username=ada&password=ada-password" && refused 400 bad_request "does not belong in a URL" || return; done &&
    AUTH= api GET "/login?user=ada&password=ada-password" && status 400 && AUTH= api POST "/site/login?username=ada&password=ada-password" "{}" && refused 400 bad_request && lacks server.log ada-password'

it 'a site'\''s own login: a program is asked; it names the account and its end; it says no; it cannot tell' '
    cat >login.sh <<"END" && chmod +x login.sh && server_with "$T/login.sh" && form ada open && sign_in && status 200 && field .qdo_username ada.lovelace &&
#!/bin/sh
read -r name && read -r password && printf "%s|%s\n" "$*" "$(env | grep -c open)" >>"$(dirname "$0")/seen"
case $name:$password in
ada:open) echo ada.lovelace; date -u -d "+2 hours" +%Y-%m-%dT%H:%M:%SZ ;;
bob:open) echo bob ;;
mad:*) exit 7 ;;
odd:*) printf "a b\nnever\n" ;;
*) exit 1 ;;
esac
END
    [ "$(json .duration)" -le 7200 ] && [ "$(json .duration)" -gt 7000 ] && as ada open && who ada.lovelace user all && as bob open && who bob user all && as bob shut && api GET login && refused 401 unauthorized &&
    form mad open && sign_in && refused 503 sign_in_failed && form odd open && sign_in && refused 503 sign_in_failed && has server.log "ended with 7" && lacks server.log open && is "$(sort -u seen)" "|0" &&
    owner && account eve && as eve && who eve user all && owner && docket user list && has out ada.lovelace && exits 2 docket serve --sign-in nothing && has err sign-in'

it 'a login program that does not exist, is silent for long, or says too much: passwords cannot be verified, and all else goes on' '
    printf "#!/bin/sh\nexec yes\n" >loud.sh && chmod +x loud.sh && server_with "$T/loud.sh" && form ada open && sign_in && refused 503 sign_in_failed && add x && restart --sign-in "$T/none" && sign_in && refused 503 sign_in_failed && claim w && got x'

it 'a login program whose yes is over already says no; one that names nobody, or is killed, cannot tell; what it leaves running is its own affair' '
    cat >login.sh <<"END" && chmod +x login.sh && printf "#!/bin/sh\ntrap \"\" CHLD\nexec %s \"\$@\"\n" "$DOCKET" >ignoring && chmod +x ignoring && program=$DOCKET && DOCKET=$T/ignoring && server_with "$T/login.sh" && DOCKET=$program && for n in past first before; do
#!/bin/sh
read -r name && read -r password
case $name in
past) printf "past\n2001-01-01T00:00:00Z\n" ;;
first) printf "first\n1970-01-01T00:00:00Z\n" ;;
before) printf "before\n1969-01-01T00:00:00Z\n" ;;
line) printf "line\r\n" ;;
nul) printf "root\\0x\n" ;;
killed) kill -9 $$ ;;
much) head -c 300 /dev/zero ;;
ghost) sleep 300 & echo ghost ;;
esac
END
        form $n open && sign_in && refused 401 unauthorized && as $n open && who_not && api PUT users/$n password=new && refused 401 unauthorized || return; done &&
    for n in line nul killed much; do as $n open && api GET login && refused 503 sign_in_failed || return; done && has server.log "ended by signal 9" && has server.log "more than a name" && has server.log "not the name of an account" && lacks server.log "did not answer" &&
    began=$(date +%s) && as ghost open && who ghost user all && [ $(($(date +%s) - began)) -lt 15 ] && owner && docket user list && lacks out past && lacks out before'

it 'a login program that says nothing does not hold up the end of the server' '
    printf "#!/bin/sh\n: >%s\nexec sleep 300\n" "$T/asked" >mute.sh && chmod +x mute.sh && server_with "$T/mute.sh" && { curl -s -o late -u ada:open "$(url)/api/v1/login" & } && wait_for "[ -e asked ]" &&
    { curl -s -o stream -u bob:open -X PUT -H "Content-Type: application/octet-stream" --data-binary xyz "$(url)/api/v1/queues/q/payloads/p" & } && wait_for "api GET /metrics && grep -q \"^docket_connections [3-9]\" body" &&
    began=$(date +%s) && stop && took=$(($(date +%s) - began)) && say "$took s" && [ "$took" -lt 15 ] && wait && has late stopping && has stream stopping'

it 'what is asked while the server stops is answered, and nothing hangs' '
    server && account ada && form ada ada-password && seq 20 >crowd && { xargs -P 20 -I{} curl -s -o answer.{} -d @form "$(url)/site/login" <crowd & } &&
    wait_for "ls answer.* | grep -q ." && stop && wait && ls answer.* | wc -l >&2'

it 'readers of changes that two accounts call the same wait side by side' '
    reader() { api PUT consumers/c && api GET "changes?consumer=c" && api PUT consumers/c rev="$(json .since)" && status 200; } &&
    server && account ada && as ada && reader && owner && reader && waiting r GET "changes?consumer=c&wait=50" && as ada && api GET "changes?consumer=c&wait=1" && status 200 && field ".changes|length" 0 &&
    [ ! -s waiting.r ] && owner && add x && answered r && field ".changes[0].kind" task'

it 'a store of before there were passwords: whoever was there is a user, its owner an admin, a link still works' '
    server && account ada && as ada && api PUT queues/mine "{}" && status 201 && owner && docket user link ada && sed -n "s/.*link=/link=/p" out >link && stop && sqlite3 "$DATA/docket.db" "
        DROP INDEX credential_account; ALTER TABLE account DROP COLUMN role; ALTER TABLE account DROP COLUMN password;
        ALTER TABLE credential DROP COLUMN scope; ALTER TABLE credential DROP COLUMN queue; ALTER TABLE credential DROP COLUMN note;
        ALTER TABLE queue DROP COLUMN face_lease_us; ALTER TABLE operation DROP COLUMN live; ALTER TABLE operation DROP COLUMN ended;
        DROP TABLE dataset; DROP TABLE target; DROP TABLE truth; DROP TABLE coverage; DROP TABLE audit; DROP TABLE audit_sum; DROP TABLE client;
        DROP TABLE site_share; DROP TABLE scale; DROP TABLE job; DROP TABLE site;
        PRAGMA user_version = 5;" && start && api GET users && field "[.users[]|.user+\" \"+.role]|join(\", \")" "ada user, $(command id -un) admin" && as ada && who_not &&
    curl -s -o page -c jar -w "%{http_code}" -d @link "$(url)/login" >code && is "$(cat code)" 303 && curl -s -b jar -o page "$(url)/api/v1/queues" && has page mine && curl -s -b jar -o page "$(url)/api/v1/users" && lacks page admin'

it 'what an admin sees of others: queues by owner, the journal; metrics elsewhere' '
    server && account ada && as ada && api PUT queues/mine "{}" && api POST queues/mine/tasks command=x && owner && api GET users/ada/queues && field ".queues[0].queue" mine && docket show ada/mine && docket list && lacks out mine && docket list --all --names && is "$(tr "\n" " " <out)" "ada/mine $(command id -un)/q " && docket list --user ada && has out ada/mine &&
    exits 3 docket list --user eve && exits 2 docket list --user ada --all && docket journal && has out mine &&
    account bob && as bob && api GET users/ada/queues && refused 404 account_not_found && api GET journal && lacks body mine && api GET users/ada/queues/mine && refused 404 queue_not_found && owner && api PUT users/ada/queues/yours "{}" && status 201 && field .owner ada'

done_testing
