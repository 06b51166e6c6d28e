//! One check, from both ends: the test that libtest calls, and the process that runs it.

use std::any::type_name;
use std::fs;
use std::future::Future;
use std::io::{self, BufRead};
use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::process;
use std::sync::Mutex;
use std::time::Duration;

use explorer::Answer;
use schedule::request::CHECK_VARIABLE;
use schedule::{Cause, Outcome, Record, Request, Status, runner};

use crate::answer::{self, Allowed};
use crate::{doing, panics, watchdog};

/// Longer than anything that an answer may wait for, and less than tokio's timer takes.
const FOR_EVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// A check of behaviour, on whatever threads it likes. It fails if anything panics
/// that was not [expected](crate::panics) to.
pub fn check<F: FnOnce()>(answer: Answer, allowed: Allowed, body: F) {
    run::<F>(answer, allowed, Box::new(|_| outcome(Box::new(body))));
}

/// A check of behaviour in tokio, on virtual time: the clock stands still while anything
/// can run, and then jumps to the next timer. Waiting for ever takes no time at all.
pub fn check_async<F, Fut>(answer: Answer, allowed: Allowed, body: F)
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = ()>,
{
    let body = boxed(body);
    run::<F>(answer, allowed, Box::new(|_| in_virtual_time(body)));
}

/// A check of behaviour in tokio, with sockets. Those know nothing of virtual time, so the
/// clock is the real one: a check must neither wait for it nor look at it, but bring about
/// an order of events, and count. One that never ends is the watchdog's: while all that it
/// waits for is a socket, the process does no work.
pub fn check_io<F, Fut>(answer: Answer, allowed: Allowed, body: F)
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = ()>,
{
    let body = boxed(body);
    run::<F>(answer, allowed, Box::new(|_| in_real_time(body)));
}

fn in_virtual_time(body: Body<'_>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing of the system");
    outcome(Box::new(|| {
        runtime.block_on(async {
            let mut body = body();
            // The body is not dropped at the limit: its descriptions are in force until then, and
            // nothing of the answer runs any more.
            if tokio::time::timeout(FOR_EVER, body.as_mut()).await.is_err() {
                end(waits_forever());
            }
        });
    }))
}

/// The outcome of a body that only waits, unless something panicked before.
fn waits_forever() -> Outcome {
    match panics::take_first() {
        Some(panic) => panic,
        None => Outcome::new(Status::Timeout, format!("it waits for ever{}", doing::current()))
            .because(Cause::WaitsForever),
    }
}

fn in_real_time(body: Body<'_>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the system gives this process a place to wait for its sockets");
    outcome(Box::new(|| runtime.block_on(async { body().await })))
}

type Body<'a> = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + 'a>> + 'a>;

/// A body without a type of its own: else the runtime would be compiled anew for each check,
/// and the learner waits for it.
fn boxed<'a, F, Fut>(body: F) -> Body<'a>
where
    F: FnOnce() -> Fut + 'a,
    Fut: Future<Output = ()> + 'a,
{
    Box::new(|| Box::pin(body()))
}

/// Runs a body. It has failed if there was a panic that was not expected, on any thread; the
/// first one says how.
fn outcome(body: Box<dyn FnOnce() + '_>) -> Outcome {
    panics::install_hook();
    // The answer's state is not looked at after a panic.
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    match (panics::take_first(), result) {
        (Some(outcome), _) => outcome,
        (None, Err(_)) => Outcome::new(Status::Failed, "the code panicked without a message")
            .because(Cause::Panicked),
        (None, Ok(())) => Outcome::passed(),
    }
}

/// Runs a future to its end on this thread, which sleeps in between.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime without I/O needs nothing of the system").block_on(future)
}

/// Runs a check's process, or is one. `F` is the check's closure: it has its name.
pub(crate) fn run<F>(
    answer: Answer,
    allowed: Allowed,
    body: Box<dyn FnOnce(&Request) -> Outcome + '_>,
) {
    answer::set(answer, allowed);
    run_test(test_name(type_name::<F>()), body);
}

fn run_test(test: &str, body: Box<dyn FnOnce(&Request) -> Outcome + '_>) {
    if std::env::var_os(CHECK_VARIABLE).is_none() {
        return runner::run_as_test(test);
    }
    let request = read_request();
    let recorder = Recorder::new(&request);
    *RECORDER.lock().expect("nothing panics under it") = Some(recorder);
    watchdog::start(end);
    end(body(&request));
}

static RECORDER: Mutex<Option<Recorder>> = Mutex::new(None);

struct Recorder {
    nonce: String,
    path: std::path::PathBuf,
}

impl Recorder {
    fn new(request: &Request) -> Self {
        Self { nonce: request.nonce.clone(), path: request.record.clone() }
    }
}

/// Hands the outcome in and ends the process, before anything of the answer's can run
/// again. The first to come decides; a second one never returns from here.
pub(crate) fn end(outcome: Outcome) {
    let mut recorder = RECORDER.lock().expect("nothing panics under it");
    if let Some(Recorder { nonce, path }) = recorder.take() {
        let record = Record { nonce, outcome };
        let text = serde_json::to_string(&record).expect("a record is plain data");
        // If it cannot be written, the runner finds none, and says so.
        let written = fs::write(path, text);
        process::exit(written.is_err().into());
    }
    // The lock is still held, and the process about to end.
    loop {
        std::thread::park();
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
