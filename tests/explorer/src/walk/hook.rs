//! Panics of a model's threads: they are results, and not printed.

use std::cell::{Cell, RefCell};
use std::panic;
use std::sync::Once;

use crate::failure::of_panic;

/// The message of a panic, and its file and line.
type Panic = (String, Option<(String, u32)>);

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<Option<Panic>> = const { RefCell::new(None) };
}

/// From now on, panics of this thread are not printed; the last one is kept.
pub(super) fn quiet() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| match QUIET.get() {
            true => LAST.set(Some(of_panic(info))),
            false => previous(info),
        }));
    });
    QUIET.set(true);
}

/// What the last panic on this thread says, and where it was.
pub(super) fn last() -> Panic {
    LAST.take().unwrap_or_else(|| ("(a panic without a message)".to_owned(), None))
}
