//! One attempt at a program: which steps were made, and where that led.

use std::cmp::Reverse;

use schedule::graph::{Done, Edge, Graph, Level, Node, Outcome, Status, ThreadState};

/// An attempt at a level.
#[derive(Debug)]
pub struct Game<'a> {
    /// The level.
    pub level: &'a Level,
    /// The steps of this attempt, those that were undone included.
    way: Vec<Edge>,
    /// How many of them are made.
    made: usize,
    /// Whether the way was shown and not chosen.
    shown: bool,
}

impl<'a> Game<'a> {
    /// The start of a level. A recorded interleaving is shown from its beginning.
    pub fn new(level: &'a Level) -> Self {
        let mut game = Self { level, way: Vec::new(), made: 0, shown: false };
        game.restart();
        game
    }

    /// Its program, with the mistake.
    pub fn graph(&self) -> &'a Graph {
        &self.level.broken
    }

    /// Goes back to the start.
    pub fn restart(&mut self) {
        (self.way, self.made, self.shown) = (Vec::new(), 0, false);
        if self.level.recorded {
            self.show();
        }
    }

    /// Puts the simplest failing interleaving before the reader, at its beginning; `false` if none
    /// fails.
    pub fn show(&mut self) -> bool {
        let Some(simplest) = &self.graph().simplest else { return false };
        let mut at = 0;
        let step = |thread: &usize| {
            let edge = edge(&self.graph().nodes[at], *thread)?;
            at = edge.to;
            Some(edge)
        };
        self.way = simplest.choices.iter().map_while(step).collect();
        (self.made, self.shown) = (0, true);
        true
    }

    /// Makes a thread's next step; `false` if it cannot make one.
    pub fn choose(&mut self, thread: usize) -> bool {
        let Some(edge) = edge(self.node(), thread) else { return false };
        if self.way.get(self.made) != Some(&edge) {
            self.way.truncate(self.made);
            self.way.push(edge);
            self.shown = false;
        }
        self.made += 1;
        true
    }

    /// Undoes a step.
    pub fn back(&mut self) {
        self.made = self.made.saturating_sub(1);
    }

    /// Makes the step again that was undone, or the next one that is shown.
    pub fn forward(&mut self) {
        self.made = (self.made + 1).min(self.way.len());
    }

    /// Whether a step was undone, or is to be shown.
    pub fn has_next(&self) -> bool {
        self.made < self.way.len()
    }

    /// Whether the way was shown and not chosen.
    pub fn is_shown(&self) -> bool {
        self.shown
    }

    /// The state now.
    pub fn node(&self) -> &'a Node {
        self.node_after(self.made)
    }

    fn node_after(&self, made: usize) -> &'a Node {
        let at = made.checked_sub(1).map_or(0, |last| self.way[last].to);
        &self.graph().nodes[at]
    }

    /// The steps that are made: the thread, what it did, and the thread that it preempted.
    pub fn history(&self) -> impl Iterator<Item = (usize, &'a Done, Option<usize>)> {
        self.way[..self.made].iter().enumerate().map(|(at, edge)| {
            let before = at.checked_sub(1).map(|before| self.way[before].thread);
            let preempted = before.filter(|&before| {
                before != edge.thread
                    && self.state_at(self.node_after(at), before).status == Status::Ready
            });
            (edge.thread, &self.graph().steps[edge.step], preempted)
        })
    }

    /// The thread that made the last step.
    pub fn last(&self) -> Option<usize> {
        Some(self.way[self.made.checked_sub(1)?].thread)
    }

    /// Where a thread is.
    pub fn state(&self, thread: usize) -> &'a ThreadState {
        self.state_at(self.node(), thread)
    }

    fn state_at(&self, node: &'a Node, thread: usize) -> &'a ThreadState {
        &self.graph().threads[thread].states[node.threads[thread]]
    }

    /// Whether a thread can be chosen.
    pub fn can_choose(&self, thread: usize) -> bool {
        edge(self.node(), thread).is_some()
    }

    /// Whether a thread could go on, and the graph does not say where to.
    pub fn is_left_out(&self, thread: usize) -> bool {
        self.state(thread).status == Status::Ready
            && self.node().outcome.is_none()
            && !self.can_choose(thread)
    }

    /// The threads in the order in which they are shown: first those that can go on at once.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.graph().threads.len()).collect();
        let start = &self.graph().nodes[0];
        order.sort_by_key(|&thread| Reverse(self.state_at(start, thread).status == Status::Ready));
        order
    }

    /// How many interleavings go on from here with this thread, and how many of them fail. `None` if
    /// it cannot go on, or the graph is cut.
    pub fn odds(&self, thread: usize) -> Option<(u128, u128)> {
        let edge = edge(self.node(), thread).filter(|_| !self.graph().cut)?;
        Some(count(self.graph(), edge.to, &mut vec![None; self.graph().nodes.len()]))
    }

    /// What can be said of the state, in a sentence.
    pub fn verdict(&self) -> String {
        let name = |thread: usize| &*self.graph().threads[thread].name;
        let all = 0..self.graph().threads.len();
        match &self.node().outcome {
            Some(Outcome::Failed { message, thread }) => {
                format!("✗ Broken. {} panics: {}.", name(*thread), brief(message))
            }
            Some(Outcome::Deadlock { message }) if self.level.recorded => {
                format!("✗ Broken: {message}.")
            }
            Some(Outcome::Deadlock { .. }) => {
                let waits = all.map(|thread| (thread, self.state(thread)));
                let waits = waits.filter(|(_, state)| state.status == Status::Waiting);
                let waits: Vec<String> = waits
                    .map(|(thread, state)| format!("{} {}", name(thread), state.words))
                    .collect();
                format!("✗ Broken. Nobody can go on: {}.", waits.join("; "))
            }
            Some(Outcome::Passed) => "✓ This one went well. All have ended.".to_owned(),
            Some(Outcome::Endless) => "This goes on and on. It is not followed further.".to_owned(),
            None if self.level.recorded => {
                format!("{} goes on.", name(self.node().edges[0].thread))
            }
            None => {
                let ready: Vec<&str> =
                    all.filter(|&thread| self.can_choose(thread)).map(name).collect();
                match &ready[..] {
                    [one] => format!("Only {one} can go on."),
                    _ => format!("{} can go on.", ready.join(" and ")),
                }
            }
        }
    }

    /// Whether the program is wrong here.
    pub fn is_broken(&self) -> bool {
        self.node().outcome.as_ref().is_some_and(Outcome::is_failure)
    }
}

fn edge(node: &Node, thread: usize) -> Option<Edge> {
    node.edges.iter().find(|edge| edge.thread == thread).copied()
}

/// What the author of an assertion wrote, without the values that Rust adds below it.
fn brief(message: &str) -> &str {
    let line = message.lines().next().unwrap_or_default();
    let told = line.strip_prefix("assertion `").and_then(|rest| rest.split_once("` failed: "));
    told.map_or(line, |(_, told)| told)
}

/// Counts the interleavings from a node, and those of them that fail.
fn count(graph: &Graph, at: usize, known: &mut [Option<(u128, u128)>]) -> (u128, u128) {
    if let Some(count) = known[at] {
        return count;
    }
    let node = &graph.nodes[at];
    let counted = if node.edges.is_empty() {
        (1, u128::from(node.outcome.as_ref().is_some_and(Outcome::is_failure)))
    } else {
        node.edges.iter().fold((0, 0), |(all, failing), edge| {
            let (more, more_failing) = count(graph, edge.to, known);
            (all + more, failing + more_failing)
        })
    };
    known[at] = Some(counted);
    counted
}
