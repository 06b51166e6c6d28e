//! The graph of a search: its states in words.

use std::collections::HashMap;
use std::hash::Hash;

use schedule::graph::{
    Done, Edge, Graph, Node, Object, ObjectState, Outcome, Status, Thread, ThreadState,
};
use schedule::{Operation, draw};

use super::Walker;
use super::call::{Call, Need};
use super::data::MEETING;
use super::search::{Recorded, Search, Seen, Stand};
use super::task::TASK;

/// What the objects are called in the graph, and which of them it shows.
struct Shown<'a> {
    search: &'a Search,
    /// The index of each object in the graph; `None` for those that it leaves out.
    places: Vec<Option<usize>>,
}

/// A table without repetitions.
struct Table<T>(Vec<T>, HashMap<T, usize>);

impl<T: Clone + Eq + Hash> Table<T> {
    fn new() -> Self {
        Self(Vec::new(), HashMap::new())
    }

    fn index(&mut self, item: T) -> usize {
        let next = self.0.len();
        *self.1.entry(item).or_insert_with_key(|item| {
            self.0.push(item.clone());
            next
        })
    }
}

/// What the graph lacks, in a sentence.
fn left_out(search: &Search, limit: usize) -> Option<String> {
    let is_endless = |node: &super::search::Node| node.outcome == Some(Outcome::Endless);
    if search.is_full {
        Some(format!("Only {limit} states are shown, and there are more."))
    } else if search.is_bounded {
        let most = match search.preemptions.unwrap_or_default() {
            0 => "a preemption".to_owned(),
            1 => "more than 1 preemption".to_owned(),
            most => format!("more than {most} preemptions"),
        };
        Some(format!("There are too many interleavings: those with {most} are left out."))
    } else if search.nodes.iter().any(is_endless) {
        Some("Some interleavings go on and on, and are not followed to an end.".to_owned())
    } else {
        None
    }
}

/// What a model says, and then what it does.
fn said(said: &[String], words: &str) -> String {
    let mut parts: Vec<&str> = said.iter().map(String::as_str).collect();
    parts.push(words);
    parts.join(", ")
}

/// The graph with a node for every state that the search came to.
pub(super) fn build(walker: &Walker, search: Search) -> Graph {
    // A task is shown as what its thread does.
    let used = |object: u32| {
        let steps = search.nodes.iter().flat_map(|node| &node.edges);
        steps.into_iter().any(|(step, _)| step.objects().contains(&object))
    };
    let shows = |&object: &u32| {
        search.kinds[object as usize] != TASK
            && search.kinds[object as usize] != MEETING
            && used(object)
    };
    let order: Vec<u32> = (0..search.kinds.len() as u32).filter(shows).collect();
    let place = |object| order.iter().position(|other| *other == object);
    let places = (0..search.kinds.len() as u32).map(place).collect();
    let shown = Shown { search: &search, places };

    let mut steps = Table::new();
    let mut threads: Vec<_> = search.threads.iter().map(|_| Table::new()).collect();
    let mut objects: Vec<_> = order.iter().map(|_| Table::new()).collect();
    let mut nodes = Vec::new();
    for node in &search.nodes {
        let stand = |(at, table): (usize, &mut Table<ThreadState>)| {
            table.index(shown.thread(at, node.threads.get(at), &node.objects))
        };
        let state = |(object, table): (&u32, &mut Table<ObjectState>)| {
            let (_, seen) = node.objects.iter().find(|(id, _)| id == object)?;
            Some(table.index(shown.object(*object, seen)))
        };
        let mut edges: Vec<Edge> = node
            .edges
            .iter()
            .map(|(recorded, to)| {
                let step = steps.index(shown.done(recorded));
                Edge { thread: recorded.step.thread, step, to: *to }
            })
            .collect();
        edges.sort_by_key(|edge| edge.thread);
        nodes.push(Node {
            threads: threads.iter_mut().enumerate().map(stand).collect(),
            objects: order.iter().zip(&mut objects).map(state).collect(),
            edges,
            outcome: node.outcome.clone(),
        });
    }
    let left_out = left_out(&search, walker.limit);
    let names = search.threads.iter().zip(threads);
    let objects = order.iter().zip(objects).map(|(&object, states)| Object {
        name: shown.name(object),
        kind: search.kinds[object as usize].to_owned(),
        states: states.0,
    });
    Graph {
        scenario: walker.scenario.to_owned(),
        file: walker.program.file.to_owned(),
        source: walker.program.text.lines().map(str::to_owned).collect(),
        interleavings: None,
        failing: None,
        cut: left_out.is_some(),
        left_out,
        simplest: None,
        threads: names
            .map(|(name, states)| Thread { name: name.clone(), states: states.0 })
            .collect(),
        objects: objects.collect(),
        steps: steps.0,
        nodes,
    }
}

impl Shown<'_> {
    fn name(&self, object: u32) -> String {
        self.search.names.of(object, self.search.kinds[object as usize])
    }

    fn places(&self, objects: &[u32]) -> Vec<usize> {
        objects.iter().filter_map(|object| self.places[*object as usize]).collect()
    }

    /// A step that is made or to come, in words.
    fn words(&self, recorded: &Recorded) -> String {
        let mut step = recorded.step.clone();
        step.object = recorded.object.map(|object| self.name(object));
        let words = draw::words(&self.search.threads, &step);
        let words = match (step.operation, recorded.second) {
            (Operation::Wait, Some(lock)) => {
                let left = step.leaves.map(|leaves| format!(", leaves {leaves},"));
                let left = left.unwrap_or_default();
                format!("unlocks {}{left} and {words}", self.name(lock))
            }
            (Operation::Lock, Some(_)) => format!("wakes up and {words}"),
            (Operation::NotifyOne | Operation::NotifyAll, _) => match step.text {
                Some(woken) => format!("{words}: {woken}"),
                None => words,
            },
            _ => words,
        };
        said(&recorded.said, &words)
    }

    fn done(&self, recorded: &Recorded) -> Done {
        Done {
            words: self.words(recorded),
            line: recorded.step.line,
            objects: self.places(&recorded.objects()),
        }
    }

    fn thread(&self, at: usize, stand: Option<&Stand>, objects: &[(u32, Seen)]) -> ThreadState {
        let state = |status, words: &str, line| ThreadState {
            status,
            words: words.to_owned(),
            line,
            objects: Vec::new(),
        };
        match stand {
            None => state(Status::Unborn, "is not started yet", None),
            Some(Stand::Ended { said: last }) => {
                state(Status::Ended, &said(last, "has ended"), None)
            }
            Some(Stand::Panicked(line)) => state(Status::Panicked, "has panicked", *line),
            Some(Stand::At { call, line, ready, notified }) => {
                let recorded = Recorded::new(at, call.clone(), *line);
                let (status, words) = match ready {
                    true => (Status::Ready, self.words(&recorded)),
                    false => (Status::Waiting, self.why(at, call, *notified, objects)),
                };
                let objects = self.places(&recorded.objects());
                ThreadState { status, words, line: *line, objects }
            }
        }
    }

    /// Why a thread cannot make its step.
    fn why(&self, at: usize, call: &Call, notified: bool, objects: &[(u32, Seen)]) -> String {
        let held = |lock: u32| {
            let seen = objects.iter().find(|(id, _)| *id == lock);
            let holder = seen.and_then(|(_, seen)| seen.holders.first().copied());
            let holder = match holder {
                Some(holder) if holder == at => "it has itself",
                Some(holder) => &format!("{} has", self.search.threads[holder]),
                None => "another has",
            };
            format!("waits for {}, which {holder}", self.name(lock))
        };
        match call.needs {
            Need::Nothing => String::new(),
            Need::Free(lock) | Need::Shared(lock) => held(lock),
            Need::Notified { lock, .. } if notified => format!("is notified, {}", held(lock)),
            Need::Notified { condvar, .. } => {
                format!("waits on {} until it is notified", self.name(condvar))
            }
            Need::Woken(object) if self.search.kinds[object as usize] == MEETING => {
                "waits until the others are there".to_owned()
            }
            Need::Woken(_) => "sleeps until it is woken".to_owned(),
            Need::End(thread) => format!("waits for {} to end", self.search.threads[thread]),
        }
    }

    fn object(&self, object: u32, seen: &Seen) -> ObjectState {
        // What nobody has looked at yet is what the first one finds.
        let value = seen.value.clone().or_else(|| self.search.initial.get(&object).cloned());
        let (holders, waiting) = (seen.holders.clone(), seen.waiting.clone());
        ObjectState { value, holders, waiting }
    }
}
