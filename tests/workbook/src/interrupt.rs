//! Ctrl-C ends the workbook at once, without half a line of output, half a verdict, or files that
//! it needed for a while.
//!
//! The processes that it has started are in the same process group, so the same Ctrl-C ends them
//! too. A check that ended in this way must not be taken for a check that failed.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, LazyLock};
use std::thread;

use schedule::runner;

use crate::{Fault, terminal};

/// The exit code of a process that Ctrl-C ended, as shells report it.
pub const INTERRUPTED: u8 = 130;

/// Whether this process has got the signal.
static HAPPENED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on, an interrupt ends this process. This is the only place where a module ends it.
///
/// # Errors
///
/// If the signal handler cannot be installed.
pub fn ends_this_process() -> Result<(), Fault> {
    then(|| {
        runner::abandon_checks();
        // The process ends in any case.
        let _ = terminal::clear_progress();
        std::process::exit(INTERRUPTED.into())
    })
}

/// Does not return if this process was interrupted; it ends soon. To be called before the result
/// of another process is used, and before another one is started.
pub fn heed() {
    while HAPPENED.load(SeqCst) {
        thread::park();
    }
}

/// From now on, Ctrl-C does not end this process: the program that it runs on this terminal gets it,
/// too, and decides what becomes of it.
///
/// # Errors
///
/// If the signal handler cannot be installed.
#[cfg(unix)]
pub fn is_left_to_the_program() -> Result<(), Fault> {
    let registered =
        signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&HAPPENED));
    registered.map(|_| ()).map_err(Fault::of("the handler for Ctrl-C"))
}

/// On other systems Ctrl-C ends this process first, and the program then by itself.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn is_left_to_the_program() -> Result<(), Fault> {
    Ok(())
}

/// Calls a function on another thread when this process is interrupted.
///
/// # Errors
///
/// If the signal handler cannot be installed.
#[cfg(unix)]
pub fn then(act: impl FnOnce() + Send + 'static) -> Result<(), Fault> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let register = || {
        // Set in the handler itself, and so before anybody sees what else the signal ended.
        signal_hook::flag::register(SIGINT, Arc::clone(&HAPPENED))?;
        signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])
    };
    let mut signals = register().map_err(Fault::of("the handler for Ctrl-C"))?;
    thread::spawn(move || {
        if signals.forever().next().is_some() {
            act();
        }
    });
    Ok(())
}

/// On other systems Ctrl-C ends this process and those that it has started by itself.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn then(_act: impl FnOnce() + Send + 'static) -> Result<(), Fault> {
    Ok(())
}
