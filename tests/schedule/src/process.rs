//! Watches a process until it ends, within limits that it cannot get around.

use std::io::{self, Read};
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use wait_timeout::ChildExt;

/// How often a running process is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How long to go on reading after the process has ended, if something still has its pipes.
const DRAIN: Duration = Duration::from_secs(1);

/// What ends a process from outside.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long it may take.
    pub wall: Duration,
    /// How many bytes it may print, on both streams together.
    pub output: usize,
    /// How many bytes of what it prints are kept, of each stream.
    pub kept_output: usize,
}

/// How a process ended.
#[derive(Clone, Copy, Debug)]
pub enum Ended {
    /// Without help.
    Itself(ExitStatus),
    /// It took too long.
    Late,
    /// It printed too much.
    Printing,
    /// It was to be stopped.
    Stopped,
}

/// The beginning of what a process printed.
#[derive(Clone, Debug)]
pub struct Printed {
    /// On standard output.
    pub stdout: String,
    /// On standard error.
    pub stderr: String,
}

/// Reads what the process prints, so that it never waits for us, until it ends. At a limit, and
/// once `stop` is set, `end` has to end it.
///
/// # Errors
///
/// If the process cannot be waited for or ended.
///
/// # Panics
///
/// If its standard output and standard error are not pipes.
pub fn watch(
    child: &mut Child,
    limits: Limits,
    stop: &AtomicBool,
    end: impl FnOnce(&mut Child) -> io::Result<()>,
) -> io::Result<(Ended, Printed)> {
    let (pieces, printed) = mpsc::channel();
    let streams: [Box<dyn Read + Send>; 2] = [
        Box::new(child.stdout.take().expect("it was asked for")),
        Box::new(child.stderr.take().expect("it was asked for")),
    ];
    for (from, mut stream) in streams.into_iter().enumerate() {
        let pieces = pieces.clone();
        thread::spawn(move || {
            let mut buffer = [0; 8 << 10];
            // An error ends the stream just as its end does.
            while let Ok(read @ 1..) = stream.read(&mut buffer) {
                if pieces.send((from, buffer[..read].to_vec())).is_err() {
                    break;
                }
            }
        });
    }
    drop(pieces);

    let start = Instant::now();
    let mut output = Output::new(limits);
    let ended = loop {
        output.take(&mut printed.try_iter());
        if output.total > limits.output {
            break Ended::Printing;
        }
        if let Some(status) = child.wait_timeout(POLL_INTERVAL)? {
            break Ended::Itself(status);
        }
        if start.elapsed() > limits.wall {
            break Ended::Late;
        }
        if stop.load(Relaxed) {
            break Ended::Stopped;
        }
    };
    if !matches!(ended, Ended::Itself(_)) {
        end(child)?;
    }
    // Its pipes are closed now, unless it has left a process of its own behind. So there is a
    // limit to the time and to the length of what is still read.
    let end = Instant::now() + DRAIN;
    while output.total <= limits.output
        && Instant::now() < end
        && let Ok(piece) = printed.recv_timeout(POLL_INTERVAL)
    {
        output.take(&mut [piece].into_iter());
    }
    let ended = if output.total > limits.output { Ended::Printing } else { ended };
    Ok((ended, output.into()))
}

struct Output {
    limits: Limits,
    total: usize,
    streams: [Vec<u8>; 2],
}

impl Output {
    fn new(limits: Limits) -> Self {
        Self { limits, total: 0, streams: <_>::default() }
    }

    fn take(&mut self, pieces: &mut dyn Iterator<Item = (usize, Vec<u8>)>) {
        for (from, piece) in pieces {
            self.total += piece.len();
            let kept = &mut self.streams[from];
            kept.extend(piece.iter().take(self.limits.kept_output.saturating_sub(kept.len())));
            if self.total > self.limits.output {
                return;
            }
        }
    }
}

impl From<Output> for Printed {
    fn from(output: Output) -> Self {
        let [stdout, stderr] = output.streams.each_ref().map(|text| String::from_utf8_lossy(text));
        Self { stdout: stdout.into_owned(), stderr: stderr.into_owned() }
    }
}
