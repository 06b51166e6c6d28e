//! A check that runs a model, or several, under every interleaving.

use std::any::type_name;

use explorer::{Answer, Explorer, Failure, GivenUp, Searched};
use schedule::{Interleaving, Outcome, Request, Search};

use crate::process::{end, run};
use crate::{bypass, failure};
use scan::Allowed;

/// A pass of a search with more interleavings is given up. No model has more than 25,000 with nearly
/// all right answers that are known, and this many take some seconds.
const MAX_INTERLEAVINGS: usize = 40_000;
/// The same for all passes over all models of one check. No right answer that is known needs more
/// than 150,000, which take 6 s. This limit on a number comes before that of the watchdog on time, so
/// that a verdict does not depend on the machine.
const MAX_INTERLEAVINGS_IN_ALL: usize = 400_000;

/// A model of the answer's use, and how far to search it.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// What happens in the model, in a sentence for the learner.
    pub text: &'static str,
    /// The most preemptions to try; `None` is any number.
    pub preemptions: Option<usize>,
}

/// A model, and its description.
pub type Model = (Scenario, Box<dyn Fn() + Send + Sync>);

/// Fails at the first interleaving in which the model panics, deadlocks or has a data race.
pub fn check_explored<F>(answer: Answer, allowed: Allowed, scenario: Scenario, model: F)
where
    F: Fn() + Send + Sync + 'static,
{
    run_model(type_name::<F>(), answer, allowed, (scenario, Box::new(model)));
}

/// Compiled once, and not for the model of each check.
fn run_model(closure: &str, answer: Answer, allowed: Allowed, model: Model) {
    let search = |request: &Request| search(answer, allowed, vec![model], &request.search);
    run(closure, answer, allowed, Box::new(search));
}

/// As [`check_explored`], for each of several models, up to the first that fails.
pub fn check_each_explored<F>(answer: Answer, allowed: Allowed, models: F)
where
    F: FnOnce() -> Vec<Model>,
{
    let search = |request: &Request| search(answer, allowed, models(), &request.search);
    run(type_name::<F>(), answer, allowed, Box::new(search));
}

fn search(answer: Answer, allowed: Allowed, mut models: Vec<Model>, search: &Search) -> Outcome {
    if let Some(refusal) = bypass::refusal(answer, allowed) {
        return refusal;
    }
    let explorer = |scenario: Scenario| Explorer {
        answer,
        scenario: scenario.text,
        preemptions: scenario.preemptions,
        limit: MAX_INTERLEAVINGS,
        limit_in_all: MAX_INTERLEAVINGS_IN_ALL,
    };
    match search {
        Search::All => {
            let mut outcome = Outcome::passed();
            for (number, (scenario, model)) in models.into_iter().enumerate() {
                let on_failure = move |failure: Failure| {
                    let interleaving = with_model(failure.interleaving, number);
                    end(failure::outcome(Failure { interleaving, ..failure }))
                };
                match explorer(scenario).explore(on_failure, model) {
                    Ok(searched) if searched.preemptions == scenario.preemptions => {}
                    Ok(searched) => outcome.message = Some(narrower(searched)),
                    Err(GivenUp::TooMany { tried }) => {
                        return failure::too_many_interleavings(scenario.text, tried);
                    }
                    Err(GivenUp::Differs) => return failure::differs(),
                }
            }
            outcome
        }
        &Search::Record(interleaving @ Interleaving::Counted { model: number, .. })
            if number < models.len() =>
        {
            let (scenario, model) = models.swap_remove(number);
            let on_failure = |failure: Failure| end(failure::outcome(failure));
            explorer(scenario).replay(interleaving, on_failure, model);
            failure::not_repeated()
        }
        Search::Record(_) | Search::From(_) | Search::Replay(_) | Search::Shorten(_) => {
            failure::no_such_interleaving()
        }
    }
}

fn with_model(interleaving: Interleaving, number: usize) -> Interleaving {
    match interleaving {
        Interleaving::Counted { preemptions, stale_loads, number: interleaving, .. } => {
            Interleaving::Counted { model: number, preemptions, stale_loads, number: interleaving }
        }
        seeded => seeded,
    }
}

/// What the learner is told where the search had to be narrower than the check asks for.
fn narrower(searched: Searched) -> String {
    let most = searched.preemptions.unwrap_or_default();
    format!(
        "tried with at most {most} preemptions: there are too many interleavings to try them all"
    )
}
