# A data directory shared with its group, and one that is not. What other users may then do: test/packages/0310-users.t.
. "$(dirname "$0")/lib.sh"

shared_as() { mkdir -p "$DATA" && chmod "$1" "$DATA"; }
secrets() { mode "$DATA/token" "$1" && mode "$DATA/server" "$1"; }
store_modes() { for file in "$DATA"/docket.db*; do mode "$file" 600 || return; done; }

it 'a directory of the group: token and server are its members to read, the store is not' '
    shared_as 750 && umask 077 && server && secrets 640 && mode "$DATA" 750 && add a && store_modes && restart && secrets 640 &&
    store_modes'

it 'a directory that everyone may look into is shared with nobody' '
    shared_as 755 && umask 022 && server && secrets 600 && add a && store_modes'

it 'a directory of ones own: as ever' 'umask 002 && server && secrets 600 && mode "$DATA" 700 && store_modes'

it 'what others could read of a shared one is taken from them, and that is said; the group keeps its own' '
    shared_as 750 && server && stop && chmod 664 "$DATA/token" && start && secrets 640 &&
    has server.log "could be read by others; now only by its owner and its group" && stop && chmod 600 "$DATA/token" &&
    start && secrets 640 && stop && chmod 700 "$DATA" && start && secrets 600'

it 'a store that was readable is hidden' '
    server && add a && kill9 && chmod 644 "$DATA"/docket.db* && start && store_modes'

done_testing
