# A Slurm cluster of one node, this one: munged, slurmctld and slurmd of one's own, all below one directory. As root.

# slurm_start DIR: up, with SLURM_CONF set. Its ports are those of DIR's process, so two can stand side by side.
slurm_start() {
    slurm=$1 slurm_node=$(hostname) slurm_port=$((20000 + $$ % 20000))
    mkdir -p "$slurm/munge" "$slurm/state" "$slurm/spool"
    chmod 711 "$(dirname "$slurm")" "$slurm" # munged is a user of its own
    chmod 755 "$slurm/munge"
    head -c 1024 /dev/urandom >"$slurm/key"
    chmod 400 "$slurm/key"
    chown -R munge: "$slurm/munge" "$slurm/key"
    cat >"$slurm/slurm.conf" <<END
ClusterName=test
SlurmctldHost=$slurm_node(127.0.0.1)
SlurmUser=root
SlurmctldPort=$slurm_port
SlurmdPort=$((slurm_port + 1))
AuthType=auth/munge
AuthInfo=socket=$slurm/munge/socket
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.pid
SlurmctldLogFile=$slurm/slurmctld.out
SlurmdLogFile=$slurm/slurmd.out
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
ReturnToService=2
MpiDefault=none
NodeName=$slurm_node NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
    export SLURM_CONF="$slurm/slurm.conf"
    setpriv --reuid munge --regid munge --clear-groups munged --force --socket "$slurm/munge/socket" \
        --key-file "$slurm/key" --pid-file "$slurm/munge/pid" --log-file "$slurm/munge/log" \
        --seed-file "$slurm/munge/seed" 2>"$slurm/munged.out" &&
        slurmctld -f "$SLURM_CONF" && slurmd -f "$SLURM_CONF" &&
        wait_for 'sinfo -h -o %t | grep -qx idle' 30 || { cat "$slurm"/*.out >&2; return 1; }
}
