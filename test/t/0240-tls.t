# TLS: what is refused at the start, who trusts whom, a certificate exchanged under work, clients that are slow or no clients.
. "$(dirname "$0")/lib.sh"

secure() { tls && start "$@"; }
rest() { sed 's|.*://||' "$DATA.url"; }
pin() { sed -n 's|.*"pin": "\([^"]*\)".*|\1|p' "$DATA/server"; }
hangup() { kill -HUP "$(cat "$DATA.pid")"; }
# refuses TEXT OPTION…: serve does not start, says one line holding TEXT, and has made nothing.
refuses() {
    text=$1
    shift
    exits 1 docket serve --listen 127.0.0.1:0 "$@" && one_line err && has err "$text" && not test -e "$DATA"
}
# away TEXT HINT OPTION…: a verb finds no server, in these words.
away() {
    text=$1 hint=$2
    shift 2
    exits 4 docket list "$@" && one_line err && has err "$text" && has err "$hint"
}
# signed NAME END [SAN]: NAME.pem and NAME.key, signed by a CA of our own, ca.pem; END: YYMMDDHHMMSSZ.
signed() {
    [ -e ca.pem ] || certificate ca -addext basicConstraints=critical,CA:TRUE || return
    certificate "$1" && openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr" 2>openssl &&
        : >index && echo 01 >serial && mkdir -p issued && cat >ca.conf <<END || return
[ca]
default_ca = c
[c]
database = index
serial = serial
new_certs_dir = issued
default_md = sha256
policy = p
x509_extensions = x
unique_subject = no
[p]
commonName = supplied
[x]
subjectAltName = ${3:-IP:127.0.0.1}
END
    openssl ca -batch -config ca.conf -cert ca.pem -keyfile ca.key -in "$1.csr" -out "$1.pem" -notext \
        -startdate 200101000000Z -enddate "$2" >openssl 2>&1 || fail "$(cat openssl)"
}
# seen: the subject of the certificate that is shown to who connects now.
seen() { is "$(openssl s_client -connect "$(rest)" </dev/null 2>/dev/null | openssl x509 -noout -subject)" "subject=CN = $1"; }
played() { python3 "$HERE/tls.py" "$@"; }

it 'it says https, and where to find it' '
    secure && has server.log "listening on https://127.0.0.1:" && has "$DATA/server" "\"pin\": \"sha256//" &&
    curl -s "$(url)/healthz" >body && field .status ok && curl -sk --pinnedpubkey "$(pin)" "$(url)/healthz" >body && field .status ok &&
    has server.log "certificate: CN=tls, until 20" && api GET openapi.json && field ".servers[0].url" "$(url)"'

it 'TLS 1.2 and 1.3 are spoken, older ones not' '
    secure && curl -s --tlsv1.2 --tls-max 1.2 "$(url)/healthz" >body && field .status ok && curl -s --tlsv1.3 "$(url)/healthz" >body &&
    field .status ok && { curl -s --ciphers DEFAULT@SECLEVEL=0 --tlsv1.0 --tls-max 1.1 "$(url)/healthz"; is $? 35; }'

it 'a certificate and a key that are none are refused before anything is made' '
    certificate a && certificate b && openssl ec -in a.key -aes128 -passout pass:x -out locked.key 2>openssl && echo x >text && : >empty &&
    refuses "nothing.pem" --tls-cert nothing.pem --tls-key a.key && refuses "nothing.key" --tls-cert a.pem --tls-key nothing.key &&
    refuses "holds no certificate" --tls-cert text --tls-key a.key && refuses "holds no certificate" --tls-cert empty --tls-key a.key &&
    refuses "holds no certificate" --tls-cert a.key --tls-key a.key && refuses "holds no private key" --tls-cert a.pem --tls-key a.pem &&
    refuses "is not that of the certificate in" --tls-cert a.pem --tls-key b.key && refuses "is encrypted" --tls-cert a.pem --tls-key locked.key &&
    refuses "is a directory" --tls-cert "$T" --tls-key a.key && refuses "larger than" --tls-cert /dev/zero --tls-key a.key &&
    { for i in $(seq 17); do cat a.pem; done >many.pem; } && refuses "more than 16" --tls-cert many.pem --tls-key a.key'

it 'one without the other is refused' '
    certificate a && exits 2 docket serve --tls-cert a.pem && has err "tls-key is missing" && exits 2 docket serve --tls-key a.key &&
    has err "tls-cert is missing" && DOCKET_TLS_KEY=a.key exits 2 docket config && has err DOCKET_TLS_KEY'

it 'one file may hold both, with a chain in any order' '
    tls && signed leaf 20400101000000Z && cat ca.pem leaf.key leaf.pem >both.pem && TLS= && start --tls-cert both.pem --tls-key both.pem &&
    CURL_CA_BUNDLE=ca.pem curl -s "$(url)/healthz" >body && field .status ok'

it 'a key that everybody can read is warned of' '
    certificate a && chmod 644 a.key && start --tls-cert a.pem --tls-key a.key && has server.log "can be read by everybody"'

it 'one that has expired, or does not count yet: a warning at the start' '
    tls && signed old 210101000000Z && TLS= && start --tls-cert old.pem --tls-key old.key && has server.log "has expired: clients will refuse it" &&
    docket health'

it 'verbs on the same machine know the server by what it wrote down' '
    secure && docket create x && docket list --names && has out x && docket list --names --server "$(url)" && has out x &&
    docket list --names --server "$(url)/" && docket health && docket add x -- true && docket work x --idle-timeout 0 2>err && docket status x'

it 'not by another URL, nor is a key that is not that of the server trusted' '
    secure && away "is signed by nobody who is trusted here" "--ca-file FILE" --server "https://localhost:${DATA:+$(rest | sed "s/.*://")}" &&
    sed -i "s|\"pin\": \"[^\"]*\"|\"pin\": \"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"|" "$DATA/server" &&
    away "has another key than the server of" "on SIGHUP" --server "$(url)"'

it 'from elsewhere: --ca-file and DOCKET_CA_FILE say whom to trust' '
    secure && cp "$DATA/token" token && export DOCKET_TOKEN_FILE=token DOCKET_SERVER="$(url)" && unset DOCKET_DATA && docket list --ca-file tls.pem &&
    DOCKET_CA_FILE=tls.pem docket list && certificate b && away "is signed by nobody who is trusted in" "--ca-file FILE" --ca-file b.pem &&
    exits 1 docket list --ca-file nothing.pem && has err "could not open the CA file" && away "holds no certificates" "" --ca-file token &&
    SSL_CERT_FILE=tls.pem exits 4 docket list'

it '--pin and DOCKET_PIN: the key alone is looked at, and another is refused' '
    secure && cp "$DATA/token" token && export DOCKET_TOKEN_FILE=token && unset DOCKET_DATA && docket list --server "$(url)" --pin "$(pin)" &&
    DOCKET_PIN=$(pin) docket list --server "$(url)" && away "has another key than the one it was to be known by" "DOCKET_PIN" \
        --server "$(url)" --pin "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" &&
    exits 4 docket health --server "$(url)" --pin "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="'

it '--pin that is none, without TLS, without a server' '
    secure && exits 2 docket list --server "$(url)" --pin sha256//AAAA && has err "44 characters" && DOCKET_PIN=x exits 2 docket list --server "$(url)" &&
    has err DOCKET_PIN && exits 2 docket list --server "http://$(rest)" --pin "$(pin)" && has err "https:" && exits 2 docket list --pin "$(pin)" &&
    has err "--server URL"'

it 'a pinned worker, and its commands; it keeps its pin when the server gets another key' '
    secure && cp "$DATA/token" token && docket add q -- "echo \$DOCKET_PIN >seen" && P=$(pin) && U=$(url) && docket create left && certificate new && unset DOCKET_DATA &&
    docket work q --server "$U" --token-file token --pin "$P" --idle-timeout 0 && is "$(cat seen)" "$P" &&
    { "$DOCKET" work left --server "$U" --token-file token --pin "$P" --walltime-until "$(($(date +%s) + 12))" 2>work.err & worker=$!; } &&
    wait_for "grep -q \"working on\" work.err" && export DOCKET_DATA="$DATA" && cp new.pem tls.pem && cp new.key tls.key && hangup && wait_for "grep -q reloaded server.log" && crash &&
    wait_for "grep -q \"does not answer\" work.err" 20 && sleep 2 && lacks work.err "is back" && kill -9 "$worker"; wait "$worker"; is $? 137'

it 'the commands of a worker know it too' '
    secure && cp "$DATA/token" token && docket add q -- "cat \"\$DOCKET_CA_FILE\" >seen" && mkdir elsewhere && unset DOCKET_DATA &&
    (cd elsewhere && exec "$DOCKET" work q --server "$(url)" --token-file ../token --ca-file ../tls.pem --idle-timeout 0 2>>../err) && same seen tls.pem'

it 'a certificate for another host, one that has expired' '
    tls && signed named 20400101000000Z DNS:elsewhere.example && signed old 210101000000Z && TLS= && start --tls-cert named.pem --tls-key named.key &&
    cp "$DATA/token" token && export DOCKET_TOKEN_FILE=token && unset DOCKET_DATA &&
    away "is for another host" "a name that its certificate holds" --server "$(url)" --ca-file ca.pem && stop &&
    start --tls-cert old.pem --tls-key old.key && away "has expired" "SIGHUP" --server "$(url)" --ca-file ca.pem'

it 'http asked of https, and the other way round: what to do' '
    secure && cp "$DATA/token" token && export DOCKET_TOKEN_FILE=token && unset DOCKET_DATA && exits 1 docket list --server "http://$(rest)" &&
    one_line err && has err "this server speaks TLS" && has err "https://" && stop && TLS= && start &&
    away "does not speak TLS" "http://" --server "https://$(rest)"'

it 'a redirect names where to ask' '
    printf "HTTP/1.1 301 Moved\r\nLocation: https://docket.example/d/api/v1/queues\r\nContent-Length: 0\r\n\r\n" >moved &&
    { python3 "$HERE/tls.py" answers port moved & } && wait_for "[ -s port ]" && DOCKET_TOKEN=x away "sends its callers to https://docket.example/d" \
        "--server https://docket.example/d" --server "http://127.0.0.1:$(cat port)"'

it 'SIGHUP: a new certificate for who connects, under work, and nobody is cut off' '
    secure && api PUT queues/q && api PUT queues/other && for i in $(seq 60); do echo "sleep 0.05"; done >lines && docket load q lines && certificate new &&
    { "$DOCKET" work q -j 2 2>work.err & } && waiting w POST queues/other/claim "{\"worker\":\"p\",\"wait\":60}" && seen tls &&
    cp new.pem tls.pem && cp new.key tls.key && hangup && wait_for "grep -q \"reloaded: CN=new, until 20\" server.log" && seen new &&
    api POST queues/other/tasks command=a && status 201 && answered w && got a && docket wait q && lacks work.err "does not answer" &&
    CURL_CA_BUNDLE=new.pem counts succeeded=60'

it 'SIGHUP with a pair that is no good leaves the old one in force' '
    secure && certificate b && signed old 210101000000Z && cp tls.pem keep.pem && cp b.pem tls.pem && hangup &&
    wait_for "grep -q \"not reloaded, the old one stays: tls-key: .* is not that\" server.log" && seen tls && rm tls.pem && hangup &&
    wait_for "grep -q \"not reloaded, the old one stays: tls-cert: could not open\" server.log" && seen tls && cp old.pem tls.pem && cp old.key tls.key &&
    hangup && wait_for "grep -q \"not reloaded, the old one stays: the one in .* has expired\" server.log" && seen tls &&
    CURL_CA_BUNDLE=keep.pem api GET queues && status 200'

it 'SIGHUP without TLS is harmless' 'start && hangup && wait_for "grep -q \"no certificate to read anew\" server.log" && api GET queues && status 200'

it 'a worker goes on when the server has another key' '
    secure && docket add q -- true && { "$DOCKET" work q --idle-timeout 60 2>work.err & echo $! >worker; } && wait_for "docket wait q" && certificate new &&
    cp new.pem tls.pem && cp new.key tls.key && hangup && wait_for "grep -q reloaded server.log" && crash && docket add q -- "echo again >again" && wait_for "[ -s again ]" 30 && kill "$(cat worker)"'

it 'handshakes that do not go on cost nothing, and are cut after LIMIT_HEAD_SECONDS' '
    secure && played silent "$(url)" "$(cat "$DATA.pid")" 50 && api GET queues && status 200'

it 'noise, a plain request, a hang-up in the middle of the handshake: the server stays up' '
    secure && played noise "$(url)" && api GET queues && status 200 && docket list'

it 'a plain request without end is not read on' '
    secure && played endless "$(url)" "$(cat "$DATA.pid")" && api GET queues && status 200'

it 'a long body, there and back' '
    secure && api PUT queues/q && head -c 67108864 /dev/urandom >big && TYPE=application/octet-stream api PUT queues/q/payloads/p @big && status 200 &&
    field .size 67108864 && api POST queues/q/tasks payload_upload=p && status 201 && api GET "tasks/$(json ".ids[0]")/payload" && status 200 && same big body' 120

it 'a line of a stream is taken while the next record is on its way' '
    secure && api PUT queues/q && played records "$(url)" "$(cat "$DATA/token")"'

done_testing
