//! What runs now, and what it uses, as `/proc` tells it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
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

/// All processes that can be seen from here.
pub(super) fn all() -> io::Result<Vec<Process>> {
    let mut processes = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // One that has ended since then is of no interest.
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        processes.extend(parse(id, &stat));
    }
    Ok(processes)
}

/// A process, all that it has started, and all that those have started.
pub(super) fn family(of: i32) -> io::Result<Vec<Process>> {
    let mut others = all()?;
    let mut family = Vec::new();
    let mut ids = BTreeSet::from([of]);
    loop {
        let (more, rest) = others
            .into_iter()
            .partition::<Vec<_>, _>(|one| ids.contains(&one.id) || ids.contains(&one.parent));
        if more.is_empty() {
            return Ok(family);
        }
        ids.extend(more.iter().map(|one| one.id));
        family.extend(more);
        others = rest;
    }
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
        let this = family(id).expect("there is /proc").into_iter().find(|one| one.id == id);
        let before = this.expect("it runs").memory();
        let written = std::hint::black_box(vec![1_u8; 64 << 20]);
        assert!(this.expect("it runs").memory() > before + (60 << 20));
        drop(written);
    }

    #[test]
    fn a_child_is_of_the_family() {
        let mut child = std::process::Command::new("cat")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("there is cat");
        let family = family(std::process::id() as i32).expect("there is /proc");
        assert!(family.iter().any(|one| one.id == child.id() as i32));
        child.kill().and_then(|()| child.wait()).expect("it is ours");
    }
}
