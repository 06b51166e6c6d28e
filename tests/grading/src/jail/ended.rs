//! Why a program in the jail ended, in words.

use std::process::ExitStatus;

use schedule::runner::End;
use workbook::Fault;

use super::room::Limits;
use super::{Kind, supervisor};

/// What the allocator of Rust prints before it aborts.
const NO_MEMORY: &str = "memory allocation of ";

/// How a program ended whose process ended so, and takes what the jail printed out of `stderr`.
///
/// # Errors
///
/// If the program was never started, or something outside of the jail has ended it.
pub(super) fn explain(
    kind: &Kind,
    limits: &Limits,
    status: ExitStatus,
    stderr: &mut String,
) -> Result<End, Fault> {
    use std::os::unix::process::ExitStatusExt;
    for _ in 0..kind.stages() {
        let Some(rest) = stderr.strip_prefix(supervisor::STARTED) else {
            let said = std::mem::take(stderr);
            return Err(Fault(format!("the jail could not be set up: {status}: {}", said.trim())));
        };
        *stderr = rest.strip_prefix('\n').unwrap_or(rest).to_owned();
    }
    let limit = |words: String| Ok(End::AtLimit(words));
    // The supervisor and bubblewrap end with an exit code, unless something kills them.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    let code = code.unwrap_or(supervisor::KILLED);
    match code {
        supervisor::OVER_FILE_SIZE => {
            limit(format!("more than {} in one file", bytes(limits.file_size)))
        }
        supervisor::OVER_MEMORY => limit(format!("more than {} of memory", bytes(limits.memory))),
        supervisor::OVER_PROCESSES => {
            limit(format!("more than {} threads and processes at a time", limits.processes))
        }
        supervisor::OVER_PROCESSOR_TIME => {
            limit(format!("more than {} s of processor time", limits.processor_time.as_secs()))
        }
        supervisor::FAULT => {
            Err(Fault(format!("the program in the jail could not be started: {}", stderr.trim())))
        }
        supervisor::KILLED | supervisor::SUPERVISOR_KILLED => Err(Fault(
            "something outside of the jail has killed the program, most likely the system, for \
             lack of memory: run fewer at a time"
                .to_owned(),
        )),
        ABORTED if stderr.contains(NO_MEMORY) => limit(format!(
            "more memory than there is ({})",
            stderr.lines().find(|line| line.contains(NO_MEMORY)).unwrap_or_default()
        )),
        129.. => Ok(End::Itself(ExitStatus::from_raw(i32::from(code - 128)))),
        _ => Ok(End::Itself(status)),
    }
}

/// The exit code for SIGABRT.
const ABORTED: u8 = 128 + 6;

/// A number of bytes as people say it.
fn bytes(count: u64) -> String {
    let (unit, name) = if count >= 1 << 30 { (1 << 30, "GiB") } else { (1 << 20, "MiB") };
    format!("{} {name}", count / unit)
}
