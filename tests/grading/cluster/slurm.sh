#!/usr/bin/env bash
# Grades a class on a Slurm cluster. README.md beside this file says how to begin. In the folder of
# the workbook:
#
#     sbatch --array=1-8 tests/grading/cluster/slurm.sh SUBMISSIONS SHARDS [OPTION]…
#     sbatch --dependency=afterok:JOB tests/grading/cluster/slurm.sh merge SHARDS GRADES
#
# The first grades a shard of the class in each task of an array, into SHARDS/1, SHARDS/2, … Each
# OPTION is one of `just grade`. The second joins the shards. Slurm's own options can be given to
# sbatch; they win over these:
#SBATCH --job-name=grade
#SBATCH --output=%x-%j.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --time=04:00:00
#SBATCH --cpus-per-task=2
# An answer may take 3 GiB while it is compiled, and each processor compiles one.
#SBATCH --mem=8G
set -euo pipefail

fail() {
    echo "slurm.sh: $1" >&2
    exit 2
}

# Slurm runs a copy of this script, in the folder that sbatch was called in.
grade=$PWD/target/debug/grade
[ -x "$grade" ] ||
    fail "there is no $grade; call sbatch in the folder of the workbook, after: cargo build --package grading"

if [ "${1-}" = merge ]; then
    [ $# = 3 ] || fail "expected: merge SHARDS GRADES"
    set -- merge "$2"/* --out "$3"
else
    [ $# -ge 2 ] || fail "expected: SUBMISSIONS SHARDS [OPTION]…"
    submissions=$1
    shards=$2
    shift 2
    number=${SLURM_ARRAY_TASK_ID:?call sbatch with --array=1-N}
    of=$SLURM_ARRAY_TASK_COUNT
    [ "$SLURM_ARRAY_TASK_MIN-$SLURM_ARRAY_TASK_MAX" = "1-$of" ] ||
        fail "expected --array=1-N, to grade all shards: what is finished is not graded again"
    echo "shard $number of $of, on $(hostname)"
    set -- class "$submissions" --shard "$number/$of" --out "$shards/$number" "$@"

    # Each task builds the checks, and compiles the answers, on the disk of its own machine. The
    # crates were fetched before: a node may have no way to the internet.
    CARGO_TARGET_DIR=$(mktemp -d)
    trap 'rm -rf "$CARGO_TARGET_DIR"' EXIT
    export CARGO_TARGET_DIR CARGO_NET_OFFLINE=true
fi

status=0
"$grade" "$@" || status=$?
# Everybody is in the gradebook. 1 means that somebody has to be looked at.
exit $((status == 1 ? 0 : status))
