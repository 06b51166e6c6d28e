//! A check that runs generated sequences of calls and events, and shows the shortest that fails.

use std::any::type_name;
use std::panic::{AssertUnwindSafe, catch_unwind};

use explorer::Answer;
use fastrand::Rng;
use schedule::{Cause, Outcome, Search, Status, Story};

use crate::doing::doing;
use crate::failure;
use crate::panics::{self, Collected};
use crate::process::run;
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
    pub run: fn(&S, &[E], &mut Telling) -> Result<(), String>,
}

/// Tells the story of a sequence while it runs.
#[derive(Debug)]
pub struct Telling(Story);

impl Telling {
    /// The next event. If it never ends, the message says what it was.
    pub fn tell(&mut self, done: impl Into<String>) -> crate::Doing {
        self.0.tell(done);
        self.start()
    }

    /// An event that is over, and what it has changed.
    pub fn told(&mut self, done: impl Into<String>, seen: impl Into<String>) {
        self.0.tell(done);
        self.0.saw(seen);
    }

    /// Without a next event: if the sequence never ends, the message says how far it got.
    pub fn start(&self) -> crate::Doing {
        let setting = [self.0.setting.as_str()].into_iter();
        let events = self.0.events.iter().map(|event| event.done.as_str());
        let so_far = setting.chain(events).collect::<Vec<_>>().join("; ");
        doing(format!("running the sequence: {so_far}"))
    }

    /// What the last event has changed, when all is at rest again.
    pub fn saw(&mut self, seen: impl Into<String>) {
        self.0.saw(seen);
    }

    /// What the sequence begins with.
    pub fn setting(&mut self, text: impl Into<String>) {
        self.0.setting = text.into();
    }
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
            let seeds = match request.search {
                Search::All => 0..sequences.count,
                Search::From(first) => first..first + sequences.count,
                Search::Replay(seed) => seed..seed + 1,
                Search::Record(_) => return failure::no_such_interleaving(),
            };
            seeds.into_iter().find_map(|seed| sequences.failure(seed)).unwrap_or(Outcome::passed())
        }),
    );
}

impl<S, E: Clone> Sequences<S, E> {
    /// How the sequence of a seed fails, by the shortest sequence that was found.
    fn failure(&self, seed: u64) -> Option<Outcome> {
        let (setting, mut events) = (self.generate)(&mut Rng::with_seed(seed));
        let mut failed = self.attempt(&setting, &events)?;
        // What is left out first is the most: the second half, then quarters, then single events.
        let mut size = events.len().div_ceil(2);
        while size > 0 && failed.cause != Some(Cause::NotWritten) {
            let mut shorter = false;
            let mut end = events.len();
            while end > 0 {
                let start = end.saturating_sub(size);
                let without = [&events[..start], &events[end..]].concat();
                if let Some(outcome) = self.attempt(&setting, &without) {
                    (events, failed, shorter) = (without, outcome, true);
                }
                end = start;
            }
            size = match (size, shorter) {
                (1, true) => 1,
                _ => size / 2,
            };
        }
        if let Some(story) = &mut failed.story {
            story.seed = seed;
        }
        Some(failed)
    }

    /// Runs one sequence.
    fn attempt(&self, setting: &S, events: &[E]) -> Option<Outcome> {
        let mut telling = Telling(Story::default());
        let collected = panics::collect(|| {
            let run = || (self.run)(setting, events, &mut telling);
            catch_unwind(AssertUnwindSafe(run))
        });
        let outcome = match collected {
            Collected { panic: Some(outcome), .. } => outcome,
            Collected { result: Ok(Ok(())), .. } => return None,
            Collected { result: Ok(Err(broken)), .. } => Outcome::new(Status::Failed, broken),
            Collected { result: Err(_), .. } => {
                Outcome::new(Status::Failed, "the code panicked").because(Cause::Panicked)
            }
        };
        // Of what is not written yet, there is no story to tell.
        let story = (outcome.cause != Some(Cause::NotWritten)).then_some(telling.0);
        Some(Outcome { story, ..outcome })
    }
}
