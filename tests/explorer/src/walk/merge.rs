//! Makes the graph small: states that look the same and go on the same way become one.

use std::collections::{HashMap, VecDeque};

use schedule::graph::{Edge, Graph, Node};

use super::count;

/// What makes two nodes the same.
#[derive(PartialEq, Eq, Hash)]
struct Look {
    threads: Vec<usize>,
    objects: Vec<Option<usize>>,
    edges: Vec<Edge>,
    outcome: Option<schedule::graph::Outcome>,
}

/// Merges the nodes of a graph, from the ends to the start, and counts its interleavings.
pub(super) fn merge(mut graph: Graph) -> Graph {
    let mut looks: HashMap<Look, usize> = HashMap::new();
    let mut same: Vec<usize> = (0..graph.nodes.len()).collect();
    for at in count::ends_first(&graph.nodes) {
        let node = &mut graph.nodes[at];
        node.edges.iter_mut().for_each(|edge| edge.to = same[edge.to]);
        let look = Look {
            threads: node.threads.clone(),
            objects: node.objects.clone(),
            edges: node.edges.clone(),
            outcome: node.outcome.clone(),
        };
        same[at] = *looks.entry(look).or_insert(at);
    }
    graph.nodes = in_order_of_distance(&graph.nodes, same[0]);
    count::count(&mut graph);
    graph
}

/// The nodes that can be reached, the nearest first, with new numbers.
fn in_order_of_distance(nodes: &[Node], start: usize) -> Vec<Node> {
    let mut numbers = HashMap::from([(start, 0)]);
    let mut queue = VecDeque::from([start]);
    let mut ordered = Vec::new();
    while let Some(at) = queue.pop_front() {
        let mut node = nodes[at].clone();
        for edge in &mut node.edges {
            let next = numbers.len();
            edge.to = *numbers.entry(edge.to).or_insert_with_key(|to| {
                queue.push_back(*to);
                next
            });
        }
        ordered.push(node);
    }
    ordered
}
