//! How many interleavings there are, how many fail, and which of those is the simplest.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use schedule::graph::{Graph, Node, Outcome, Simplest, Status};

/// The numbers of the nodes, each after all that its edges lead to.
pub(super) fn ends_first(nodes: &[Node]) -> Vec<usize> {
    let mut order = Vec::with_capacity(nodes.len());
    let mut entered = vec![false; nodes.len()];
    // A node is left when it comes up for the second time.
    let mut stack = vec![(0, false)];
    while let Some((at, leaves)) = stack.pop() {
        if leaves {
            order.push(at);
        } else if !std::mem::replace(&mut entered[at], true) {
            stack.push((at, true));
            stack.extend(nodes[at].edges.iter().map(|edge| (edge.to, false)));
        }
    }
    order
}

/// Fills in the counts and the simplest failing interleaving.
pub(super) fn count(graph: &mut Graph) {
    graph.simplest = simplest(graph);
    if graph.cut {
        return;
    }
    let mut all = vec![0_u128; graph.nodes.len()];
    let mut failing = all.clone();
    for at in ends_first(&graph.nodes) {
        let node = &graph.nodes[at];
        if node.edges.is_empty() {
            all[at] = 1;
            failing[at] = u128::from(node.outcome.as_ref().is_some_and(Outcome::is_failure));
        }
        for edge in &node.edges {
            all[at] += all[edge.to];
            failing[at] += failing[edge.to];
        }
    }
    graph.interleavings = Some(all[0].to_string());
    graph.failing = Some(failing[0].to_string());
}

/// A node that a search has come to.
struct Arrival {
    node: usize,
    /// The thread that made the last step.
    by: Option<usize>,
    /// The arrival before it, by index.
    after: Option<usize>,
}

/// The failing interleaving with the fewest preemptions and then the fewest steps.
fn simplest(graph: &Graph) -> Option<Simplest> {
    let is_ready = |node: &Node, thread: usize| {
        let state = &graph.threads[thread].states[node.threads[thread]];
        state.status == Status::Ready
    };
    let mut arrivals = vec![Arrival { node: 0, by: None, after: None }];
    // The cost comes first. Of equally simple ones, the one found first is taken.
    let mut heap = BinaryHeap::from([Reverse((0, 0, 0))]);
    let mut visited = HashSet::new();
    while let Some(Reverse((preemptions, steps, at))) = heap.pop() {
        let Arrival { node, by, .. } = arrivals[at];
        if !visited.insert((node, by)) {
            continue;
        }
        let node = &graph.nodes[node];
        if node.outcome.as_ref().is_some_and(Outcome::is_failure) {
            return Some(Simplest { preemptions, choices: choices(&arrivals, at) });
        }
        for edge in &node.edges {
            let preempts = by.is_some_and(|by| by != edge.thread && is_ready(node, by));
            let cost = preemptions + usize::from(preempts);
            heap.push(Reverse((cost, steps + 1, arrivals.len())));
            arrivals.push(Arrival { node: edge.to, by: Some(edge.thread), after: Some(at) });
        }
    }
    None
}

/// The threads that made the steps up to this arrival.
fn choices(arrivals: &[Arrival], last: usize) -> Vec<usize> {
    let way = std::iter::successors(Some(last), |&at| arrivals[at].after);
    let mut choices: Vec<usize> = way.filter_map(|at| arrivals[at].by).collect();
    choices.reverse();
    choices
}
