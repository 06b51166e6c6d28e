//! Panics: the first one decides how a check ends.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Mutex;

use schedule::{Cause, Outcome, Status};

use crate::process::end;
use crate::send::NotSend;
use crate::{answer, doing};

thread_local! {
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `f`, and returns whether it panicked. Such a panic does not fail the check.
pub fn panics(f: impl FnOnce()) -> bool {
    let before = EXPECTED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    EXPECTED.set(before);
    result.is_err()
}

/// Ends the check at the first unexpected panic, on any thread, and prints nothing.
///
/// The process ends inside the hook, so the first panic is the one that is reported: destructors
/// that run while it unwinds can neither hang nor abort the process with a second one.
pub(crate) fn install_hook() {
    panic::set_hook(Box::new(|info| {
        if EXPECTED.get() {
            return;
        }
        let mut collected = COLLECTED.lock().expect("no code that can panic runs under this lock");
        match &mut *collected {
            Some(first) => {
                first.get_or_insert_with(|| outcome(info));
            }
            None => {
                drop(collected);
                end(outcome(info));
            }
        }
    }));
}

/// Whether panics are collected, and the first one that was.
static COLLECTED: Mutex<Option<Option<Outcome>>> = Mutex::new(None);

/// What came of code that was run while panics were collected.
pub(crate) struct Collected<R> {
    pub(crate) result: R,
    /// The first panic that the hook has seen, on any thread.
    pub(crate) panic: Option<Outcome>,
}

/// Runs code whose panics do not end the process.
pub(crate) fn collect<R>(f: impl FnOnce() -> R) -> Collected<R> {
    let set = |value| {
        let mut collected = COLLECTED.lock().expect("no code that can panic runs under this lock");
        std::mem::replace(&mut *collected, value)
    };
    set(Some(None));
    let result = f();
    Collected { result, panic: set(None).flatten() }
}

fn outcome(info: &PanicHookInfo<'_>) -> Outcome {
    if let Some(not_send) = info.payload().downcast_ref::<NotSend>() {
        return Outcome::new(Status::Failed, not_send.message()).because(Cause::NotSend);
    }
    let message = info.payload_as_str().unwrap_or("(a payload that is not text)");
    let place = info.location().map(|place| (place.file().to_owned(), place.line()));
    describe(message, place.as_ref())
}

/// The outcome of a panic on this thread, raised at this file and line. A panic of the check is
/// its finding, and told as it is. Any other is told with the line of the answer that led to it:
/// an overflow inside of std has its place there, which says nothing to the learner. What the
/// check was doing names the input.
pub(crate) fn describe(message: &str, place: Option<&(String, u32)>) -> Outcome {
    let is_finding = place.is_some_and(|(file, _)| file.replace('\\', "/").contains("/checks/"));
    if is_finding {
        return Outcome::new(Status::Failed, message);
    }
    let answer = answer::get().map(|(answer, _)| answer);
    let line = answer.and_then(|answer| match place {
        Some((file, line)) if answer.is_file(file) => Some(*line),
        _ => answer.line_on_stack(),
    });
    let at = match (answer, line) {
        (Some(answer), Some(line)) => format!(" at {}:{line}", answer.file),
        _ => String::new(),
    };
    let (cause, message) = match message.starts_with("not yet implemented") {
        true => (Cause::NotWritten, format!("not written yet{at}")),
        false => {
            let doing = doing::current();
            (Cause::Panicked, format!("the code panicked{at}: {message}{doing}"))
        }
    };
    Outcome::new(Status::Failed, message).because(cause)
}
