# Far sides of one's own, all below one directory: an sshd on loopback, a Slurm cluster of this one node, a host in a network
# namespace that can be cut off. Sourced by scenarios (test/sites, test/packages, test/t). As root.

# site_port: a port of loopback that nobody listens on.
site_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# sshd_keys DIR: the keys of host and user.
sshd_keys() {
    mkdir -p "$1/home" /run/sshd && chmod 700 "$1" "$1/home" &&
        ssh-keygen -q -t ed25519 -N '' -f "$1/host_key" && ssh-keygen -q -t ed25519 -N '' -f "$1/user_key" &&
        cp "$1/user_key.pub" "$1/authorized_keys" && chmod 600 "$1/authorized_keys"
}

# sshd_config DIR ADDRESS PORT: whoever is let in has DIR/home as HOME, and what DIR/env says (lines NAME=VALUE).
sshd_config() {
    : >>"$1/env"
    cat >"$1/enter" <<END
#!/bin/sh
HOME=$1/home
export HOME
set -a
. $1/env
cd "\$HOME" || exit 1
exec /bin/sh -c "\$SSH_ORIGINAL_COMMAND"
END
    chmod 755 "$1/enter"
    cat >"$1/sshd_config" <<END
ListenAddress $2:$3
HostKey $1/host_key
PidFile $1/sshd.pid
AuthorizedKeysFile $1/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
ForceCommand $1/enter
LogLevel VERBOSE
END
}

# ssh_config DIR ADDRESS PORT: DIR/ssh_config, in which the host is called far.
ssh_config() {
    sed "s/^/[$2]:$3 /" "$1/host_key.pub" >"$1/known_hosts"
    cat >"$1/ssh_config" <<END
Host far
    HostName $2
    Port $3
    User $(command id -un)
    IdentityFile $1/user_key
    IdentitiesOnly yes
    UserKnownHostsFile $1/known_hosts
    GlobalKnownHostsFile /dev/null
END
}

# sshd_start DIR: up on loopback; ssh -F DIR/ssh_config far. sshd_stop DIR ends it with all its sessions.
sshd_start() {
    sshd_port=$(site_port)
    [ -e "$1/host_key" ] || sshd_keys "$1" || return
    sshd_config "$1" 127.0.0.1 "$sshd_port" && ssh_config "$1" 127.0.0.1 "$sshd_port" && sshd_run "$1"
}

# sshd_run DIR [COMMAND…]: with the config that is there, beneath a command.
sshd_run() {
    sshd_dir=$1
    shift
    "$@" "$(command -v sshd)" -f "$sshd_dir/sshd_config" -E "$sshd_dir/sshd.log" || { cat "$sshd_dir/sshd.log" >&2; return 1; }
    wait_for "[ -s '$sshd_dir/sshd.pid' ]" 10
}

sshd_stop() {
    sshd_pid=$(cat "$1/sshd.pid" 2>/dev/null) || return 0
    for pid in $(ps -o pid= --ppid "$sshd_pid"); do kill "$pid" 2>/dev/null; done
    kill "$sshd_pid" 2>/dev/null
    wait_for "! kill -0 $sshd_pid 2>/dev/null" 10
}

# sshd_reboot DIR: every process of the host is gone, and its boot has another id.
sshd_reboot() {
    sshd_stop "$1"
    for environ in $(grep -lsxzF "HOME=$1/home" /proc/[0-9]*/environ); do
        pid=${environ#/proc/}
        kill -9 "${pid%/environ}" 2>/dev/null
    done
    cat /proc/sys/kernel/random/uuid >"$1/boot_id"
    echo "DOCKET_BOOT_ID=$1/boot_id" >"$1/env"
    sshd_run "$1"
}

# host_start DIR: an sshd in a network namespace of its own, reached over a pair of interfaces. host_cut DIR drops all that goes there,
# host_mend DIR lets it through again, host_stop DIR ends it.
host_start() {
    host_n=$(($$ % 250)) host_space=far$$ host_net=10.$((64 + $$ / 250 % 64)).$host_n
    [ -e "$1/host_key" ] || sshd_keys "$1" || return
    echo "$host_space" >"$1/space"
    ip netns add "$host_space" && ip link add "far$$" type veth peer name eth0 netns "$host_space" &&
        ip addr add "$host_net.1/24" dev "far$$" && ip link set "far$$" up &&
        ip -n "$host_space" addr add "$host_net.2/24" dev eth0 && ip -n "$host_space" link set eth0 up &&
        ip -n "$host_space" link set lo up &&
        sshd_config "$1" "$host_net.2" 2222 && ssh_config "$1" "$host_net.2" 2222 && sshd_run "$1" ip netns exec "$host_space"
}
host_cut() { ip -n "$(cat "$1/space")" link set eth0 down; }
host_mend() { ip -n "$(cat "$1/space")" link set eth0 up; }
host_stop() {
    sshd_stop "$1"
    ip netns del "$(cat "$1/space")" 2>/dev/null
    ip link del "$(cat "$1/space")" 2>/dev/null
    return 0
}

# flaky DIR COMMAND N: in DIR a command of that name that fails N times in a row before it works (N -1: always), with a scheduler's
# words.
flaky() {
    mkdir -p "$1"
    echo "$3" >"$1/$2.left"
    cat >"$1/$2" <<END
#!/bin/sh
left=\$(cat "$1/$2.left")
[ "\$left" = 0 ] || {
    echo \$((left - 1)) >"$1/$2.left"
    echo "slurm_load_jobs error: Unable to contact slurm controller (connect failure)" >&2
    exit 1
}
exec $(command -v "$2") "\$@"
END
    chmod 755 "$1/$2"
}

# slurm_config DIR NAME ADDRESS NODE ADDRESS: a cluster with one node, the host that is in charge of it, and munge up for both.
slurm_config() {
    slurm=$1 slurm_port=$(site_port) slurmd_port=$(site_port)
    mkdir -p "$slurm/munge" "$slurm/state" "$slurm/spool"
    chmod 711 "$(dirname "$slurm")" "$slurm" # munged is a user of its own
    chmod 755 "$slurm/munge"
    head -c 1024 /dev/urandom >"$slurm/key"
    chmod 400 "$slurm/key"
    chown -R munge: "$slurm/munge" "$slurm/key"
    cat >"$slurm/slurm.conf" <<END
ClusterName=test
SlurmctldHost=$2($3)
SlurmUser=root
SlurmctldPort=$slurm_port
SlurmdPort=$slurmd_port
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
KillWait=2
SelectType=select/cons_tres
ReturnToService=2
MpiDefault=none
NodeName=$4 NodeAddr=$5 CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
    export SLURM_CONF="$slurm/slurm.conf"
    setpriv --reuid munge --regid munge --clear-groups munged --force --socket "$slurm/munge/socket" \
        --key-file "$slurm/key" --pid-file "$slurm/munge/pid" --log-file "$slurm/munge/log" \
        --seed-file "$slurm/munge/seed" 2>"$slurm/munged.out" || { cat "$slurm"/*.out >&2; return 1; }
}

# slurm_ready DIR [COMMAND…]: sinfo, beneath a command, says so.
slurm_ready() {
    slurm=$1
    shift
    wait_for "$* sinfo -h -o %t | grep -qx idle" 30 || { cat "$slurm"/*.out >&2; return 1; }
}

# slurm_start DIR: up, with SLURM_CONF set. slurm_stop DIR ends it.
slurm_start() {
    slurm_node=$(hostname)
    slurm_config "$1" "$slurm_node" 127.0.0.1 "$slurm_node" 127.0.0.1 && slurmctld -f "$SLURM_CONF" && slurmd -f "$SLURM_CONF" && slurm_ready "$1"
}

slurm_stop() {
    for pid_file in "$1/slurmd.pid" "$1/slurmctld.pid" "$1/munge/pid"; do
        [ ! -s "$pid_file" ] || kill "$(cat "$pid_file")" 2>/dev/null
    done
    wait_for "[ ! -e '$1/slurmctld.pid' ]" 10
}

# cluster_start DIR HOST_DIR: a cluster whose login node is the host that host_start has started there, and whose compute node, in the
# namespace $NODE with a host name of its own, reaches that host alone, by its address in the cluster. cluster_stop DIR ends it.
cluster_start() {
    login=$(cat "$2/space") NODE=node$$ cluster_net=10.$((128 + $$ / 250 % 64)).$(($$ % 250))
    mkdir -p "$1" && echo "$NODE" >"$1/space"
    ip netns add "$NODE" && ip -n "$login" link add nodes type veth peer name eth0 netns "$NODE" &&
        ip -n "$login" addr add "$cluster_net.1/24" dev nodes && ip -n "$login" link set nodes up &&
        ip -n "$NODE" addr add "$cluster_net.2/24" dev eth0 && ip -n "$NODE" link set eth0 up && ip -n "$NODE" link set lo up &&
        slurm_config "$1" "$(hostname)" "$cluster_net.1" node1 "$cluster_net.2" &&
        ip netns exec "$login" slurmctld -f "$SLURM_CONF" && # slurmd wants the /sys that this replaces
        nsenter --net="/run/netns/$NODE" unshare -u sh -c "hostname node1 && exec slurmd -f '$SLURM_CONF'" && slurm_ready "$1" ip netns exec "$login"
}
cluster_stop() {
    slurm_stop "$1"
    ip netns del "$(cat "$1/space")" 2>/dev/null
    return 0
}
