//! A check that runs a model under every interleaving.

use explorer::{Answer, Explorer, Failure};
use schedule::{Interleaving, Outcome, Search};

use crate::answer::Allowed;
use crate::process::{end, run};
use crate::{bypass, failure};

/// A search with more interleavings is inconclusive. No model has more than 25,000 with any of the
/// right answers that are known, and this many take some seconds.
const MAX_INTERLEAVINGS: usize = 40_000;

/// A model of the answer's use, and how far to search it.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What happens in the model, in a sentence for the learner.
    pub text: &'static str,
    /// The most preemptions to try; `None` is any number.
    pub preemptions: Option<usize>,
}

/// Fails at the first interleaving in which the model panics, deadlocks or has a data race.
pub fn check_explored<F>(answer: Answer, allowed: Allowed, scenario: Scenario, model: F)
where
    F: Fn() + Send + Sync + 'static,
{
    let search = move |search| {
        if let Some(refusal) = bypass::refusal(answer, allowed) {
            return refusal;
        }
        let explorer = Explorer {
            answer,
            scenario: scenario.text,
            preemptions: scenario.preemptions,
            limit: MAX_INTERLEAVINGS,
        };
        let on_failure = |failure: Failure| end(failure::outcome(failure));
        match search {
            Search::All => {
                explorer.explore(on_failure, model);
                Outcome::passed()
            }
            Search::Record(interleaving @ Interleaving::Counted { .. }) => {
                explorer.replay(interleaving, on_failure, model);
                failure::not_repeated()
            }
            Search::Record(Interleaving::Seeded { .. }) | Search::From(_) | Search::Replay(_) => {
                failure::no_such_interleaving()
            }
        }
    };
    run::<F>(answer, allowed, Box::new(|request| search(request.search)));
}
