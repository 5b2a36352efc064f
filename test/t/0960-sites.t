# Sites: made, read, shared, removed; what no site can be. Whether one works is found out beside this (test/sites.sh).
. "$(dirname "$0")/lib.sh"

# site NAME [MEMBER=VALUE…]: of the kind local unless told otherwise.
site() { name=$1; shift; api PUT "sites/$name" "$(object kind=local "$@")"; }
# object NAME=VALUE…: as JSON; what is a number or JSON stays that. The last of a name counts.
object() {
    for pair; do jq -cn --arg n "${pair%%=*}" --arg v "${pair#*=}" '{($n): ($v | try fromjson catch $v)}'; done | jq -cs add
}
# An account, and its token in the file NAME.token.
account() { printf '%s\n' "$1-password" >"$1.password" && docket user add "$1" --role "${2:-user}" --password-file "$1.password" && docket token create --user "$1" && cp out "$1.token"; }
# as NAME METHOD PATH [BODY]
as() { who=$1; shift; AUTH="Bearer $(cat "$who.token")" api "$@"; }

it 'a site is made, read, given other settings and removed; what is null is not said' '
    start && site c kind=ssh host=ada@example port=2222 options="[\"--x\"]" account=null && status 201 && field .kind ssh && field .host ada@example && field .state new &&
    field ".settings|tojson" "{\"host\":\"ada@example\",\"kind\":\"ssh\",\"options\":[\"--x\"],\"port\":2222}" && field .fixed false && field .jobs.running 0 && field ".found|tojson" "{}" &&
    site c kind=ssh host=other && status 200 && field .host other && field .settings.port null && api GET sites/c && field .owner "$(command id -un)" && api GET sites && field "[.sites[]|select(.site == \"c\")]|length" 1 &&
    api DELETE sites/c && status 200 && api GET sites/c && refused 404 site_not_found && api DELETE sites/c && refused 404 site_not_found'

it 'what no site can be: each setting, with the nearest name where it is unknown' '
    start && refuses() { site "$@" && refused 400 bad_field || { say "taken: $*"; return 1; }; } &&
    refuses c kind=pbs && has body "kind must be" && refuses c kind=ssh && has body "host is missing" && refuses c host=x && has body "not with local" && refuses c kind=ssh host=-oProxyCommand=x &&
    refuses c kind=ssh host="a b" && refuses c kind=ssh host="a;b" && refuses c kind=ssh host="\$(id)" && refuses c kind=ssh host=a port=0 && refuses c kind=ssh host=a port=65536 && refuses c port=22 &&
    refuses c kind=ssh host=a ssh_config=config && refuses c template=x && refuses c docket=bin/docket && refuses c app=.ssh && refuses c app=a/b && refuses c advertise=http://example.org &&
    refuses c advertise=http://127.0.0.1.example.org && refuses c advertise=http://localhost.example.org && refuses c partition=-x && refuses c account="a b" && refuses c qos=-1 && refuses c cores=0 && refuses c walltime=0 &&
    refuses c sync_seconds=4 && refuses c keep_days=0 && refuses c options="[1]" && refuses c options="[\"a\\nb\"]" && site c advertise=http://127.0.0.1:5000 && status 201 && site c advertise=https://example.org && status 200 &&
    site c hots=x && refused 400 unknown_field && has body "did you mean host?" && site .c && refused 400 bad_name && site "$(printf "%065d" 0)" && refused 400 bad_name && has body "a site"'

it 'its settings have a bound (LIMIT_SITE_SETTINGS); an account has so many sites (LIMIT_SITES)' '
    start && options=$(jq -cn "[range(17)|\"x\"*4096]") && printf "{\"kind\":\"local\",\"options\":%s}" "$options" >large && api PUT sites/c @large && refused 413 too_large &&
    curl -s -X PUT -w "%{http_code}\n" -H "Authorization: Bearer $(cat "$DATA/token")" -H "Content-Type: application/json" -d "{\"kind\":\"local\"}" "$(url)/api/v1/sites/s[1-200]" >made &&
    [ "$(grep -c "\"owner\"" made)" -ge 198 ] && site one-more && refused 409 too_many' 120

it 'only an admin makes sites; others see and use what is shared with them, and change nothing' '
    start && account bob && account eve && site c && status 201 && as bob PUT sites/c "{\"kind\":\"local\"}" && refused 403 forbidden && as bob GET "users/$(command id -un)/sites/c" && refused 404 site_not_found &&
    as bob GET sites && field ".sites|length" 0 && api PUT sites/c/shares/bob && status 200 && api PUT sites/c/shares/nobody-here && refused 404 account_not_found && api GET sites/c && field ".shared|join(\" \")" bob &&
    as bob GET sites/c && status 200 && field .control null && as bob GET sites && field ".sites[0].site" c && as bob DELETE "users/$(command id -un)/sites/c" && refused 403 forbidden &&
    as bob PUT "users/$(command id -un)/sites/c/shares/eve" && refused 403 forbidden && as eve GET sites/c && refused 404 site_not_found &&
    api DELETE sites/c/shares/bob && status 200 && as bob GET sites/c && refused 404 site_not_found'

it 'a site at which jobs are open stays; one of the settings stands there' '
    start && site c && api POST jobs "{\"site\":\"c\",\"command\":\"sleep 60\",\"files\":{\"bytes\":1,\"hash\":\"x\"}}" && status 201 && id=$(json .id) && api DELETE sites/c && refused 409 site_busy &&
    site c kind=ssh host=x && refused 409 site_busy && api POST "jobs/$id/cancel" && status 202 && api DELETE sites/c && status 200 && api DELETE sites/local && refused 409 site_fixed && site local kind=ssh host=x && refused 409 site_fixed'

it 'a sync that nobody answers: the site does not (site_away)' '
    start && site c kind=ssh host=127.0.0.1 port=1 && status 201 && api POST sites/c/sync "{}" && refused 503 site_away && has body "refused" && api GET sites/c && field .state away && field .synced null &&
    api POST sites/local/sync "{}" && status 200 && field ".synced|type" string && field .state up' 60

# A host that takes connections and says nothing.
silent() { python3 -c 'import socket, time; s = socket.create_server(("127.0.0.1", 0), backlog=200); print(s.getsockname()[1], flush=True); time.sleep(60)' >port & wait_for "[ -s port ]"; }
it 'so many requests wait for sites (LIMIT_ERRANDS), one more is refused' '
    start && silent && site c kind=ssh host=127.0.0.1 port="$(cat port)" && status 201 && url=$(url) &&
    for i in $(seq 66); do curl -sk -m 20 -H "Authorization: Bearer $(cat "$DATA/token")" -X POST -H "Content-Type: application/json" -d "{}" "$url/api/v1/sites/c/sync" >"sync.$i" & done &&
    wait_for "[ \"\$(grep -l too_many sync.* | wc -l)\" = 2 ]" || { head -c 300 sync.1; ls sync.* | wc -l; false; } && crash'

it 'so many jobs are open at a site (LIMIT_JOBS_OPEN), one more is refused' '
    start && site c && stop && db=$(ls "$DATA"/*.db) && sqlite3 "$db" "
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
        INSERT INTO job (account, site, app, hash, n, submission, settings, workers, cores, walltime, state, wanted, files, files_ref, submitted, cleaned, adopted, open, rev)
        SELECT s.account, s.id, \"docket\", \"0123456789abcdef\", i, \"\", \"{}\", 1, 1, 0, 1, 1, -1, i, 0, 0, 0, 1, 1000000 + i FROM n, site s WHERE s.name = \"c\";
        UPDATE mark SET rev = 2000000;" && start && api POST jobs "{\"site\":\"c\",\"command\":\"true\"}" && refused 409 too_many && has body "10000 jobs are open"'

it 'the verbs: list, add, show, share, unshare, sync, remove' '
    start && account bob && docket site add c --no-check --kind local --app mine --cores 8 --walltime 2h --sync 1m --keep 2d && docket site list && has out "/c " && has out local &&
    docket site show c && has out "app            mine" && has out "walltime       7200" && has out "sync_seconds   60" && has out "keep_days      2" && docket site share c --user bob && has out "bob may now start jobs at c" &&
    docket site show c && has out "shared with     bob" && docket site unshare c --user bob && docket site sync c && has out "c: up, 0 jobs" && docket site --json && jq -e .site out && docket site remove c &&
    exits 3 docket site show c && exits 2 docket site share local && has err "which account" && exits 2 docket site show a/b/c && exits 2 docket site shwo && has err "did you mean docket site show" && exits 2 docket site login local && has err "no host"'

it 'login: only for the user of the server, on its machine' '
    start && docket site add c --no-check --host 127.0.0.1 --port 1 && api GET sites/c && field "(.control|length) > 0" true && exits 1 docket site login c && has err "ssh did not get in"'

done_testing
