//! All that a program has started, and what it uses together.

use std::collections::BTreeSet;
use std::io;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, waitpid};

use super::processes::{self, Process};

/// What the descendants of this process use together.
#[derive(Debug)]
pub(super) struct Use {
    pub worked: Duration,
    pub memory: u64,
    pub threads: u64,
}

/// The descendants of this process, as long as they are watched.
#[derive(Debug)]
pub(super) struct Family {
    /// The program, which somebody else waits for.
    program: i32,
    /// No descendant has a lower number.
    first: i32,
}

impl Family {
    /// The family of a program that this process has started.
    pub fn of(program: i32) -> Self {
        Self { program, first: getpid().as_raw_pid().min(program) }
    }

    /// What it uses now. Orphans in it that have ended are taken notice of.
    pub fn look(&mut self) -> io::Result<Use> {
        let this = getpid().as_raw_pid();
        // Most processes of the machine are older than this one, and have lower numbers. It takes
        // too long to look at them all each time, unless the numbers have begun anew since.
        if processes::newest()? < self.first {
            self.first = 0;
        }
        let all: Vec<Process> = processes::from(self.first)?.collect();
        let own = all.iter().find(|process| process.id == this).map(|this| this.worked);
        let family = processes::descendants(this, all.into_iter());
        reap(family.iter().filter(|process| process.id != self.program));
        let worked = family.iter().map(|process| process.worked).sum::<Duration>();
        Ok(Use {
            worked: worked + own.unwrap_or_default(),
            memory: family.iter().map(Process::memory).sum(),
            threads: family.iter().map(|process| process.threads).sum(),
        })
    }
}

/// Ends all descendants of this process. In a namespace of its own, the kernel does that when this
/// process ends.
pub(super) fn end() {
    let this = getpid();
    if this.is_init() {
        return;
    }
    let this = this.as_raw_pid();
    // Whoever is stopped starts no others, and still counts in the limit on processes. If they
    // were killed one by one, those that are left could start new ones in their places for ever.
    let mut stopped = BTreeSet::from([this]);
    loop {
        let before = stopped.len();
        for process in processes::from(0).into_iter().flatten() {
            if stopped.contains(&process.parent) && stopped.insert(process.id) {
                send(&process, Signal::STOP);
            }
        }
        if stopped.len() == before {
            break;
        }
    }
    loop {
        let left = processes::from(0).map(|all| processes::descendants(this, all));
        let left = left.unwrap_or_default();
        if left.is_empty() {
            break;
        }
        for process in &left {
            send(process, Signal::KILL);
        }
        reap(left.iter());
        thread::sleep(Duration::from_millis(1));
    }
}

/// Takes notice of children that have ended.
fn reap<'a>(processes: impl Iterator<Item = &'a Process>) {
    let this = getpid().as_raw_pid();
    for child in processes.filter(|one| one.is_zombie && one.parent == this) {
        let _ = waitpid(Pid::from_raw(child.id), WaitOptions::NOHANG);
    }
}

fn send(to: &Process, signal: Signal) {
    // It may have ended since then.
    let _ = Pid::from_raw(to.id).map(|id| kill_process(id, signal));
}
