//! All interleavings of a small program as data: a graph of its states, for a reader to walk.
//!
//! A way from the first node to a node without edges is one interleaving. What repeats is in a
//! table, and nodes point into the tables by index, so that a graph stays small.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the page "Be the scheduler" shows: a program, and what to do with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Its name in addresses and in what the page remembers.
    pub name: String,
    /// Its name for readers.
    pub title: String,
    /// What the reader has to bring about, in a sentence.
    pub goal: String,
    /// What is wrong with the program and how it is mended; shown once the reader has broken it.
    pub lesson: String,
    /// The page of the guide that says more.
    pub link: Option<Link>,
    /// Whether it is one interleaving that was recorded: there is nothing to choose.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub recorded: bool,
    /// The program with the mistake.
    pub broken: Graph,
    /// The program without it.
    pub mended: Option<Graph>,
}

/// A link to a page of the guide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The page, relative to the guide: `races.html#check-then-act`.
    pub to: String,
    /// What it is about.
    pub text: String,
}

/// Every interleaving of a model, and the states between its steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// What the model does, in a sentence.
    pub scenario: String,
    /// The path of the program, as the reader knows it.
    pub file: String,
    /// The program, line by line. Line numbers elsewhere count from 1.
    pub source: Vec<String>,
    /// How many interleavings there are, in decimal digits, because a number in JavaScript is too
    /// small for some. `None` if the graph is [cut](Self::cut).
    pub interleavings: Option<String>,
    /// How many of them fail; `None` if the graph is [cut](Self::cut).
    pub failing: Option<String>,
    /// Whether the graph does not have all interleavings. Then some nodes lack edges or outcomes.
    pub cut: bool,
    /// What the graph lacks, in a sentence, if it is [cut](Self::cut).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left_out: Option<String>,
    /// The failing interleaving with the fewest preemptions, and of those one with the fewest
    /// steps. `None` if none fails.
    pub simplest: Option<Simplest>,
    /// The threads, in the order in which they were started.
    pub threads: Vec<Thread>,
    /// The primitives that the program uses.
    pub objects: Vec<Object>,
    /// The table of the steps that edges point to.
    pub steps: Vec<Done>,
    /// The states of the program. The first is the one before the first step.
    pub nodes: Vec<Node>,
}

/// A failing interleaving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simplest {
    /// How often a thread is switched away that could go on.
    pub preemptions: usize,
    /// The threads that make a step, in this order.
    pub choices: Vec<usize>,
}

/// A thread of the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Its name.
    pub name: String,
    /// The table of the states it can be in.
    pub states: Vec<ThreadState>,
}

/// Where a thread is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ThreadState {
    /// What it can do now.
    pub status: Status,
    /// In words: its next step if it is ready, otherwise why it cannot make one.
    pub words: String,
    /// The line of its next step, or of its panic; `None` if that is not in the program's file.
    pub line: Option<u32>,
    /// The objects that the next step is about, by index: what it takes or waits for.
    pub objects: Vec<usize>,
}

/// What a thread can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is not started yet.
    Unborn,
    /// It can make its next step.
    Ready,
    /// It waits for a lock, for a notification, for a wake-up or for the end of a thread.
    Waiting,
    /// It has ended.
    Ended,
    /// It panicked.
    Panicked,
}

/// A primitive of the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// The name of its field or variable.
    pub name: String,
    /// What it is: `mutex`, `condition variable`, `atomic` …
    pub kind: String,
    /// The table of the states it can be in.
    pub states: Vec<ObjectState>,
}

/// What is known of a primitive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ObjectState {
    /// Its value as text, if it has one and its type is `Debug`. What a lock guards has the value
    /// of the last time that it was unlocked.
    pub value: Option<String>,
    /// The threads that hold it, by index.
    pub holders: Vec<usize>,
    /// The threads that wait for it, by index. Those at a condition variable wait in this order.
    pub waiting: Vec<usize>,
}

/// A step that a thread has made.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Done {
    /// In words, with the values: `locks tickets, sees 1`.
    pub words: String,
    /// Its line, if that is in the program's file.
    pub line: Option<u32>,
    /// The objects that it touched, by index.
    pub objects: Vec<usize>,
}

/// A state of the program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// For each thread, the index in its [states](Thread::states).
    pub threads: Vec<usize>,
    /// For each object, the index in its [states](Object::states); `None` if the object does not
    /// exist yet.
    pub objects: Vec<Option<usize>>,
    /// The steps that can come next, at most one for each thread.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub edges: Vec<Edge>,
    /// How the interleaving ended, if it ended here.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outcome: Option<Outcome>,
}

/// A step from one state to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Edge {
    /// The thread that makes it.
    pub thread: usize,
    /// The index in [steps](Graph::steps).
    pub step: usize,
    /// The index of the node that it leads to.
    pub to: usize,
}

/// How an interleaving ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Outcome {
    /// All threads ended, and no assertion failed.
    Passed,
    /// A thread panicked.
    Failed {
        /// What the panic says.
        message: String,
        /// The thread.
        thread: usize,
    },
    /// No thread can go on, and not all have ended.
    Deadlock {
        /// That in words.
        message: String,
    },
    /// The interleaving has more steps than the limit.
    Endless,
}

impl Outcome {
    /// Whether the program is wrong if it ends so.
    pub fn is_failure(&self) -> bool {
        matches!(self, Outcome::Failed { .. } | Outcome::Deadlock { .. })
    }
}

impl Level {
    /// As JSON that can stand inside a `<script>` of a page, with each node on a line of its own.
    pub fn to_json(&self) -> String {
        let value = serde_json::to_value(self).expect("a level has only texts as keys");
        to_json(&value)
    }
}

impl Graph {
    /// As JSON that can stand inside a `<script>` of a page, with each node on a line of its own.
    pub fn to_json(&self) -> String {
        to_json(&serde_json::to_value(self).expect("a graph has only texts as keys"))
    }
}

fn to_json(value: &Value) -> String {
    let mut json = String::new();
    write_lines(&mut json, value, true);
    json.push('\n');
    // `</script>` in a text of the program would end the element around it.
    json.replace('<', "\\u003c")
}

/// Writes the fields of a level or a graph, and the items of their tables, one a line.
fn write_lines(json: &mut String, value: &Value, is_graph: bool) {
    let lines: Vec<String> = match value {
        Value::Object(fields) if is_graph => fields
            .iter()
            .map(|(name, value)| {
                let mut line = format!("\"{name}\": ");
                write_lines(&mut line, value, matches!(name.as_str(), "broken" | "mended"));
                line
            })
            .collect(),
        Value::Array(items) => items.iter().map(Value::to_string).collect(),
        _ => return json.push_str(&value.to_string()),
    };
    let (open, close) = if value.is_array() { ('[', ']') } else { ('{', '}') };
    let _ = write!(json, "{open}\n{}\n{close}", lines.join(",\n"));
}
