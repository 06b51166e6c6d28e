//! A check that tries a model under schedules by chance, each of which has a seed.

use std::future::Future;
use std::pin::Pin;

use explorer::seeded::Seeded;
use explorer::{Answer, Failure, FailureKind};
use schedule::{Cause, Interleaving, Outcome, Request, Search, Status};

use crate::answer::Allowed;
use crate::around;
use crate::check::{end, run};
use crate::explored::outcome;

/// A model of the answer's use, and how far to search it.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// What happens in it, in a sentence for the learner.
    pub text: &'static str,
    /// How many schedules to try.
    pub schedules: u64,
}

type Model = dyn Fn() -> Pin<Box<dyn Future<Output = ()>>> + Send + Sync;

/// Fails at the first schedule in which the model panics, or in which it waits for ever. The
/// model is a tokio program on shuttle's tokio.
pub fn check_seeded<F, Fut>(answer: Answer, sample: Sample, model: F)
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + 'static,
{
    // The search is compiled once, and not for the model of each check.
    let model: Box<Model> = Box::new(move || Box::pin(model()));
    run::<F>(answer, Allowed::Tokio, Box::new(|request| search(answer, sample, request, model)));
}

fn search(answer: Answer, sample: Sample, request: &Request, model: Box<Model>) -> Outcome {
    let around = around::around_sync(answer.text, Allowed::Tokio);
    if !around.is_empty() {
        let message = around::in_words(answer.file, &around);
        return Outcome::new(Status::Failed, message).because(Cause::Bypass);
    }
    let seeded = Seeded { answer, scenario: sample.text };
    let schedules = sample.schedules;
    let on_failure = |failure: Failure| end(outcome_of_a_seed(failure));
    let model = move || shuttle::future::block_on(model());
    match request.search {
        Search::All => seeded.explore(0..schedules, on_failure, model),
        Search::From(first) => seeded.explore(first..first + schedules, on_failure, model),
        Search::Record(Interleaving::Seeded { seed }) => {
            seeded.replay_simplest(seed, on_failure, model);
        }
        Search::Replay(seed) => seeded.replay(seed, on_failure, model),
        // The number of an interleaving says nothing here.
        Search::Record(Interleaving::Counted { .. }) => {}
    }
    Outcome::passed()
}

fn outcome_of_a_seed(failure: Failure) -> Outcome {
    // Every task that can run does, in the end: so whoever spins here waits for what will
    // not come.
    let spins = failure.kind == FailureKind::Endless;
    let mut outcome = outcome(failure);
    if spins {
        outcome.status = Status::Timeout;
        outcome.cause = Some(Cause::Endless);
        outcome.message = Some("endless: tasks run on and on, and nothing comes of it".to_owned());
    }
    outcome
}
