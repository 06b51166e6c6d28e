#!/usr/bin/env bash
# Grades a small class with slurm.sh on a Slurm cluster of this one machine, which is set up in a
# temporary folder and is gone afterwards, and compares the gradebook with that of a single run.
set -euo pipefail
cd "$(dirname "$0")/../../../.."

skip() {
    echo "SKIPPED: the test of slurm.sh needs $1" >&2
    exit 0
}

PATH=$PATH:/usr/sbin
if [ "${1-}" != inside ]; then
    for program in slurmctld slurmd munged ip; do
        command -v $program >/dev/null ||
            skip "$program; on Debian: apt-get install slurm-wlm munge iproute2"
    done
    # The cluster has a network of its own. All its processes end with the first one in there,
    # however that ends.
    inside=(unshare --pid --fork --kill-child --mount-proc --net)
    "${inside[@]}" true 2>/dev/null || skip "root, with the right to make namespaces"
    cargo build --quiet --package grading
    cargo fetch --quiet
    exec "${inside[@]}" tests/grading/cluster/tests/slurm.sh inside
fi

ip link set lo up
# Slurm looks up its addresses in a way that finds none if there is only 127.0.0.1.
ip address add 192.0.2.1/32 dev lo
cluster=$(mktemp -d)
chmod 755 "$cluster"
trap 'rm -rf "$cluster"' EXIT
trap 'exit 130' INT TERM

fail() {
    tail -n 50 "$cluster"/*.log >&2
    echo "$1" >&2
    exit 1
}

# await SECONDS COMMAND…: waits until the command succeeds.
await() {
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $until ] || fail "waited in vain for: $*"
        sleep 0.1
    done
}

start_cluster() {
    install -d -o munge -g munge -m 755 "$cluster/munge"
    runuser -u munge -- dd if=/dev/urandom of="$cluster/munge/key" bs=64 count=1 status=none
    chmod 400 "$cluster/munge/key"
    runuser -u munge -- munged --key-file="$cluster/munge/key" --socket="$cluster/munge/socket" \
        --log-file="$cluster/munge/log" --pid-file="$cluster/munge/pid" --seed-file="$cluster/munge/seed"

    export SLURM_CONF=$cluster/slurm.conf
    cat >"$SLURM_CONF" <<END
ClusterName=interleave
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$cluster/munge/socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1
SlurmdParameters=config_overrides
ReturnToService=2
StateSaveLocation=$cluster/controller
SlurmdSpoolDir=$cluster/node
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/slurmd.log
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=2 RealMemory=8192
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
    slurmctld
    slurmd
    await 60 sh -c 'sinfo --noheader --format=%T | grep --quiet idle'
}

# Six learners: one has not started, three are right, one cannot be read, and one does not compile.
make_class() {
    hand_in 1 tests/4-semaphore/stub.rs
    hand_in 2 solutions/4-semaphore/src/semaphore.rs
    hand_in 3 tests/4-semaphore/designs/tickets.rs
    hand_in 4 tests/4-semaphore/designs/bounded-channel.rs
    hand_in 5 <(printf '\377')
    hand_in 6 <(echo "this is not Rust")
}

hand_in() {
    install -D -m 644 "$2" "$cluster/class/learner-$1/semaphore.rs"
}

start_cluster
make_class

echo "one run" >&2
status=0
target/debug/grade class "$cluster/class" --exercise exercise-4 --out "$cluster/one" || status=$?
[ $status = 1 ] || fail "expected exit code 1, since an answer cannot be read; found $status"

echo "an array of three tasks, of which one is stopped and goes on, and a job that joins the shards" >&2
script=tests/grading/cluster/slurm.sh
export SBATCH_OUTPUT=$cluster/job-%j.log
array=$(TMPDIR=$cluster sbatch --parsable --array=1-3 --cpus-per-task=1 \
    $script "$cluster/class" "$cluster/shards" --exercise exercise-4)
await 600 test -e "$cluster/shards/1/verdicts"
# As Slurm does when another job needs the machine. It would be two minutes until the task goes on.
scontrol requeue "${array}_1"
await 60 sh -c "squeue --noheader --job ${array}_1 --format=%r | grep --quiet BeginTime"
scontrol update "jobid=${array}_1" starttime=now
timeout 3600 sbatch --wait --dependency="afterok:$array" --kill-on-invalid-dep=yes \
    --cpus-per-task=1 $script merge "$cluster/shards" "$cluster/merged" || fail "a job failed"

grep --quiet "DUE TO JOB REQUEUE" "$cluster"/job-*.log || fail "expected a task that was stopped"
! compgen -G "$cluster/tmp.*" >/dev/null || fail "a task has left behind what it has built"
# How long each answer took is not the same twice, and the answers themselves stay in the shards.
diff --recursive --exclude=answers \
    --ignore-matching-lines='"duration_ms":\|"execution_time":\|<testsuite ' \
    "$cluster/one" "$cluster/merged" || fail "the gradebook of the shards is not that of one run"
cat "$cluster/merged/gradebook.csv"
echo "the gradebook of the shards is that of one run" >&2
