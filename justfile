# Interleave: a graded workbook of concurrency in Rust.

set windows-shell := ["powershell.exe", "-NoLogo", "-NoProfile", "-Command"]

# The first build takes a while, so cargo shows what it does; after that it is in the way.
built := path_exists("target/debug/workbook") + path_exists("target/debug/workbook.exe")
quiet := if built =~ "true" { "--quiet" } else { "" }
workbook := "cargo run " + quiet + " --package workbook --"

@_list:
    {{quote(just_executable())}} --list --unsorted

# Judge your answer: just check exercise-4
[no-exit-message]
@check exercise *arguments:
    {{workbook}} check {{quote(exercise)}} {{arguments}}

# Show a hint: just hint exercise-4 no_wakeup_is_lost
[no-exit-message]
@hint exercise check number="1":
    {{workbook}} hint {{quote(exercise)}} {{quote(check)}} {{number}}

# Run your answer against a real Ollama: just live exercise-1
[no-exit-message]
@live exercise *arguments:
    {{workbook}} live {{quote(exercise)}} {{arguments}}

# A stand-in for Ollama, without a model, to play with: just mock --port 8080
[no-exit-message]
@mock *arguments:
    cargo run {{quiet}} --package ollama-mock -- {{arguments}}

# Run the official Python and JavaScript clients against the stand-in.
mock-clients:
    tests/ollama-mock/clients/run

# Test the workbook itself: its crates, its solutions, and its checks on wrong answers.
test:
    cargo fmt --check
    cargo clippy --workspace --all-targets --quiet -- --deny warnings
    cargo test --workspace --exclude "exercise-*"
