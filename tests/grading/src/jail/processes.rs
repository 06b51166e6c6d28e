//! What runs now, and what it uses, as `/proc` tells it.

use std::collections::BTreeSet;
use std::fs::{self, DirEntry};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;

/// A process and what it uses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process {
    pub id: i32,
    pub parent: i32,
    /// Whether it has ended, and its parent has not taken notice yet.
    pub is_zombie: bool,
    pub threads: u64,
    /// Its own processor time, and that of its children that have ended.
    pub worked: Duration,
}

impl Process {
    /// The bytes of memory that it has, without files that are mapped: these are libraries, which
    /// many share.
    pub fn memory(&self) -> u64 {
        // One that has ended since then has none.
        let status = fs::read_to_string(format!("/proc/{}/status", self.id)).unwrap_or_default();
        let own = ["RssAnon:", "RssShmem:"];
        let lines = status.lines().filter(|line| own.iter().any(|name| line.starts_with(name)));
        let kib =
            lines.filter_map(|line| line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok());
        kib.sum::<u64>() << 10
    }
}

/// The processes from a number on, mostly in the order of their numbers. Each is looked at when the
/// iterator comes to it.
pub(super) fn from(first: i32) -> io::Result<impl Iterator<Item = Process>> {
    let read = move |entry: DirEntry| {
        let id = entry.file_name().to_str()?.parse().ok()?;
        // One that has ended since then is of no interest.
        let read = || parse(id, &fs::read_to_string(entry.path().join("stat")).ok()?);
        if id >= first { read() } else { None }
    };
    Ok(fs::read_dir("/proc")?.filter_map(move |entry| read(entry.ok()?)))
}

/// The number of the process that was started last. After the highest, numbers begin anew.
pub(super) fn newest() -> io::Result<i32> {
    let text = fs::read_to_string("/proc/loadavg")?;
    let last = text.split_ascii_whitespace().last().and_then(|number| number.parse().ok());
    last.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Those of all these processes that one process has started, and that those have started.
pub(super) fn descendants(of: i32, all: impl Iterator<Item = Process>) -> Vec<Process> {
    let mut others: Vec<Process> = all.filter(|one| one.id != of).collect();
    let mut descendants = Vec::new();
    let mut ids = BTreeSet::from([of]);
    loop {
        let (more, rest) =
            others.into_iter().partition::<Vec<_>, _>(|one| ids.contains(&one.parent));
        if more.is_empty() {
            return descendants;
        }
        ids.extend(more.iter().map(|one| one.id));
        descendants.extend(more);
        others = rest;
    }
}

/// How many threads a user has.
pub(super) fn threads_of(user: u32) -> io::Result<u64> {
    let is_the_users = |process: &Process| {
        fs::metadata(format!("/proc/{}", process.id)).is_ok_and(|of| of.uid() == user)
    };
    Ok(from(0)?.filter(is_the_users).map(|process| process.threads).sum())
}

/// Reads `1234 (a name) S 1 …`; proc(5) numbers the fields from 1.
fn parse(id: i32, stat: &str) -> Option<Process> {
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3).copied();
    let count = |number| field(number).and_then(|text| text.parse::<u64>().ok());
    let ticks = count(14)? + count(15)? + count(16)? + count(17)?;
    Some(Process {
        id,
        parent: field(4)?.parse().ok()?,
        is_zombie: field(3)? == "Z",
        threads: count(20)?,
        worked: Duration::from_millis(ticks * 1000 / clock_ticks_per_second()),
    })
}

#[cfg(test)]
mod tests {
    use std::hint;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_name_may_look_like_the_fields_after_it() {
        let stat = "42 (a) R 9 (b) S 7 42 42 0 -1 4194560 91 0 0 0 100 20 3 2 20 0 5 0 891 \
                    3133440 250 18446744073709551615 1 1 0";
        let process = parse(42, stat).expect("it is well-formed");
        assert_eq!((process.parent, process.is_zombie, process.threads), (7, false, 5));
        assert_eq!(process.worked.as_millis() as u64, 125 * 1000 / clock_ticks_per_second());
    }

    #[test]
    fn a_process_has_the_memory_that_it_has_written() {
        let id = std::process::id().cast_signed();
        let this = from(id).expect("there is /proc").find(|one| one.id == id).expect("it runs");
        let before = this.memory();
        let written = hint::black_box(vec![1_u8; 64 << 20]);
        assert!(this.memory() > before + (60 << 20));
        drop(written);
    }

    #[test]
    fn children_of_children_are_descendants() {
        let process = |id, parent| Process {
            id,
            parent,
            is_zombie: false,
            threads: 1,
            worked: Duration::ZERO,
        };
        // Numbers begin anew at some point, so that a child may have a lower one.
        let all = [process(2, 9), process(3, 1), process(5, 1), process(9, 5), process(4, 2)];
        let mut ids: Vec<i32> = descendants(5, all.into_iter()).iter().map(|one| one.id).collect();
        ids.sort_unstable();
        assert_eq!(ids, [2, 4, 9]);
    }

    #[test]
    fn the_newest_process_has_a_number() {
        assert!(newest().expect("there is /proc") > 0);
    }

    #[test]
    fn a_process_is_found_as_long_as_it_runs() {
        let mut child = Command::new("cat");
        let child = child.stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
        let mut child = child.expect("there is cat");
        let id = child.id().cast_signed();
        let is_there = || from(id).expect("there is /proc").any(|process| process.id == id);
        assert!(is_there());
        child.kill().and_then(|()| child.wait()).expect("it is ours");
        assert!(!is_there());
    }
}
