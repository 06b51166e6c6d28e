//! A check that runs generated sequences of calls and events, and shows the shortest that fails.

use std::any::type_name;
use std::panic::{AssertUnwindSafe, catch_unwind};

use explorer::{Answer, progress};
use fastrand::Rng;
use schedule::{Cause, Outcome, Search, Shortening, Status};

use crate::failure;
use crate::panics::{self, Collected};
use crate::process::run;
use crate::telling::{self, Telling};
use crate::watchdog::{self, Limits};
use scan::Allowed;

/// Sequences of an exercise: how one is made from a seed, and how it is run.
///
/// A setting is what holds for a whole sequence, such as the number of workers.
#[derive(Debug)]
pub struct Sequences<S, E> {
    /// How many sequences are run, with the seeds from 0.
    pub count: u64,
    /// Makes the sequence of a seed. Each event can be left out of it: one that then has nothing to
    /// act on does nothing.
    pub generate: fn(&mut Rng) -> (S, Vec<E>),
    /// Runs a sequence, tells what happens, and holds what can be observed against the contract:
    /// what was expected, and what was seen instead.
    pub run: fn(&S, &[E], &Telling) -> Result<(), String>,
}

/// Runs sequences, each from a seed, up to the first that fails.
pub fn check_sequences<F, S, E: Clone>(answer: Answer, allowed: Allowed, sequences: F)
where
    F: FnOnce() -> Sequences<S, E>,
{
    run(
        type_name::<F>(),
        answer,
        allowed,
        Box::new(|request| {
            let sequences = sequences();
            watchdog::set_limits(Limits::SEQUENCE);
            let seeds = match &request.search {
                Search::All => 0..sequences.count,
                &Search::From(first) => first..first + sequences.count,
                &Search::Replay(seed) => seed..seed + 1,
                Search::Shorten(shortening) => return sequences.shorten(shortening.clone()),
                Search::Record(_) => return failure::no_such_interleaving(),
            };
            seeds.into_iter().find_map(|seed| sequences.failure(seed)).unwrap_or(Outcome::passed())
        }),
    );
}

impl<S, E: Clone> Sequences<S, E> {
    /// How the sequence of a seed fails, by the shortest sequence that was found.
    fn failure(&self, seed: u64) -> Option<Outcome> {
        let (_, events) = self.generate(seed);
        let shortening = Shortening::new(seed, events.len());
        let failed = self.attempt(&shortening, true)?;
        self.shortest(shortening, Some(failed)).1
    }

    /// After a sequence has hung: looks for a shorter one that fails. The shortest is run once more,
    /// with the limits of any other.
    fn shorten(&self, shortening: Shortening) -> Outcome {
        watchdog::set_limits(Limits::TRY);
        let (shortest, failed) = self.shortest(shortening, None);
        watchdog::set_limits(Limits::SEQUENCE);
        let failed = failed.or_else(|| self.attempt(&shortest, false));
        failed.unwrap_or_else(failure::not_repeated)
    }

    /// The shortest sequence that was found, and how it fails if it was run in this process.
    fn shortest(
        &self,
        mut shortest: Shortening,
        mut failed: Option<Outcome>,
    ) -> (Shortening, Option<Outcome>) {
        let is_written = |failed: &Option<Outcome>| {
            failed.as_ref().is_none_or(|failed| failed.cause != Some(Cause::NotWritten))
        };
        while is_written(&failed)
            && let Some(shorter) = shortest.next_shorter()
        {
            if let Some(outcome) = self.attempt(&shorter, true) {
                (shortest, failed) = (shorter, Some(outcome));
            }
        }
        (shortest, failed)
    }

    /// Runs one sequence. If it hangs, another process may be asked to make it `shorter` still.
    fn attempt(&self, sequence: &Shortening, shorter: bool) -> Option<Outcome> {
        progress::begin();
        let (setting, events) = self.generate(sequence.seed);
        let left = sequence.left.iter().filter_map(|&event| events.get(event).cloned());
        let left: Vec<E> = left.collect();
        // Only Linux tells soon enough whether a sequence hangs.
        let shortening = (shorter && cfg!(target_os = "linux")).then(|| sequence.clone());
        let telling = telling::begin(sequence.seed, shortening);
        let collected = panics::collect(|| {
            let run = || (self.run)(&setting, &left, &telling);
            catch_unwind(AssertUnwindSafe(run))
        });
        let story = telling::end();
        let outcome = match collected {
            Collected { panic: Some(outcome), .. } => outcome,
            Collected { result: Ok(Ok(())), .. } => return None,
            Collected { result: Ok(Err(broken)), .. } => Outcome::new(Status::Failed, broken),
            Collected { result: Err(_), .. } => {
                Outcome::new(Status::Failed, "the code panicked").because(Cause::Panicked)
            }
        };
        // Of what is not written yet, there is no story to tell.
        let story = story.filter(|_| outcome.cause != Some(Cause::NotWritten));
        Some(Outcome { story, ..outcome })
    }

    fn generate(&self, seed: u64) -> (S, Vec<E>) {
        (self.generate)(&mut Rng::with_seed(seed))
    }
}
