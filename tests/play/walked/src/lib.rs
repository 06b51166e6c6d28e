//! What the explored checks of an answer are written with, for a walk.
//!
//! The explored checks take their threads, tasks and primitives from a crate `explorer`, and the
//! function that runs them from a crate `harness`. Where `just play` mounts them, both names mean
//! this crate. A check then makes the graph of all states of its model, and judges nothing.

#![warn(missing_docs)]

use std::panic::{self, AssertUnwindSafe};
use std::{env, fs};

pub use explorer::Answer;
use explorer::walk::Walker;
pub use explorer::walk::{Data, Gauge, Meeting, note, sync, task, thread};
pub use scan::Allowed;
use schedule::Graph;

/// The file to write the graph to.
pub const FILE_VARIABLE: &str = "INTERLEAVE_WALK";
/// The scenario of the model to walk, for a check that has several; without it, the first.
pub const SCENARIO_VARIABLE: &str = "INTERLEAVE_SCENARIO";

/// What is in the file: the graph, or in a sentence why there is none.
pub type Walked = Result<Graph, String>;

/// More states are too many to look at, and take too long: some seconds.
const MAX_STATES: usize = 10_000;

/// A model of the answer's use.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What happens in the model, in a sentence for the learner.
    pub text: &'static str,
    /// The most preemptions that the exhaustive search tries.
    pub preemptions: Option<usize>,
}

/// A model, and its description.
pub type Model = (Scenario, Box<dyn Fn() + Send + Sync>);

/// Walks the model of a check.
///
/// # Panics
///
/// If the graph cannot be written.
pub fn check_explored<F>(answer: Answer, allowed: Allowed, scenario: Scenario, model: F)
where
    F: Fn() + Send + Sync + 'static,
{
    walk(answer, allowed, (scenario, Box::new(model)));
}

/// Walks one of the models of a check.
///
/// # Panics
///
/// If the graph cannot be written.
pub fn check_each_explored<F>(answer: Answer, allowed: Allowed, models: F)
where
    F: FnOnce() -> Vec<Model>,
{
    let mut models = models();
    let asked = env::var(SCENARIO_VARIABLE).ok();
    let is_asked = |model: &Model| asked.as_deref() == Some(model.0.text);
    let at = models.iter().position(is_asked).unwrap_or(0);
    walk(answer, allowed, models.swap_remove(at));
}

fn walk(answer: Answer, allowed: Allowed, (scenario, model): Model) {
    let Some(file) = env::var_os(FILE_VARIABLE) else { return };
    let walked = unseen(answer, allowed).map_or_else(
        || {
            let walker = Walker { program: answer, scenario: scenario.text, limit: MAX_STATES };
            let walk = AssertUnwindSafe(|| walker.walk_simplest(model));
            panic::catch_unwind(walk).map_err(|payload| match payload.downcast::<String>() {
                Ok(why) => *why,
                Err(_) => "the walk failed".to_owned(),
            })
        },
        Err,
    );
    let json = serde_json::to_vec(&walked).expect("a graph has only texts as keys");
    fs::write(file, json).expect("the graph can be written");
}

/// What the walk could not see of the answer: a thread could wait for another outside of it.
fn unseen(answer: Answer, allowed: Allowed) -> Option<String> {
    let found = scan::bypasses(answer.text, allowed);
    let unseen = found.iter().find(|bypass| bypass.rule.unseen)?;
    let (file, line, rule) = (answer.file, unseen.line, &unseen.rule);
    Some(format!("{file}:{line} {}: {}", rule.what, rule.instead))
}

/// Declares the answer of a test crate, by its path in the package and by what it may use.
#[macro_export]
macro_rules! answer {
    ($file:literal, $allowed:ident) => {
        const ANSWER: $crate::Answer = $crate::Answer {
            file: $file,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $file)),
        };
    };
}
