//! The levels of the page "Be the scheduler": the graphs that the page reads, and what has to hold
//! of them.

use std::process::Command;

use libtest_mimic::{Failed, Trial};
use schedule::Graph;
use schedule::graph::Level;

use super::{PROGRAM, expect, listed, run};

pub(super) fn trials() -> Vec<Trial> {
    let trials = listed(&["levels"]).into_iter().flat_map(|name| {
        let (written, walked, explored) = (name.clone(), name.clone(), name.clone());
        [
            Trial::test(format!("graphs/{name}"), move || {
                expect("graphs", &written, &graph(&written))
            }),
            Trial::test(format!("levels/{name}/can_be_broken_and_is_mended"), move || {
                can_be_broken_and_is_mended(&walked)
            }),
            Trial::test(format!("levels/{name}/loom_agrees"), move || loom_agrees(&explored)),
        ]
    });
    trials.collect()
}

fn graph(name: &str) -> String {
    run(Command::new(PROGRAM).args(["graph", name]))
}

fn can_be_broken_and_is_mended(name: &str) -> Result<(), Failed> {
    let level: Level = serde_json::from_str(&graph(name))?;
    let mended = level.mended.ok_or("there is no mended program")?;
    let failing = |graph: &Graph| graph.failing.clone().ok_or("it has too many states");
    assert_ne!(failing(&level.broken)?, "0", "the program with the mistake never fails");
    assert!(level.broken.simplest.is_some());
    assert_eq!(failing(&mended)?, "0", "the mended program fails");
    let interleavings = mended.interleavings.ok_or("it has too many states")?;
    assert_ne!(interleavings, "1", "in the mended program there is nothing to choose");
    Ok(())
}

/// The walker finds a failure if and only if loom does.
fn loom_agrees(name: &str) -> Result<(), Failed> {
    let broken = run(Command::new(PROGRAM).args(["explore", name, "broken"]));
    assert!(broken.contains("fails (Panic)") || broken.contains("fails (Deadlock)"), "{broken}");
    assert_eq!(run(Command::new(PROGRAM).args(["explore", name, "mended"])), "passes\n");
    Ok(())
}
