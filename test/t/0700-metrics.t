# What /metrics and /healthz tell, and whom.
. "$(dirname "$0")/lib.sh"

prometheus() { python3 "$HERE/prometheus.py" "$@"; }

# metrics [FILE]: what it says now, read strictly, in FILE (m).
metrics() { AUTH= api GET /metrics && status 200 && cp body "${1:-m}" && prometheus --check "${1:-m}"; }

# metric VALUE NAME [LABEL=VALUE…]: in the file m.
metric() {
    wanted=$1
    shift
    is "$(prometheus --get m "$@")" "$wanted"
}
of_q() { metric "$1" "docket_$2" owner="$(command id -un)" queue=q ${3+"$3"}; }

# away [AUTHORIZATION]: asks over an address of this machine that is not the loopback.
away() {
    own=$(python3 "$HERE/clients.py" own-address) && port=$(url | sed "s/.*://") &&
        STATUS=$(curl -s -o body -D head -w "%{http_code}" ${1+-H "Authorization: $1"} "http://$own:$port/metrics")
}

it 'the text format, its families, its media type' '
    server && add a && metrics && grep -qi "^content-type: text/plain; version=0.0.4" head &&
    for name in docket_build_info docket_uptime_seconds docket_tasks docket_tasks_ended_total docket_claims_total \
        docket_crashes_total docket_attempts_failed_total docket_late_results_total docket_http_requests_total \
        docket_turns_total docket_turn_seconds docket_commit_seconds docket_parked_claims docket_connections \
        docket_log_frames docket_log_bytes docket_store_bytes docket_operations_open docket_disk_full \
        docket_body_bytes_buffered process_resident_memory_bytes process_cpu_seconds_total process_open_fds \
        process_start_time_seconds; do has m "# TYPE $name " && has m "# HELP $name " || return; done &&
    metric 1 docket_build_info "version=$("$DOCKET" --version | cut -d" " -f2)"'

it 'open on the loopback, elsewhere with a token' '
    start --listen 0.0.0.0:0 && AUTH= api GET /metrics && status 200 && AUTH="Bearer wrong" api GET /metrics &&
    status 200 && away && refused 401 unauthorized && away "Bearer wrong" && refused 401 unauthorized &&
    away "Bearer $(cat "$DATA/token")" && status 200 && cp body m && prometheus --check m'

it 'tasks by state are those that GET /queues tells' '
    server && make_queue b && add_many 7 && claim w max=3 && finish w && finish_lease w "$(cut -d, -f2 lease.w)" 1 &&
    api GET queues && cp body listed && metrics && prometheus --tasks m listed &&
    of_q 4 tasks state=pending && of_q 1 tasks state=running && of_q 1 tasks state=failed'

it 'what happened since the start: claims, ends, failed attempts, crashes, late results' '
    server attempts=2 crashes=9 && add a && add b && claim w && finish w 1 && claim w max=2 begin=2 && finish w 1 &&
    clock +61s && finish_lease w "$(cut -d, -f2 lease.w)" 0 && outcome stale && api POST queues/q/cancel && metrics &&
    of_q 3 claims_total && of_q 2 attempts_failed_total && of_q 1 crashes_total && of_q 1 late_results_total &&
    of_q 1 tasks_ended_total outcome=failed && of_q 1 tasks_ended_total outcome=killed &&
    of_q 0 tasks_ended_total outcome=succeeded'

it 'a queue with a quote and a backslash in its name' '
    start && api PUT "queues/a%22b%5Cc" && status 201 && api POST "queues/a%22b%5Cc/tasks" command=x && metrics &&
    metric 1 docket_tasks owner="$(command id -un)" queue="a\"b\\c" state=pending && api GET queues &&
    cp body listed && prometheus --tasks m listed'

it 'counters only go up, refused requests are counted as such' '
    server && add a && metrics before && claim w && finish w && api GET queues/none && api GET nowhere && metrics &&
    prometheus --grown before m && of_q 1 claims_total &&
    metric 1 docket_http_requests_total method=GET handler="/api/v1/queues/{queue}" class=4xx &&
    metric 1 docket_http_requests_total method= handler= class=4xx &&
    metric 1 docket_http_requests_total method=POST "handler=/api/v1/queues/{queue}/claim" class=2xx'

it 'what was refused or rolled back is not counted' '
    FAULTS=1 && server && add a && claim w && disk "$(disk_used)" && api POST queues/q/tasks command=b &&
    refused 507 storage_full && finish w && metrics && metric 1 docket_disk_full && of_q 1 claims_total &&
    of_q 1 tasks_ended_total outcome=succeeded && of_q 0 tasks state=pending && disk 0 &&
    wait_for "metrics && metric 0 docket_disk_full" && of_q 1 claims_total'

it 'claims that wait, connections, operations, the log' '
    server && { curl -s -H "Authorization: Bearer $(cat "$DATA/token")" -H "Content-Type: application/json" \
        -d "{\"worker\":\"w\",\"wait\":30}" "$(url)/api/v1/queues/q/claim" >claimed & } &&
    wait_for "metrics && metric 1 docket_parked_claims" && test "$(prometheus --get m docket_connections)" -ge 2 &&
    frames=$(prometheus --get m docket_log_frames) && add_many 500 && wait_for "grep -q lease claimed" && metrics &&
    test "$(prometheus --get m docket_log_frames)" -gt "$frames" &&
    test "$(prometheus --get m docket_store_bytes)" -gt 4096 && metric 0 docket_operations_open'

it 'the process: memory, time, descriptors, start' '
    start && metrics && test "$(prometheus --get m process_resident_memory_bytes)" -gt 1000000 &&
    test "$(prometheus --get m process_open_fds)" -gt 5 && now=$(date +%s) &&
    began=$(prometheus --get m process_start_time_seconds | cut -d. -f1) && test "$began" -le "$((now + 1))" &&
    test "$began" -gt "$((now - 90))" && prometheus --get m process_cpu_seconds_total'

it 'a thousand queues come over several turns, each once' '
    start && python3 "$HERE/clients.py" queues "$(url)" "$(cat "$DATA/token")" 1000 && metrics &&
    is "$(grep -c "^docket_tasks{.*pending" m)" 1000 && metric 1000 docket_queues && metric 0 docket_queues_omitted'

it 'LIMIT_METRIC_QUEUES: 10,001 queues: one is left out and counted' '
    start && python3 "$HERE/clients.py" queues "$(url)" "$(cat "$DATA/token")" 10001 && metrics &&
    is "$(grep -c "^docket_tasks{.*pending" m)" 10000 && metric 10001 docket_queues &&
    metric 1 docket_queues_omitted' 200

it 'healthz: warnings, none when all is well, and how long turns take' '
    start && AUTH= api GET /healthz && status 200 && field ".warnings|length" 0 && field ".turns>0" true &&
    field ".turn_seconds>=0" true && metrics && metric 0 docket_warning code=log_large'

done_testing
