//! The levels of the page "Be the scheduler": the graphs that the page reads, and what has to hold
//! of them.

use std::fs;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use schedule::Graph;
use schedule::graph::Level;

use super::{PROGRAM, expect, guide, listed, run};

pub(super) fn trials() -> Vec<Trial> {
    let trials = listed(&["levels"]).into_iter().flat_map(|name| {
        let [written, walked, linked, explored] = [(); 4].map(|()| name.clone());
        [
            Trial::test(format!("graphs/{name}"), move || {
                expect("graphs", &written, &graph(&written))
            }),
            Trial::test(format!("levels/{name}/can_be_broken_and_is_mended"), move || {
                can_be_broken_and_is_mended(&walked)
            }),
            Trial::test(format!("levels/{name}/page_and_link_exist"), move || {
                page_and_link_exist(&linked)
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

/// The page has the level, and the section that the level links to exists. Tests of the built pages
/// do not see links inside JSON.
fn page_and_link_exist(name: &str) -> Result<(), Failed> {
    let read = |page: &str| fs::read_to_string(guide().join("src").join(page));
    let include = format!("{{{{#include generated/graphs/{name}.snap:4:}}}}");
    assert!(read("scheduler.md")?.contains(&include), "scheduler.md has no {include}");
    let level: Level = serde_json::from_str(&graph(name))?;
    let link = level.link.ok_or("it links to nothing")?.to;
    let (page, section) = link.split_once(".html#").ok_or("it links to no section")?;
    let page = read(&format!("{page}.md"))?;
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let id =
        |heading: &str| heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    assert!(headings.map(id).any(|id| id == section), "there is no section {link}");
    Ok(())
}

/// The walker finds a failure if and only if loom does.
fn loom_agrees(name: &str) -> Result<(), Failed> {
    let broken = run(Command::new(PROGRAM).args(["explore", name, "broken"]));
    assert!(broken.contains("fails (Panic)") || broken.contains("fails (Deadlock)"), "{broken}");
    assert_eq!(run(Command::new(PROGRAM).args(["explore", name, "mended"])), "passes\n");
    Ok(())
}
