//! A check that tries the interleavings of a model.

use explorer::explore::Interleaving;
use explorer::{Answer, Explorer, Failure, FailureKind};

use crate::answer::Allowed;
use crate::around;
use crate::check::{end, run};
use crate::panics;
use crate::record::{Outcome, Search, Status};

/// More interleavings than any right answer has in our models, by far.
const LIMIT: usize = 200_000;

/// A model of the answer's use, and how far to search it.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What happens in it, in a sentence for the learner.
    pub text: &'static str,
    /// The most preemptions to try; `None` is all that there are.
    pub preemptions: Option<usize>,
}

/// Fails at the first interleaving in which the model panics, deadlocks or has a race.
pub fn check_explored<F>(answer: Answer, allowed: Allowed, scenario: Scenario, model: F)
where
    F: Fn() + Send + Sync + 'static,
{
    run::<F>(
        answer,
        allowed,
        Box::new(|request| {
            let around = around::around_sync(answer.text, allowed);
            if !around.is_empty() {
                return Outcome::new(Status::Failed, around::in_words(answer.file, &around));
            }
            let explorer = Explorer {
                answer,
                scenario: scenario.text,
                preemptions: scenario.preemptions,
                limit: LIMIT,
            };
            let on_failure = |failure: Failure| end(outcome(failure));
            match request.search {
                Search::Record(Interleaving::Counted { preemptions, number }) => {
                    explorer.replay(preemptions, number, on_failure, model)
                }
                _ => explorer.explore(on_failure, model),
            };
            Outcome::passed()
        }),
    );
}

pub(crate) fn outcome(failure: Failure) -> Outcome {
    let (status, message) = match failure.kind {
        FailureKind::Deadlock => {
            (Status::Failed, "a task waits for ever: nobody is left to wake it".to_owned())
        }
        FailureKind::DataRace => (
            Status::Failed,
            "what one task wrote under its permit is not visible to the next".to_owned(),
        ),
        FailureKind::Panic if failure.message.contains("Arc leaked") => {
            (Status::Failed, "an `Arc` is never dropped: memory is lost".to_owned())
        }
        FailureKind::Panic => {
            (Status::Failed, panics::describe(&failure.message, failure.place.as_ref()))
        }
        FailureKind::Endless => (
            Status::Inconclusive,
            "one interleaving goes on and on: does the code spin until something changes?"
                .to_owned(),
        ),
        FailureKind::Limit => {
            (Status::Inconclusive, format!("the search was given up after {LIMIT} interleavings"))
        }
        FailureKind::NotDeterministic => (
            Status::Inconclusive,
            "the code does not do the same in the same interleaving: is there chance in it, \
             or a hash map's order?"
                .to_owned(),
        ),
        FailureKind::NotExplored => (
            Status::Inconclusive,
            "not explored: the code calls what the explorer does not have".to_owned(),
        ),
    };
    // Only a failure is worth another run to see its steps, and only if there are any.
    let written = !message.starts_with(panics::NOT_WRITTEN);
    let interleaving = (status == Status::Failed && written).then_some(failure.interleaving);
    Outcome { status, message: Some(message), interleaving, schedule: failure.schedule }
}
