//! Every interleaving of a small program, as a [`Graph`] that a reader can walk through.
//!
//! loom leaves out interleavings that end like others, and one that fails ends its process, so its
//! search cannot give the graph. This one runs a model's threads as threads of the operating
//! system that hand on a turn: one at a time runs. Each operation on a primitive of [`sync`] is one
//! step. A thread announces its next operation and stops; once it has the turn, the operation takes
//! effect, and the thread goes on to the next one. Between two steps the state of the whole program
//! stands still, and is recorded.
//!
//! The memory is sequentially consistent, condition variables wake threads in the order in which
//! they began to wait and never spuriously, and a model has no time. The search is by depth and
//! keeps no state: it runs the model again for every way that is left. Two beginnings that differ
//! only in the order of independent steps (that are the same Mazurkiewicz trace) are taken for one.
//!
//! A model has to be deterministic, and its threads may share nothing that is not of [`sync`], or a
//! [`Gauge`] or [`Meeting`].

mod build;
mod call;
mod count;
mod data;
mod hook;
mod merge;
mod search;
pub mod sync;
pub mod task;
pub mod thread;
mod trace;
mod turn;
mod world;

use std::sync::Arc;

pub use data::{Data, Gauge, Meeting};
pub use world::note;

use schedule::Graph;

use crate::Answer;

/// How the interleavings of a model are walked.
#[derive(Clone, Debug)]
pub struct Walker {
    /// The file of the program; the graph has its lines and the names in it.
    pub program: Answer,
    /// What the model does, in a sentence.
    pub scenario: &'static str,
    /// The most states to visit before the graph is cut.
    pub limit: usize,
}

impl Walker {
    /// Runs every interleaving of the model.
    ///
    /// # Panics
    ///
    /// If the model does not do the same when the same interleaving is run again, and if it has
    /// [`Data`].
    pub fn walk(&self, model: impl Fn() + Send + Sync + 'static) -> Graph {
        let search = self.search(&(Arc::new(model) as Model), None);
        merge::merge(build::build(self, search))
    }

    /// Runs every interleaving of the model. If there are too many states, it leaves out the
    /// interleavings with more preemptions than the [limit](Self::limit) has room for.
    ///
    /// # Panics
    ///
    /// As [`walk`](Self::walk).
    pub fn walk_simplest(&self, model: impl Fn() + Send + Sync + 'static) -> Graph {
        let model: Model = Arc::new(model);
        let mut search = self.search(&model, None);
        if search.is_full {
            let within = (0..).map(|most| self.search(&model, Some(most)));
            let mut within = within.take_while(|search| !search.is_full);
            search = within.by_ref().last().unwrap_or(search);
        }
        merge::merge(build::build(self, search))
    }

    fn search(&self, model: &Model, preemptions: Option<usize>) -> search::Search {
        let mut search = search::Search::new(self.program, self.limit, preemptions);
        while search.begin() {
            search = world::run(search, model.clone());
            if let Some(broken) = &search.broken {
                panic!("{broken}");
            }
        }
        search
    }
}

type Model = Arc<dyn Fn() + Send + Sync>;
