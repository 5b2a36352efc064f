# Far sides without a way home but the connection: a forward, a relay, and nothing secret said in clear. As root: a host and a compute
# node in network namespaces (test/sites.sh).
. "$(dirname "$0")/../t/lib.sh"
. "$ROOT/test/sites.sh"
. "$ROOT/test/sites/network_steps.sh"

it 'no docket there, and no route but the connection: python3 works the queue off through a forward of ssh' '
    ssh_site && commands 200 && not ip netns exec "$SPACE" curl -s -m 2 "$(url)/healthz" && overhear "$SPACE" heard && docket launch q 2 --site far --walltime 10:00 && token_of_job && docket wait q --timeout 120 &&
    all_ran 200 && site .found.home forward && site .found.program python3 && silent heard "$TOKEN" "$(cat "$DATA/token")"' 240

it 'a compute node that sees only the login node: python3 works the queue off through a relay there' '
    node_site && commands 200 && not ip netns exec "$NODE" curl -s -m 2 "$(url)/healthz" && overhear "$NODE" heard && overhear "$SPACE" login && docket launch q 2 --site far --walltime 10:00 && token_of_job && docket wait q --timeout 120 &&
    all_ran 200 && site .found.home relay && site .found.program python3 && silent heard "$TOKEN" "$(cat "$DATA/token")" && silent login "$TOKEN" "$(cat "$DATA/token")"' 300

done_testing
