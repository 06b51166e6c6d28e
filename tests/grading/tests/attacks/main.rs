//! Attacks on the grader, each in each jail: what they try, what holds them, and that an innocent
//! answer beside them passes.
#![cfg(target_os = "linux")]

mod compile;
mod range;
mod run;
mod table;

use std::sync::OnceLock;
use std::time::Duration;

use grading::jail::{Hole, Jail};
use schedule::process;
use workbook::Fault;

use range::Range;

/// What holds the attacks, in the order of [`run::ATTACKS`] and [`compile::ATTACKS`].
type Cells = Vec<(&'static str, String)>;

/// What each attack came to in a jail, or why there is no such jail here.
fn results(make: impl Fn(&Range) -> Result<Jail, Fault>) -> Result<Cells, Fault> {
    let mut range = Range::new();
    let jail = make(&range)?;
    Ok([run::all(&mut range, &jail), compile::all(&mut range, &jail)].concat())
}

fn in_bubblewrap() -> &'static Result<Cells, Fault> {
    static RESULTS: OnceLock<Result<Cells, Fault>> = OnceLock::new();
    RESULTS.get_or_init(|| results(|range| Jail::bubblewrap(&range.grade())))
}

fn in_landlock() -> &'static Result<Cells, Fault> {
    static RESULTS: OnceLock<Result<Cells, Fault>> = OnceLock::new();
    let newest = |range: &Range| {
        let jail = Jail::landlock(&range.grade())?;
        match jail.holes().contains(&Hole::Signals) {
            true => Err(Fault("this kernel has fewer rules: Linux 6.12 or later is needed".into())),
            false => Ok(jail),
        }
    };
    RESULTS.get_or_init(|| results(newest))
}

/// The results, unless there is no such jail here: that is said aloud.
fn or_skip(jail: &str, results: &'static Result<Cells, Fault>) -> Option<&'static Cells> {
    results
        .as_ref()
        .inspect_err(|why| eprintln!("SKIPPED: the attacks in {jail}, which does not work: {why}"))
        .ok()
}

fn escapes(cells: &Cells) -> Vec<&str> {
    let escapes = cells.iter().filter(|(_, cell)| cell.starts_with(table::NOT_HELD));
    escapes.map(|&(title, _)| title).collect()
}

#[test]
fn bubblewrap_holds_all_attacks() {
    let Some(cells) = or_skip("bubblewrap", in_bubblewrap()) else { return };
    assert_eq!(escapes(cells), [""; 0]);
}

#[test]
fn landlock_holds_all_attacks_but_those_through_sockets() {
    let Some(cells) = or_skip("Landlock", in_landlock()) else { return };
    let not_held = [
        "connecting to a program on this machine",
        "reaching other machines",
        "connecting to a socket in a folder",
    ];
    assert_eq!(escapes(cells), not_held);
}

#[test]
fn the_table_in_the_readme_is_what_was_seen() {
    let bubblewrap = or_skip("bubblewrap", in_bubblewrap());
    let landlock = or_skip("Landlock", in_landlock());
    table::compare(bubblewrap, landlock);
}

#[test]
fn what_cannot_be_started_is_a_fault_and_not_an_end() {
    let range = Range::new();
    let watch =
        process::Limits { wall: Duration::from_secs(600), output: 1 << 10, kept_output: 1 << 10 };
    for jail in [Jail::bubblewrap(&range.grade()), Jail::landlock(&range.grade())] {
        let Ok(jail) = jail else { continue };
        let missing = jail.run(&range.path("missing"), &[], &range.room(), watch);
        assert!(missing.is_err(), "{missing:?}");
        let mut room = range.room();
        room.writable.push(range.path("missing"));
        let missing = jail.run(&range.grade(), &[], &room, watch);
        assert!(missing.is_err(), "{missing:?}");
    }
}
