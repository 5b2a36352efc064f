# The example of the manual that qdo's web clients were written from, as it stands there, against a server at the address it names.
. "$(dirname "$0")/lib.sh"

# The address is 127.0.0.1:5000: whatever this machine has there, the steps have a network of their own.
[ -n "${SCENARIO:-}" ] && [ -z "${ALONE:-}" ] && exec unshare -rn env ALONE=1 sh "$0"
network() { ip link set lo up && echo http://127.0.0.1:5000 >"$DATA.url"; }

# Debian's python3, which has Debian's python3-requests.
python() { PYTHONNOUSERSITE=1 /usr/bin/python3 "$@"; }

it 'the example, word for word; then what it leaves behind works on' '
    network && start && echo open-sesame >pw && docket user add sjbailey --password-file pw && python "$HERE/requests_example.py" "$HERE/requests_example.txt" open-sesame >seen || { fail "$(cat seen)"; return; }
    say "$(cat seen)" && has seen "as it should be"'

done_testing
