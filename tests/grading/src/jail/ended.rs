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

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::time::Duration;

    use super::*;

    const LIMITS: Limits = Limits {
        processor_time: Duration::from_secs(60),
        memory: 2 << 30,
        processes: 64,
        file_size: 16 << 20,
        open_files: 64,
    };

    /// How a program ended whose process ended with this code and printed this.
    fn explained(code: u8, stderr: &str) -> Result<End, String> {
        let status = ExitStatus::from_raw(i32::from(code) << 8);
        let mut stderr = stderr.to_owned();
        explain(&Kind::Unsandboxed, &LIMITS, status, &mut stderr).map_err(|Fault(text)| text)
    }

    fn limit(words: &str) -> Result<End, String> {
        Ok(End::AtLimit(words.to_owned()))
    }

    #[test]
    fn a_limit_is_said_in_words() {
        let over = |code| explained(code, "grade: in the jail\n");
        assert_eq!(over(supervisor::OVER_MEMORY), limit("more than 2 GiB of memory"));
        assert_eq!(over(supervisor::OVER_FILE_SIZE), limit("more than 16 MiB in one file"));
        let processes = "more than 64 threads and processes at a time";
        assert_eq!(over(supervisor::OVER_PROCESSES), limit(processes));
        let time = "more than 60 s of processor time";
        assert_eq!(over(supervisor::OVER_PROCESSOR_TIME), limit(time));
        let aborted = explained(134, "grade: in the jail\nmemory allocation of 9 bytes failed\n");
        let memory = "more memory than there is (memory allocation of 9 bytes failed)";
        assert_eq!(aborted, limit(memory));
    }

    #[test]
    fn the_programs_own_end_is_its_own() {
        let code = |code: i32| Ok(End::Itself(ExitStatus::from_raw(code << 8)));
        let signal = |signal| Ok(End::Itself(ExitStatus::from_raw(signal)));
        assert_eq!(explained(0, "grade: in the jail\n"), code(0));
        assert_eq!(explained(101, "grade: in the jail\npanicked"), code(101));
        assert_eq!(explained(134, "grade: in the jail\n"), signal(6));
    }

    #[test]
    fn a_fault_of_the_jail_is_not_the_programs() {
        let said = "bwrap: Creating new namespace failed: Out of memory";
        let fault = explained(1, said).expect_err("it was never started");
        assert!(fault.contains(said), "{fault}");
        assert!(explained(0, "").is_err());
        for code in [supervisor::FAULT, supervisor::KILLED, supervisor::SUPERVISOR_KILLED] {
            assert!(explained(code, "grade: in the jail\n").is_err(), "{code}");
        }
    }

    #[test]
    fn what_the_jail_printed_is_taken_out() {
        let mut stderr = "grade: in the jail\ngrade: in the jail\nmine".to_owned();
        let end = explain(&Kind::Unsandboxed, &LIMITS, ExitStatus::default(), &mut stderr);
        assert!(end.is_ok());
        assert_eq!(stderr, "grade: in the jail\nmine");
    }
}
