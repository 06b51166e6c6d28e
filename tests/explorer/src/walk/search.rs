//! The search by depth: which thread is next, and which states were there already.

use std::collections::HashMap;
use std::panic::Location;

use schedule::graph::Outcome;
use schedule::{Operation, Step};

use super::call::{Call, Need};
use super::trace::Key;
use crate::Answer;
use crate::names::Names;

/// All runs so far, and what is left to try.
pub(super) struct Search {
    program: Answer,
    limit: usize,
    /// The most preemptions of an interleaving; `None` is any number.
    pub(super) preemptions: Option<usize>,
    pub(super) nodes: Vec<Node>,
    known: HashMap<(Key, Option<Budget>), usize>,
    todo: Vec<Todo>,
    /// Whether there are more states than the limit.
    pub(super) is_full: bool,
    /// Whether a step is left out because it would be one preemption too many.
    pub(super) is_bounded: bool,
    /// Why the search cannot go on.
    pub(super) broken: Option<String>,

    pub(super) threads: Vec<String>,
    pub(super) names: Names,
    /// The kinds of the objects, by number.
    pub(super) kinds: Vec<&'static str>,
    numbers: HashMap<(usize, usize), u32>,
    /// What objects had in them from the beginning.
    pub(super) initial: HashMap<u32, String>,
    lines: HashMap<(usize, u64, Operation), Option<u32>>,

    /// The threads that this run chooses.
    choices: Vec<usize>,
    /// How many of them it has chosen.
    chosen: usize,
    /// The node of the last choice that is not a repetition.
    from: Option<usize>,
    spent: Budget,
}

/// What decides how a bounded search may go on, besides the state.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Budget {
    /// The preemptions of this run so far.
    preemptions: usize,
    /// The thread that made the last step.
    last: Option<usize>,
}

impl Budget {
    /// The same, after a choice between threads that are ready.
    fn after(self, thread: usize, ready: &[usize]) -> Self {
        let preempts = self.last.is_some_and(|last| last != thread && ready.contains(&last));
        let preemptions = self.preemptions + usize::from(preempts);
        Self { preemptions, last: Some(thread) }
    }
}

/// A way that no run has gone.
struct Todo {
    from: Option<usize>,
    choices: Vec<usize>,
}

/// A state between two steps.
pub(super) struct Node {
    pub(super) threads: Vec<Stand>,
    pub(super) objects: Vec<(u32, Seen)>,
    pub(super) edges: Vec<(Recorded, usize)>,
    pub(super) outcome: Option<Outcome>,
}

/// Where a thread is.
#[derive(PartialEq, Eq)]
pub(super) enum Stand {
    At { call: Call, line: Option<u32>, ready: bool, notified: bool },
    Ended { said: Vec<String> },
    Panicked(Option<u32>),
}

/// What can be seen of an object.
pub(super) struct Seen {
    pub(super) value: Option<String>,
    pub(super) holders: Vec<usize>,
    pub(super) waiting: Vec<usize>,
}

/// A step, and the numbers of its objects, whose names are known only at the end.
#[derive(Clone)]
pub(super) struct Recorded {
    pub(super) step: Step,
    pub(super) object: Option<u32>,
    pub(super) second: Option<u32>,
    pub(super) said: Vec<String>,
}

impl Recorded {
    pub(super) fn new(thread: usize, call: Call, line: Option<u32>) -> Self {
        let Call { operation, object, second, other, text, leaves, said, .. } = call;
        let step = Step { line, other, text, leaves, ..Step::new(thread, operation) };
        Self { step, object, second, said }
    }

    pub(super) fn objects(&self) -> Vec<u32> {
        self.object.into_iter().chain(self.second).collect()
    }
}

impl Search {
    pub(super) fn new(program: Answer, limit: usize, preemptions: Option<usize>) -> Self {
        Self {
            program,
            limit,
            preemptions,
            nodes: Vec::new(),
            known: HashMap::new(),
            todo: vec![Todo { from: None, choices: Vec::new() }],
            is_full: false,
            is_bounded: false,
            broken: None,
            threads: Vec::new(),
            names: Names::default(),
            kinds: Vec::new(),
            numbers: HashMap::new(),
            initial: HashMap::new(),
            lines: HashMap::new(),
            choices: Vec::new(),
            chosen: 0,
            from: None,
            spent: Budget::default(),
        }
    }

    /// Prepares the next run; `false` if there is none.
    pub(super) fn begin(&mut self) -> bool {
        let Some(todo) = self.todo.pop() else { return false };
        if self.nodes.len() >= self.limit {
            self.is_full = true;
            return false;
        }
        (self.from, self.choices, self.chosen) = (todo.from, todo.choices, 0);
        self.spent = Budget::default();
        true
    }

    /// How many steps this run has made.
    pub(super) fn steps(&self) -> usize {
        self.chosen
    }

    /// Whether the next choice was made before.
    pub(super) fn repeats(&self) -> bool {
        self.chosen < self.choices.len()
    }

    /// Whether the next choice is the first that no run has made.
    pub(super) fn branches(&self) -> bool {
        self.chosen + 1 == self.choices.len()
    }

    /// Makes the next choice, as it is planned. If no run has made it, `node` is what can be seen.
    pub(super) fn repeat(&mut self, node: Option<Node>, ready: &[usize]) -> Option<usize> {
        let thread = self.choices[self.chosen];
        self.chosen += 1;
        let before = self.from.map(|from| &self.nodes[from].threads);
        let is_as_before = node.is_none_or(|node| before == Some(&node.threads));
        if !is_as_before || !ready.contains(&thread) {
            self.broken = Some("this took another course when it was run before".to_owned());
            return None;
        }
        self.spent = self.spent.after(thread, ready);
        Some(thread)
    }

    /// The run has come to a state, by this step, where these threads are ready. Returns which of
    /// them goes on; `None` if the run has shown what it was for.
    pub(super) fn arrive(
        &mut self,
        node: Node,
        key: Key,
        step: Option<Recorded>,
        ready: &[usize],
    ) -> Option<usize> {
        let next = self.nodes.len();
        let budget = self.preemptions.map(|_| self.spent);
        let here = *self.known.entry((key, budget)).or_insert(next);
        match (self.from, step) {
            (Some(from), Some(step)) => self.nodes[from].edges.push((step, here)),
            (None, None) => {}
            _ => self.broken = Some("this took another course when it was run before".to_owned()),
        }
        if here < next {
            return None;
        }
        self.nodes.push(node);
        let allowed = |thread: &&usize| {
            let most = self.preemptions.unwrap_or(usize::MAX);
            self.spent.after(**thread, ready).preemptions <= most
        };
        let allowed: Vec<usize> = ready.iter().filter(allowed).copied().collect();
        self.is_bounded |= allowed.len() < ready.len();
        let (first, others) = allowed.split_first()?;
        for other in others.iter().rev() {
            let mut choices = self.choices.clone();
            choices.push(*other);
            self.todo.push(Todo { from: Some(here), choices });
        }
        self.from = Some(here);
        self.spent = self.spent.after(*first, ready);
        self.choices.push(*first);
        self.chosen += 1;
        Some(*first)
    }

    /// The number of the object that this thread made as its n-th: the same in every run.
    pub(super) fn object(&mut self, thread: usize, made: usize, kind: &'static str) -> u32 {
        let next = self.kinds.len() as u32;
        let number = *self.numbers.entry((thread, made)).or_insert(next);
        if number == next {
            self.kinds.push(kind);
        }
        number
    }

    pub(super) fn name(&mut self, object: u32, place: &Location<'_>) {
        self.names.learn(&self.program, object, place);
    }

    pub(super) fn thread(&mut self, thread: usize, name: &str) {
        if thread == self.threads.len() {
            self.threads.push(name.to_owned());
        }
    }

    pub(super) fn began_with(&mut self, object: u32, value: &str) {
        self.initial.entry(object).or_insert_with(|| value.to_owned());
    }

    /// The line of an operation, and its object's name if it shows one.
    ///
    /// Drops and wake-ups have no caller, so their lines come from the stack. To read that takes
    /// milliseconds, and a thread with the same history is at the same line.
    pub(super) fn line(
        &mut self,
        thread: usize,
        history: u64,
        call: &Call,
        place: &Location<'_>,
    ) -> Option<u32> {
        if self.program.is_file(place.file()) {
            // A thread that comes back from a wait calls no method of the lock.
            let calls_it = !matches!(call.needs, Need::Notified { .. });
            if let Some(object) = call.object.filter(|_| calls_it) {
                self.names.learn(&self.program, object, place);
            }
            return Some(place.line());
        }
        let program = self.program;
        let key = (thread, history, call.operation);
        *self.lines.entry(key).or_insert_with(|| program.line_on_stack())
    }

    pub(super) fn line_of_panic(&self, (file, line): &(String, u32)) -> Option<u32> {
        self.program.is_file(file).then_some(*line)
    }
}
