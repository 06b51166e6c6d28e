//! A check that tries the interleavings of a model.

use explorer::{Answer, Explorer, Failure, FailureKind};
use schedule::{Cause, Interleaving, Outcome, Search, Status};

use crate::answer::Allowed;
use crate::around;
use crate::check::{end, run};
use crate::panics;

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
                let message = around::in_words(answer.file, &around);
                return Outcome::new(Status::Failed, message).because(Cause::Bypass);
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
    let failed = |message: &str| Outcome::new(Status::Failed, message);
    let inconclusive = |message: &str| Outcome::new(Status::Inconclusive, message);
    let outcome = match failure.kind {
        FailureKind::Deadlock => {
            failed("a task waits for ever: nobody is left to wake it").because(Cause::WaitsForever)
        }
        FailureKind::DataRace => {
            failed("what one task wrote under its permit is not visible to the next")
        }
        FailureKind::Panic if failure.message.contains("Arc leaked") => {
            failed("an `Arc` is never dropped: memory is lost")
        }
        FailureKind::Panic => panics::describe(&failure.message, failure.place.as_ref()),
        FailureKind::Endless => inconclusive(
            "one interleaving goes on and on: does the code spin until something changes?",
        ),
        FailureKind::Limit => {
            inconclusive(&format!("the search was given up after {LIMIT} interleavings"))
        }
        FailureKind::NotDeterministic => inconclusive(
            "the code does not do the same in the same interleaving: is there chance in it, \
             or a hash map's order?",
        ),
        FailureKind::NotExplored => {
            inconclusive("not explored: the code calls what the explorer does not have")
        }
    };
    // Only a failure is worth another run to see its steps, and only if there are any.
    let worth_it = outcome.status == Status::Failed && outcome.cause != Some(Cause::NotWritten);
    let interleaving = worth_it.then_some(failure.interleaving);
    Outcome { interleaving, schedule: failure.schedule, ..outcome }
}
