# Nonces: a claim whose answer was lost is asked again and answered the same.
. "$(dirname "$0")/lib.sh"

it 'the same nonce again answers the same leases' '
    server && add_many 5 && claim w max=2 nonce=n1 && got t1 t2 && before=$(leases w) && claim w max=2 nonce=n1 &&
    got t1 t2 && is "$(leases w)" "$before" && counts "pending=3 running=2"'

it 'another nonce is another claim' '
    server && add_many 3 && claim w nonce=n1 && got t1 && claim w nonce=n2 && got t2'

it 'the nonces of two workers are two' '
    server && add_many 2 && claim w1 nonce=n && got t1 && claim w2 nonce=n && got t2'

it 'the nonces of two queues are two' '
    server && add a && api POST queues/q2/tasks command=b && claim w nonce=n && got a &&
    api POST queues/q2/claim worker=w nonce=n && got b'

it 'only leases still open are answered again' '
    server && add_many 3 && claim w max=3 nonce=n && finish w && claim w max=3 nonce=n && got t2 t3'

it 'one whose leases have all ended is answered at once, even beside pending tasks' '
    server && add_many 2 && claim w nonce=n && finish w && start=$(date +%s) && claim w nonce=n wait=20 && got &&
    test $(($(date +%s) - start)) -lt 10 && counts "pending=1 succeeded=1"'

it 'it survives a crash of the server' '
    server && add_many 2 && claim w nonce=n && before=$LEASE && crash && claim w nonce=n && got t1 &&
    is "$LEASE" "$before"'

it 'a claim that found nothing may be asked again and then finds' '
    server && claim w nonce=n && got && add a && claim w nonce=n &&
    case $(json ".tasks|length") in 0) claim w nonce=n2 && got a ;; *) got a ;; esac'

it 'finish with claim has one too' '
    server && add_many 3 && claim w nonce=n1 && finish_and_claim w nonce=n2 && got t2 &&
    api POST queues/q/finish worker=w claim=1 nonce=n2 && got t2'

it 'a finish repeated with its nonce: repeated, and the same next task' '
    server && add_many 3 && claim w && first=$LEASE && finish_and_claim w nonce=n && got t2 &&
    api POST queues/q/finish worker=w results="[{\"lease\":$first,\"exitcode\":0}]" claim=1 nonce=n &&
    outcome repeated && got t2 && counts "pending=1 running=1 succeeded=1"'

done_testing
