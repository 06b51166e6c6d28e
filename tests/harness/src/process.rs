//! The process of one check: it reads its request, runs the check, and writes the record.

use std::fs;
use std::io::{self, BufRead};
use std::path::PathBuf;
use std::process;
use std::sync::Mutex;

use explorer::Answer;
use explorer::progress::runs_begun;
use schedule::request::CHECK_VARIABLE;
use schedule::{Outcome, Record, Request, Status, runner};

use crate::answer;
use crate::{panics, watchdog};
use scan::Allowed;

/// Runs a check if this process is one for a check, and otherwise starts such a process. `closure`
/// is the name of the check's closure, which has the name of the test in it. Nothing here has the
/// closure's type: it would be compiled again for each check, while the learner waits.
pub(crate) fn run(
    closure: &str,
    answer: Answer,
    allowed: Allowed,
    body: Box<dyn FnOnce(&Request) -> Outcome + '_>,
) {
    if std::env::var_os(CHECK_VARIABLE).is_none() {
        return runner::run_as_test(test_name(closure));
    }
    keep_memory_to_itself();
    let request = read_request();
    let recorder = Recorder { nonce: request.nonce.clone(), path: request.record.clone() };
    *RECORDER.lock().expect("no code that can panic runs under this lock") = Some(recorder);
    answer::set(answer, allowed);
    panics::install_hook();
    watchdog::start();
    end(body(&request));
}

static RECORDER: Mutex<Option<Recorder>> = Mutex::new(None);

struct Recorder {
    nonce: String,
    path: PathBuf,
}

/// Writes the record and ends the process. Only the first call has an effect.
///
/// While the process exits, values that the answer keeps in thread-locals are dropped. They can panic, which
/// leads here once more, and they can hang, at which the watchdog comes here. Then the process is aborted: the
/// record is there, and nothing that happens now changes it.
pub(crate) fn end(mut outcome: Outcome) -> ! {
    if outcome.status == Status::Passed {
        outcome.searched = runs_begun() as u64;
    }
    let mut recorder = RECORDER.lock().expect("no code that can panic runs under this lock");
    let Some(Recorder { nonce, path }) = recorder.take() else { process::abort() };
    let record = Record { nonce, outcome };
    let text = serde_json::to_string(&record).expect("a record is plain data");
    // If it cannot be written, the runner finds no record and says so.
    let written = fs::write(path, text);
    drop(recorder);
    process::exit(written.is_err().into())
}

/// Keeps the answer from reading the nonce out of `/proc/self/mem`: the files of a process that is
/// not dumpable are root's.
fn keep_memory_to_itself() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // Where it fails, it makes no difference to a right answer.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

fn read_request() -> Request {
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    match read
        .map_err(|error| error.to_string())
        .and_then(|_| serde_json::from_str(&line).map_err(|error| error.to_string()))
    {
        Ok(request) => request,
        Err(error) => {
            eprintln!("{CHECK_VARIABLE} is set, but there is no request on stdin: {error}");
            process::exit(2);
        }
    }
}

/// `checks::checks::behaviour::name::{{closure}}` without the crate and the closure.
fn test_name(closure: &str) -> &str {
    let name = closure.strip_suffix("::{{closure}}").unwrap_or(closure);
    name.split_once("::").map_or(name, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_closure_has_the_name_of_its_test() {
        assert_eq!(super::test_name("checks::checks::race::a::{{closure}}"), "checks::race::a");
    }
}
