//! When rustc and the linker ran.
//!
//! Cargo starts this program instead of rustc, as `RUSTC_WRAPPER` says, and rustc starts it as its linker.
//! It runs what it stands in for, and adds a line to a log: what ran, and from when to when.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode};

use super::{env, now};

/// The log's path. If it is set, this program stands in for another.
pub const LOG: &str = "INTERLEAVE_SPANS";
/// The name of the linker that rustc calls by default on Unix. rustc concludes from the name how to call it,
/// so the linker that stands in has the same.
pub const LINKER: &str = "cc";

/// The parts of a verdict, in seconds.
#[derive(Debug, PartialEq)]
pub struct Split {
    /// From the command to the first rustc.
    pub start: f64,
    /// From the first rustc to the end of the last, without the linker.
    pub compile: f64,
    pub link: f64,
    /// From the end of the last rustc to that of the command.
    pub checks: f64,
}

/// What ran, and from when to when.
struct Span {
    is_link: bool,
    start: f64,
    end: f64,
}

/// Runs what this program stands in for, if it does.
pub fn stand_in() -> Option<ExitCode> {
    let log = env::var_os(LOG)?;
    let mut arguments = env::args_os();
    let own = arguments.next().unwrap_or_default();
    let is_link = Path::new(&own).file_name().is_some_and(|name| name == LINKER);
    let program = if is_link { OsString::from(LINKER) } else { arguments.next()? };
    let arguments: Vec<OsString> = arguments.collect();
    // Cargo also asks rustc for its version, and what it knows of the target.
    let counts = is_link || arguments.iter().any(|argument| argument == "--out-dir");
    let start = now();
    let status = Command::new(program).args(arguments).status();
    let kind = if is_link { "link" } else { "compile" };
    if counts && let Err(error) = add(Path::new(&log), &format!("{kind} {start} {}\n", now())) {
        eprintln!("{}: {error}", log.display());
        return Some(ExitCode::FAILURE);
    }
    let code = status.ok().and_then(|status| status.code()).and_then(|code| code.try_into().ok());
    Some(code.map_or(ExitCode::FAILURE, |code: u8| code.into()))
}

fn add(log: &Path, line: &str) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(log)?.write_all(line.as_bytes())
}

impl Split {
    /// Takes a command apart that ran from `start` to `end`.
    ///
    /// # Errors
    ///
    /// If the log cannot be read, or a line of it is not one of [`stand_in`].
    pub fn of(log: &Path, start: f64, end: f64) -> io::Result<Self> {
        let spans = spans(&fs::read_to_string(log)?);
        let spans = spans.ok_or_else(|| io::Error::other("a line has no name and two times"))?;
        Ok(Self::from_spans(&spans, start, end))
    }

    fn from_spans(spans: &[Span], start: f64, end: f64) -> Self {
        let first = spans.iter().map(|span| span.start).fold(end, f64::min);
        let last = spans.iter().map(|span| span.end).fold(first, f64::max);
        let links = spans.iter().filter(|span| span.is_link);
        let link = links.map(|span| span.end - span.start).sum();
        Self { start: first - start, compile: last - first - link, link, checks: end - last }
    }

    /// The length of the whole.
    pub fn length(&self) -> f64 {
        self.start + self.compile + self.link + self.checks
    }
}

fn spans(log: &str) -> Option<Vec<Span>> {
    log.lines().map(span).collect()
}

fn span(line: &str) -> Option<Span> {
    let mut words = line.split(' ');
    let is_link = words.next()? == "link";
    Some(Span { is_link, start: words.next()?.parse().ok()?, end: words.next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(log: &str) -> Split {
        Split::from_spans(&spans(log).expect("each line is whole"), 10.0, 20.0)
    }

    #[test]
    fn a_verdict_is_split_at_the_first_rustc_and_the_last() {
        let whole = split("compile 11 12.5\nlink 13.5 14\ncompile 12 14.5\n");
        assert_eq!(whole, Split { start: 1.0, compile: 3.0, link: 0.5, checks: 5.5 });
        assert_eq!(whole.length(), 10.0);
    }

    #[test]
    fn where_nothing_is_compiled_all_is_the_start() {
        assert_eq!(split(""), Split { start: 10.0, compile: 0.0, link: 0.0, checks: 0.0 });
    }

    #[test]
    fn a_line_that_was_not_written_to_its_end_is_an_error() {
        assert!(spans("compile 11 12.5\nlink 13.5").is_none());
    }
}
