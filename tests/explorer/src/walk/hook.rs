//! Panics of a model's threads: they are results, and not printed.

use std::any::Any;
use std::cell::Cell;
use std::panic;
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
    static PLACE: Cell<Option<(String, u32)>> = const { Cell::new(None) };
}

/// From now on, panics of this thread are not printed; the place of the last one is kept.
pub(super) fn quiet() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| match QUIET.get() {
            true => {
                let place = info.location().map(|at| (at.file().to_owned(), at.line()));
                PLACE.set(place);
            }
            false => previous(info),
        }));
    });
    QUIET.set(true);
}

/// File and line of the last panic on this thread.
pub(super) fn place() -> Option<(String, u32)> {
    PLACE.take()
}

/// What a panic says.
pub(super) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "(a payload that is not text)".to_owned())
}
