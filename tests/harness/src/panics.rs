//! Panics in words, and none of them lost.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Mutex;

use crate::send::NotSend;

thread_local! {
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// How the message on a `todo!()` begins.
pub(crate) const NOT_WRITTEN: &str = "not written yet";

/// The first panic that nobody expected, on whichever thread or task.
static FIRST: Mutex<Option<String>> = Mutex::new(None);

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

pub(crate) fn take_first() -> Option<String> {
    FIRST.lock().expect("nothing panics under it").take()
}

fn in_words(info: &PanicHookInfo<'_>) -> String {
    if let Some(not_send) = info.payload().downcast_ref::<NotSend>() {
        return not_send.message();
    }
    let message = info.payload_as_str().unwrap_or("(a payload that is no text)");
    let place = info.location().map(|place| (place.file().to_owned(), place.line()));
    describe(message, place.as_ref())
}

/// A panic of a check is its finding; one of the answer needs its place.
pub(crate) fn describe(message: &str, place: Option<&(String, u32)>) -> String {
    let file = place.map(|(file, _)| file.replace('\\', "/")).unwrap_or_default();
    if file.contains("/checks/") {
        return message.to_owned();
    }
    // A panic inside of std or of a crate has a place there, which says nothing here.
    let elsewhere = file.contains("/library/") || file.contains("/registry/");
    let at = match (file.rfind("src/"), place) {
        (Some(at), Some((_, line))) if !elsewhere => format!(" at {}:{line}", &file[at..]),
        _ => String::new(),
    };
    match message.starts_with("not yet implemented") {
        true => format!("{NOT_WRITTEN}{at}"),
        false => format!("the code panicked{at}: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(file: &str) -> (String, u32) {
        (file.to_owned(), 7)
    }

    #[test]
    fn a_panic_of_the_answer_says_where() {
        let place = at("exercises/4-semaphore/tests/../src/semaphore.rs");
        assert_eq!(
            describe("overflow", Some(&place)),
            "the code panicked at src/semaphore.rs:7: overflow"
        );
    }

    #[test]
    fn a_finding_of_a_check_is_itself() {
        let place = at("exercises/4-semaphore/tests/../../../tests/4-semaphore/checks/race.rs");
        assert_eq!(describe("two permits at once", Some(&place)), "two permits at once");
    }

    #[test]
    fn what_is_not_written_is_no_panic() {
        let place = at("src/semaphore.rs");
        assert_eq!(
            describe("not yet implemented: wait", Some(&place)),
            "not written yet at src/semaphore.rs:7"
        );
    }

    #[test]
    fn a_panic_inside_std_has_no_place_worth_saying() {
        let place = at("/rustc/0123/library/alloc/src/vec/mod.rs");
        assert_eq!(describe("out of bounds", Some(&place)), "the code panicked: out of bounds");
    }
}
