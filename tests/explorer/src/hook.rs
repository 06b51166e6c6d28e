//! The panic hook of a process that searches.

use std::cell::RefCell;
use std::panic::{self, PanicHookInfo};
use std::sync::Once;

type OnPanic = Box<dyn FnOnce(&PanicHookInfo<'_>)>;

thread_local! {
    static ON_PANIC: RefCell<Option<OnPanic>> = const { RefCell::new(None) };
}

/// Runs a search. The first panic on this thread meanwhile goes to `on_panic`, all others to the
/// hook that was there before.
pub(crate) fn with_hook(
    on_panic: impl FnOnce(&PanicHookInfo<'_>) + 'static,
    search: impl FnOnce(),
) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| match ON_PANIC.take() {
            Some(on_panic) => on_panic(info),
            None => previous(info),
        }));
    });
    ON_PANIC.set(Some(Box::new(on_panic)));
    search();
    ON_PANIC.set(None);
}
