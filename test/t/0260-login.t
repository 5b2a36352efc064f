# People: a link that signs a browser in, once; the cookie; pages; and what other sites send along with it.
. "$(dirname "$0")/lib.sh"

me() { command id -un; }

# browser NAME METHOD PATH [CURL ARGUMENT…]: as a browser with cookies of its own would ask. Head in `head`, page in `page`.
browser() {
    jar=$1 method=$2 path=$3
    shift 3
    STATUS=$(curl -s -H "Accept: text/html" -b "$jar" -c "$jar" -X "$method" -D head -o page -w '%{http_code}' "$@" "$(url)$path")
    say "$jar $method $path -> $STATUS"
}
page_has() { grep -qF -- "$1" page || fail "the page lacks: $1"; }

# link: makes one; its secret in `secret`.
link() { docket user link "$(me)" && secret=$(sed -n 's/.*login?link=//p' out) && test "${#secret}" = 32; }

# signs_in NAME: the browser opens the link and presses the button.
signs_in() { browser "$1" GET "/login?link=$secret" && status 200 && browser "$1" POST /login -d "link=$secret"; }

it 'a link signs a browser in: a page, a button, a cookie that scripts cannot see' '
    start && link && browser b GET "/login?link=$secret" && status 200 && page_has "<b>$(me)</b>" && page_has "<button>Sign in</button>" &&
    browser b POST /login -d "link=$secret" && status 303 && grep -qi "^location: /.$" head &&
    grep -qi "^set-cookie: docket_session=[A-Za-z0-9_-]\{32\}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax.$" head &&
    browser b GET / && status 200 && page_has "signed in as <b>$(me)</b>" && browser b GET /api/v1/queues && status 200'

it 'a link works once, in one browser (then it is link_over); looking at it does not use it up' '
    start && link && browser preview GET "/login?link=$secret" && status 200 && signs_in b && status 303 &&
    browser c POST /login -d "link=$secret" && status 410 && page_has "has been used" &&
    browser c GET / && page_has "not signed in" && browser c GET /api/v1/queues && status 401'

it 'a link is over after ten minutes, a browser that was signed in after thirty days' '
    start && link && clock +601s && browser b POST /login -d "link=$secret" && status 410 && link && signs_in b && status 303 &&
    clock +29d && browser b GET /api/v1/queues && status 200 && clock +2d && browser b GET /api/v1/queues && status 401 &&
    browser b GET / && status 200 && page_has "not signed in"'

it 'signing out ends it in the server, not only in the browser' '
    start && link && signs_in b && cp b kept && browser b POST /logout && status 303 &&
    grep -qi "^set-cookie: docket_session=; Path=/; Max-Age=0" head && browser kept GET /api/v1/queues && status 401'

it 'it outlives a restart; the secrets are in no file' '
    start && link && first=$secret && signs_in b && link && stop && start && browser b GET /api/v1/queues && status 200 &&
    signs_in c && status 303 && session=$(sed -n "s/.*docket_session.//p" b | tr -d "[:space:]") && test "${#session}" = 32 &&
    not grep -rqF -e "$first" -e "$secret" -e "$session" "$DATA" server.log'

it 'the journal tells of links and of who came in' '
    start && link && signs_in b && browser b POST /logout && docket journal --json &&
    is "$(jq -r "[.entries[] | .action] | join(\",\")" out)" "sign out,sign in,make link" &&
    is "$(jq -r ".entries[1].from" out)" 127.0.0.1'

it 'what a page of another site sends is refused, whatever cookie comes with it' '
    server && link && signs_in b && for head in "Sec-Fetch-Site: cross-site" "Sec-Fetch-Site: same-site" "Origin: https://evil.example" "Origin: null"; do
        browser b POST /api/v1/queues/q/pause -H "$head" && status 403 && is "$(jq -r .code page)" cross_site || return
        browser b POST /logout -H "$head" && status 403 && page_has "another site" || return
    done && link && browser c POST /login -d "link=$secret" -H "Origin: https://evil.example" && status 403 &&
    browser b GET /api/v1/queues/q -H "Sec-Fetch-Site: cross-site" && status 200 && is "$(jq -r .state page)" active &&
    browser b POST /api/v1/queues/q/pause -H "Origin: $(url)" && status 200 &&
    browser b POST /api/v1/queues/q/resume -H "Sec-Fetch-Site: same-origin" -H "Origin: null" && status 200 &&
    browser b POST /api/v1/queues/q/pause && status 200'

it 'a token needs no cookie, and a bad one is not helped by one' '
    start && link && signs_in b && browser b GET /api/v1/queues -H "Authorization: Bearer wrong" && status 401 &&
    api GET queues && status 200'

it 'cookies that are none' '
    start && for cookie in "" x "$(printf "%05000d" 0)" "..//\"" "docket_session"; do
        STATUS=$(curl -s -o page -w "%{http_code}" -H "Cookie: docket_session=$cookie" "$(url)/api/v1/queues") && status 401 || return
    done'

it 'a page is text, whatever stands in a URL; it loads nothing and no other site frames it' '
    start && browser b GET "/login?link=%3Cscript%3Ealert(1)%3C/script%3E" && status 410 && not grep -q "<script" page &&
    browser b GET "/login?%3Cb%3E=1" && status 400 && not grep -q "<b>=" page && page_has "&lt;b&gt;" &&
    grep -qi "^content-security-policy: default-src .none.; style-src .sha256-[A-Za-z0-9+/=]*.; form-action .self.; base-uri .none.; frame-ancestors .none." head &&
    grep -qi "^x-content-type-options: nosniff" head && grep -qi "^content-type: text/html; charset=utf-8" head &&
    want=$(sed -n "s/.*<style>\(.*\)<\/style>.*/\1/p" page | tr -d "\n" | openssl dgst -sha256 -binary | base64) && has head "sha256-$want"'

it 'forms that are none' '
    start && link && browser b POST /login -d "link=$secret&more=1" && status 400 && page_has "no field" &&
    browser b POST /login -d "lin=$secret" && status 400 && browser b POST /login -d "" && status 400 && page_has "a link, or a user and a password, are missing" &&
    browser b POST /login -d "link=a%00b" && status 400 && browser b POST /login -H "Content-Type: application/json" -d "{}" && status 415 &&
    head -c 1100000 /dev/zero | tr "\0" a >big && browser b POST /login --data-binary @big && status 413 &&
    browser b POST /login -d "link=$secret" && status 303'

it 'an account that is none; a name that is none' '
    start && exits 3 docket user link nobody-of-that-name && has err "no account" && has err "$(me)" && api POST users/x/links "{}" && refused 404 account_not_found &&
    exits 2 docket user link && exits 2 docket user unlink x && has err "link NAME" &&
    api POST users/$(me)/links "{\"x\":1}" && refused 400 unknown_field && AUTH= api POST users/$(me)/links && refused 401 unauthorized'

it 'the newest links and browsers of an account (LIMIT_LINKS, LIMIT_SESSIONS): the oldest gives way' '
    start && link && first=$secret && clock +1s && for i in $(seq 20); do link || return; done && browser b GET "/login?link=$first" && status 410 &&
    signs_in b && clock +1s && for i in $(seq 100); do
        link && signs_in c && status 303 || return
    done && browser b GET /api/v1/queues && status 401 && browser c GET /api/v1/queues && status 200' 180

it 'on a full disk nobody is signed in, and says so' '
    FAULTS=1 && server && link && disk $(($(disk_used) - 14 * 1024 * 1024)) && for i in $(seq 200); do
        api POST queues/q/tasks command="\"$(head -c 50000 /dev/zero | tr "\0" x)\""
        [ "$STATUS" != 507 ] || break
    done && signs_in b && status 507 && page_has "no room" && browser b GET /api/v1/queues && status 401'

it 'a link leads to what the server advertises, else to how the asker came; below the base path, and at it' '
    start --advertise https://example.org/docket --base-path /docket && link && has out "https://example.org/docket/login?link=$secret" &&
    lacks err "leads to this machine" && browser b GET "/docket/login?link=$secret" && page_has "action=\"/docket/login\"" &&
    browser b POST /docket/login -d "link=$secret" && status 303 && grep -qi "^location: /docket/.$" head &&
    grep -qi "^set-cookie: docket_session=.*; Path=/docket; " head && browser b GET /docket/api/v1/queues && status 200 &&
    browser b GET /docket && page_has "signed in as" && stop &&
    start --base-path /docket && api POST users/$(me)/links "{}" && field .url "$(url)/docket/login?link=$(jq -r .url body | sed "s/.*=//")"'

it 'whoever starts the server at a terminal is given a link; a log is not' '
    start && lacks server.log login && stop && { python3 "$HERE/screen.py" screen "$DOCKET" serve --data "$DATA" --listen 127.0.0.1:0 & } &&
    wait_for "grep -q login.link= screen" && secret=$(sed -n "s/.*login?link=\([A-Za-z0-9_-]*\).*/\1/p" screen) && signs_in b && status 303 &&
    browser b GET / && page_has "signed in as <b>$(me)</b>" && kill "$(cat "$DATA/lock")"'

it 'an address to advertise that is none (LIMIT_ADVERTISE)' '
    for url in example.org ftp://example.org https:// https:///x https://example.org/ "https://example.org/?a" "https://e x" \
        "https://$(printf "%0257d" 0)"; do
        exits 2 docket config --advertise "$url" && has err "advertise" && one_line err || return
    done && DOCKET_ADVERTISE=https://example.org docket config --json && is "$(jq -r .advertise.value out)" https://example.org'

it 'a phone reads it: --qr' '
    start && docket user link "$(me)" --qr && url=$(head -1 out) && tail -n +2 out | python3 "$HERE/qr.py" >qr.pgm &&
    is "$(zbarimg -q --raw qr.pgm)" "$url" && has err "leads to this machine"'
