//! Panics in words, and none of them lost.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Mutex;

use schedule::{Cause, Outcome, Status};

use crate::send::NotSend;

thread_local! {
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// The first panic that nobody expected, on whichever thread or task.
static FIRST: Mutex<Option<Outcome>> = Mutex::new(None);

/// Runs `f`, and returns whether it panicked. Such a panic is no failure of the check.
pub fn panics(f: impl FnOnce()) -> bool {
    let before = EXPECTED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    EXPECTED.set(before);
    result.is_err()
}

/// Keeps the first unexpected panic, and prints none.
pub(crate) fn install_hook() {
    panic::set_hook(Box::new(|info| {
        if !EXPECTED.get() {
            FIRST.lock().expect("nothing panics under it").get_or_insert_with(|| in_words(info));
        }
    }));
}

pub(crate) fn take_first() -> Option<Outcome> {
    FIRST.lock().expect("nothing panics under it").take()
}

fn in_words(info: &PanicHookInfo<'_>) -> Outcome {
    if let Some(not_send) = info.payload().downcast_ref::<NotSend>() {
        return Outcome::new(Status::Failed, not_send.message()).because(Cause::NotSend);
    }
    let message = info.payload_as_str().unwrap_or("(a payload that is no text)");
    let place = info.location().map(|place| (place.file().to_owned(), place.line()));
    describe(message, place.as_ref())
}

/// A panic of a check is its finding; one of the answer needs its place.
pub(crate) fn describe(message: &str, place: Option<&(String, u32)>) -> Outcome {
    let file = place.map(|(file, _)| file.replace('\\', "/")).unwrap_or_default();
    if file.contains("/checks/") {
        return Outcome::new(Status::Failed, message);
    }
    // A panic inside of std or of a crate has a place there, which says nothing here.
    let elsewhere = file.contains("/library/") || file.contains("/registry/");
    let at = match (file.rfind("src/"), place) {
        (Some(at), Some((_, line))) if !elsewhere => format!(" at {}:{line}", &file[at..]),
        _ => String::new(),
    };
    let (cause, message) = match message.starts_with("not yet implemented") {
        true => (Cause::NotWritten, format!("not written yet{at}")),
        false => (Cause::Panicked, format!("the code panicked{at}: {message}")),
    };
    Outcome::new(Status::Failed, message).because(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words on a panic in line 7 of this file, and its cause.
    fn described(message: &str, file: &str) -> (String, Option<Cause>) {
        let outcome = describe(message, Some(&(file.to_owned(), 7)));
        (outcome.message.expect("a panic has words"), outcome.cause)
    }

    #[test]
    fn a_panic_of_the_answer_says_where() {
        let (message, cause) =
            described("overflow", "exercises/4-semaphore/tests/../src/semaphore.rs");
        assert_eq!(message, "the code panicked at src/semaphore.rs:7: overflow");
        assert_eq!(cause, Some(Cause::Panicked));
    }

    #[test]
    fn a_finding_of_a_check_is_itself() {
        let file = "exercises/4-semaphore/tests/../../../tests/4-semaphore/checks/race.rs";
        let finding = described("two permits at once", file);
        assert_eq!(finding, ("two permits at once".to_owned(), None));
    }

    #[test]
    fn what_is_not_written_is_no_panic() {
        let (message, cause) = described("not yet implemented: wait", "src/semaphore.rs");
        assert_eq!(message, "not written yet at src/semaphore.rs:7");
        assert_eq!(cause, Some(Cause::NotWritten));
    }

    #[test]
    fn a_panic_inside_std_has_no_place_worth_saying() {
        let (message, _) = described("out of bounds", "/rustc/0123/library/alloc/src/vec/mod.rs");
        assert_eq!(message, "the code panicked: out of bounds");
    }
}
