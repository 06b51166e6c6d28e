//! A check that runs a model under many schedules, each of which follows from a seed.

use std::any::type_name;
use std::future::Future;

use explorer::seeded::Seeded;
use explorer::{Answer, Failure, FailureKind};
use schedule::{Cause, Interleaving, Outcome, Request, Search, Status};

use crate::LocalBoxFuture;
use crate::process::{end, run};
use crate::{bypass, failure};
use scan::Allowed;

/// A model of the answer's use, and how far to search it.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// What happens in the model, in a sentence for the learner.
    pub text: &'static str,
    /// How many schedules to try.
    pub schedules: u64,
}

type Model = dyn Fn() -> LocalBoxFuture<'static, ()> + Send + Sync;

/// Fails at the first schedule in which the model panics or waits forever. The model is a tokio
/// program on shuttle's tokio.
pub fn check_seeded<F, Fut>(answer: Answer, sample: Sample, model: F)
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + 'static,
{
    run_model(type_name::<F>(), answer, sample, Box::new(move || Box::pin(model())));
}

/// Compiled once, and not for the model of each check.
fn run_model(closure: &str, answer: Answer, sample: Sample, model: Box<Model>) {
    let search = |request: &Request| search(answer, sample, &request.search, model);
    run(closure, answer, Allowed::Tokio, Box::new(search));
}

fn search(answer: Answer, sample: Sample, search: &Search, model: Box<Model>) -> Outcome {
    if let Some(refusal) = bypass::refusal(answer, Allowed::Tokio) {
        return refusal;
    }
    let seeded = Seeded { answer, scenario: sample.text };
    let schedules = sample.schedules;
    let on_failure = |failure: Failure| end(outcome(failure));
    let model = move || shuttle::future::block_on(model());
    match search {
        Search::All => seeded.explore(0..schedules, on_failure, model),
        &Search::From(first) => seeded.explore(first..first + schedules, on_failure, model),
        &Search::Replay(seed) => {
            let schedule = seeded.replay(seed, on_failure, model);
            return Outcome { schedule, ..Outcome::passed() };
        }
        &Search::Record(Interleaving::Seeded { seed }) => {
            seeded.replay_simplest(seed, on_failure, model);
            return failure::not_repeated();
        }
        Search::Record(Interleaving::Counted { .. }) | Search::Shorten(_) => {
            return failure::no_such_interleaving();
        }
    }
    Outcome::passed()
}

fn outcome(failure: Failure) -> Outcome {
    // Each task that can run is run at some point. So a schedule without an end repeats the same
    // steps while it waits for something that will not come.
    let repeats = failure.kind == FailureKind::Endless;
    let mut outcome = failure::outcome(failure);
    if repeats {
        outcome.status = Status::Timeout;
        outcome.cause = Some(Cause::WaitsForever);
        outcome.message =
            Some("waits forever: the tasks run again and again without any progress".to_owned());
    }
    outcome
}
