//! Ctrl-C ends the workbook at once. Where it was in the middle of something, it leaves
//! neither half a line nor half a verdict behind.
//!
//! What it runs is in the same group of processes, and ended by the same Ctrl-C: so a
//! check that was ended must not be taken for a check that failed.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, LazyLock};

use crate::Fault;

/// What a shell says of a process that Ctrl-C ended.
pub const INTERRUPTED: u8 = 130;

/// Of this process, as the signals are.
static HAPPENED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on, an interruption clears the line that says what is being done, and ends
/// this process.
///
/// # Errors
///
/// If the system does not tell us of interruptions.
pub fn ends_this_process() -> Result<(), Fault> {
    then(|| end())
}

/// Ends this process if it was interrupted: to be asked before one believes what became of
/// another process, or starts one.
pub fn heed() {
    if HAPPENED.load(SeqCst) {
        end();
    }
}

fn end() -> ! {
    let terminal = console::Term::stderr();
    if terminal.is_term() {
        // The process ends anyhow.
        let _ = terminal.clear_line();
    }
    schedule::runner::abandon_checks();
    std::process::exit(INTERRUPTED.into())
}

/// Calls a function when there is an interruption.
///
/// # Errors
///
/// If the system does not tell us of interruptions.
#[cfg(unix)]
pub fn then(act: impl FnOnce() + Send + 'static) -> Result<(), Fault> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let register = || {
        // In the handler itself, and so before anybody can see what else was ended.
        signal_hook::flag::register(SIGINT, Arc::clone(&HAPPENED))?;
        signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])
    };
    let mut signals = register().map_err(Fault::of("Ctrl-C cannot be listened to"))?;
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            act();
        }
    });
    Ok(())
}

/// Elsewhere the system ends this process, and with it what it has started.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn then(_act: impl FnOnce() + Send + 'static) -> Result<(), Fault> {
    Ok(())
}
