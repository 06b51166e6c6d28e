//! Attacks at run time.

use std::net::{Ipv4Addr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use grading::gradebook::Isolation;
use grading::jail::{Check, Jail};
use schedule::runner::{self, Report};
use schedule::{Cause, Search, Status};

use crate::Cells;
use crate::range::Range;
use crate::table::NOT_HELD;

/// Each attack: what the attacker calls it, and what it is in the table.
pub const ATTACKS: [(&str, &str); 33] = [
    ("exit", "ending with exit code 0"),
    ("print", "printing what a test that passes prints, and a record"),
    ("nonce", "writing a record without the nonce"),
    ("symlink", "a symlink in the place of the record"),
    ("fifo", "a pipe in the place of the record"),
    ("huge_record", "an endless record"),
    ("processes", "endless processes"),
    ("fork", "a fork bomb"),
    ("threads", "endless threads"),
    ("memory", "endless memory"),
    ("allocation", "more memory than there is, at once"),
    ("shared_memory", "endless memory, a little in each of many processes"),
    ("output", "endless output"),
    ("spin", "an endless loop"),
    ("spin_in_turns", "an endless loop, in processes that take turns"),
    ("sleep", "waiting for ever"),
    ("files", "opening files without an end"),
    ("disk", "filling folders of the host"),
    ("temporary", "filling the temporary folder"),
    ("solutions", "reading the solution"),
    ("submissions", "reading another submission"),
    ("host", "reading files of the host"),
    ("environment", "reading the grader's environment"),
    ("others", "looking at other processes"),
    ("memory_of_grader", "reading the grader's memory, as a debugger does"),
    ("write", "writing files of the host"),
    ("program", "replacing its own binary"),
    ("loopback", "connecting to a program on this machine"),
    ("network", "reaching other machines"),
    ("abstract_socket", "connecting to an abstract socket"),
    ("socket", "connecting to a socket in a folder"),
    ("signal", "sending signals to others"),
    ("stray", "leaving a process behind, in a session of its own"),
];

/// Runs all attacks in a jail.
pub fn all(range: &mut Range, jail: &Jail) -> Cells {
    let attacker = build(range);
    let mut attack = |(name, title): (&str, &'static str)| {
        let mark = format!("attack-{}-{name}", std::process::id());
        let report = beside_an_innocent(range, jail, &attacker, name, &mark);
        let damage = range.damage(&mark);
        let cell = match damage.is_empty() {
            // This machine has none itself, so it is not the jail that holds.
            true if name == "network" && !has_network() && !is_empty(jail) => NOT_HELD.to_owned(),
            true if name == "stray" => "ended with the program".to_owned(),
            true => cell(&report),
            false => format!("{NOT_HELD}: {}", damage.join(", ")),
        };
        (title, cell)
    };
    ATTACKS.map(&mut attack).into()
}

/// Whether this machine knows the way to others.
fn has_network() -> bool {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0));
    socket.and_then(|socket| socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))).is_ok()
}

/// Whether nothing of this machine is in sight.
fn is_empty(jail: &Jail) -> bool {
    jail.isolation() == Isolation::Bubblewrap
}

/// Compiles the attacker.
fn build(range: &Range) -> PathBuf {
    let attacker = range.path("attacker/attacker");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/attacks/attacker/main.rs");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let built =
        Command::new(rustc).args(["--edition=2024", "-o"]).arg(&attacker).arg(source).status();
    assert!(built.expect("there is rustc").success(), "the attacker compiles");
    attacker
}

/// Runs one attack. As long as it runs, an innocent answer runs beside it again and again, and has
/// to pass each time.
fn beside_an_innocent(
    range: &Range,
    jail: &Jail,
    attacker: &Path,
    name: &str,
    mark: &str,
) -> Report {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let innocent = scope.spawn(|| {
            let check = check(range, jail, attacker, "");
            while !over.load(Relaxed) {
                let report = runner::run_once(&check, "innocent", Search::All).expect("it runs");
                assert_eq!(report.outcome.status, Status::Passed, "beside {name}: {report:?}");
            }
        });
        let mut check = check(range, jail, attacker, mark);
        if name == "sleep" {
            check.wall_limit = Duration::from_secs(1);
        }
        if name.starts_with("spin") {
            check.room.limits.processor_time = Duration::from_secs(1);
        }
        let report = runner::run_once(&check, name, Search::All);
        over.store(true, Relaxed);
        innocent.join().expect("the innocent answer passes");
        report.unwrap_or_else(|error| panic!("{name}: {error}"))
    })
}

fn check<'a>(range: &Range, jail: &'a Jail, attacker: &Path, mark: &str) -> Check<'a> {
    let mut room = range.room();
    room.environment = range.targets(mark);
    // No room of a check has these. Without them an attack would need code that is unsafe.
    room.readable =
        ["setsid", "kill", "mkfifo"].map(|name| Path::new("/usr/bin").join(name)).into();
    let records = range.path("records");
    Check { jail, binary: attacker.to_owned(), room, records, wall_limit: Duration::from_secs(600) }
}

/// What held an attack, in a few words.
fn cell(report: &Report) -> String {
    let outcome = &report.outcome;
    let message = outcome.message.as_deref().unwrap_or_default();
    let lines = |start: &str| -> Vec<&str> {
        report.printed.lines().filter_map(|line| line.strip_prefix(start)).collect()
    };
    let mut held = lines("held: ");
    held.sort_unstable();
    held.dedup();
    match (outcome.status, outcome.cause) {
        (Status::Passed, _) => format!("{NOT_HELD}: it passes"),
        _ if !lines("escaped: ").is_empty() => NOT_HELD.to_owned(),
        (_, Some(Cause::Limit)) => crate::table::limit(message),
        (_, Some(Cause::Prints)) => "limit on output".to_owned(),
        (Status::Timeout, _) => "limit on time".to_owned(),
        _ if held.is_empty() => "no record with the nonce".to_owned(),
        _ => held.join(", "),
    }
}
