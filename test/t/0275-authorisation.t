# Who may ask what: every URL by everybody, and what one account sees of another's.
. "$(dirname "$0")/lib.sh"

# An account with a password of the same name, made by the owner of the server.
account() { printf '%s\n' "$1-password" >"$1.password" && docket user add "$1" --role "${2:-user}" --password-file "$1.password"; }

# All who may come: a token each in the directory who.
everybody() {
    mkdir who && account owner && account other && account chief admin &&
    api PUT users/owner/queues/worked '{}' &&
    docket token create --user owner && cp out who/owner && docket token create --user other && cp out who/other &&
    docket token create --user chief && cp out who/admin && docket token create --user owner --read-only && cp out who/read &&
    docket token create --user owner --worker owner/worked && cp out who/worker && tabled && docket token create --user owner --worker owner/tabled && cp out who/runs
}
# A dataset of the owner's, with a table for each row of the face.
tabled() {
    { echo "{\"dataset\":{\"analyze\":true}}"; seq -f "{\"table\":\"t%g\",\"data\":[[\"a\"]]}" 90; echo "{\"end\":{\"tables\":90}}"; } >lines &&
        TYPE=application/x-ndjson api PUT users/owner/queues/tabled/tables @lines && status 201
}

it 'every URL by everybody: nobody, another user, tokens that may less, the owner, an admin' '
    server && everybody && { python3 "$HERE/roles.py" walk "$(url)" "$ROOT/src/web/route.def" who >rows || fail "$(grep WRONG rows)"; } &&
    say "$(tail -n 1 rows)" && has rows " 0 wrong"' 300

done_testing
