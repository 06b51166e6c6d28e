//! Attacks that go on after their process, or end others.

use std::process::{Command, Stdio};
use std::{env, thread};

use crate::target;

/// Does nothing, without an end.
pub fn hold() {
    loop {
        thread::park();
    }
}

/// Leaves a process behind that is in no group and session of this one.
pub fn leave_stray() {
    let program = env::current_exe().expect("it has a path");
    let mut command = Command::new("/usr/bin/setsid");
    command.arg(program).args(["stray", &target("MARK")]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("there is setsid").wait().expect("it starts the other and ends");
}

/// Leaves one more behind, whose parent ends.
pub fn stray() {
    let mark = env::args().nth(2).expect("it has a mark");
    if mark != "held" {
        let program = env::current_exe().expect("it has a path");
        let second = Command::new(program).args(["stray", "held", &mark]).spawn();
        return drop(second);
    }
    hold();
}

pub fn signal() {
    let kill = |signal: &str, process: &str| {
        let done = Command::new("/usr/bin/kill")
            .args([signal, "--", process])
            .stderr(Stdio::null())
            .status();
        match done.is_ok_and(|status| status.success()) {
            true => println!("escaped: sent a signal"),
            false => println!("held: not permitted"),
        }
    };
    kill("-TERM", &target("VICTIM"));
    kill("-TERM", &target("GRADER"));
    kill("-TERM", "-1");
}
