//! Which answer the checks of a test crate are about.

use std::sync::OnceLock;

use explorer::Answer;
use scan::Allowed;

/// The answer of this process, known once its check has started.
static CHECKED: OnceLock<(Answer, Allowed)> = OnceLock::new();

pub(crate) fn set(answer: Answer, allowed: Allowed) {
    // A process runs one check.
    let _ = CHECKED.set((answer, allowed));
}

pub(crate) fn get() -> Option<(Answer, Allowed)> {
    CHECKED.get().copied()
}

/// Declares the answer of a test crate, by its path in the package and by what it may use:
///
/// ```ignore
/// harness::answer!("src/semaphore.rs", Std);
/// ```
///
/// It defines the constant `ANSWER` and the functions `check`, `check_async` and `check_io`: those
/// of this crate, with the answer filled in.
#[macro_export]
macro_rules! answer {
    ($file:literal, $allowed:ident) => {
        const ANSWER: $crate::Answer = $crate::Answer {
            file: $file,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $file)),
        };

        fn check<F: FnOnce()>(body: F) {
            $crate::check(ANSWER, $crate::Allowed::$allowed, body);
        }

        fn check_async<F: FnOnce() -> Fut, Fut: Future<Output = ()>>(body: F) {
            $crate::check_async(ANSWER, $crate::Allowed::$allowed, body);
        }

        fn check_io<F: FnOnce() -> Fut, Fut: Future<Output = ()>>(body: F) {
            $crate::check_io(ANSWER, $crate::Allowed::$allowed, body);
        }
    };
}
