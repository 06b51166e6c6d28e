//! The terminal: its width, the colours, and writing to it.

use std::io::{self, ErrorKind, Write};

use anstyle::{AnsiColor, Style};

use crate::Fault;

/// What passes.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What fails.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What is neither.
pub const UNSURE: Style = AnsiColor::Yellow.on_default().bold();
/// What matters less than the rest.
pub const DIM: Style = Style::new().dimmed();
/// What matters more than the rest.
pub const BOLD: Style = Style::new().bold();

/// Where the width is not known, as in a pipe.
const USUAL_WIDTH: usize = 100;
/// Layouts need this much, even if the terminal has less.
const MIN_WIDTH: usize = 40;

/// The width to print in, in columns.
pub fn width() -> usize {
    let columns = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    columns.unwrap_or(USUAL_WIDTH).max(MIN_WIDTH)
}

/// Writes to standard output, without colours where the terminal or `NO_COLOR` asks for that. A
/// reader that has closed the pipe, such as `head`, has all that it wants, so that is no error.
///
/// # Errors
///
/// If the text cannot be written.
pub fn print(text: &str) -> Result<(), Fault> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Fault::of("standard output")(error))
        }
        _ => Ok(()),
    }
}

/// Writes a line to standard error.
pub fn print_error(line: impl std::fmt::Display) {
    // There is no other place to say that this failed.
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Clears the line that shows the progress, if standard error is a terminal.
pub fn clear_progress() -> io::Result<()> {
    let terminal = console::Term::stderr();
    if terminal.is_term() { terminal.clear_line() } else { Ok(()) }
}
