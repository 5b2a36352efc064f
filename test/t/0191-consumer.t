# A consumer killed at random while 100,000 changes pass: its table is the server's.
. "$(dirname "$0")/lib.sh"

it 'a consumer killed -9 again and again has, once it has read all, what the server has' '
    server && { python3 "$HERE/consumer.py" killed "$(url)" "$(cat "$DATA/token")" 100000 "$T/table" 7 >seen || fail "$(cat seen)"; } &&
    seen=$(cat seen) && say "$seen" && case $seen in *" 0 disagree") ;; *) fail "$seen" ;; esac' 400

done_testing
