//! The search by seeds: random schedules of a model, on shuttle.
//!
//! A seed decides every choice of the scheduler, so it is the schedule: the same seed
//! runs it again. That does not try every interleaving, as [`explore`](crate::explore)
//! does, but it takes programs that are far larger.

mod scheduler;
pub mod sync;
pub mod timeline;

use std::cell::RefCell;
use std::ops::Range;
use std::panic::{self, PanicHookInfo};
use std::rc::Rc;
use std::sync::Once;

use shuttle::rand::Rng;
use shuttle::sync::atomic::{AtomicBool, Ordering};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use crate::{Answer, Failure, FailureKind, progress};
use schedule::{Found, Interleaving, Schedule};
use scheduler::Seeds;

/// A schedule that comes to an end has some hundreds of steps.
const MOST_STEPS: usize = 50_000;
/// tokio's futures are large in a build that is not optimised.
const STACK: usize = 0xf_0000;

/// A model to be searched by seeds.
#[derive(Clone, Copy, Debug)]
pub struct Seeded {
    pub answer: Answer,
    /// What the model does, in a sentence.
    pub scenario: &'static str,
}

struct Active {
    seeded: Seeded,
    seed: u64,
    on_failure: Rc<dyn Fn(Failure)>,
}

thread_local! {
    static ACTIVE: RefCell<Option<Active>> = const { RefCell::new(None) };
}

impl Seeded {
    /// Runs a model under the schedule of each of these seeds.
    ///
    /// `on_failure` is called inside the panic, at the first failure, and has to end the
    /// process: what a panic unwinds may need the other tasks, which will not run again.
    pub fn explore(
        &self,
        seeds: Range<u64>,
        on_failure: impl Fn(Failure) + 'static,
        model: impl Fn() + Send + Sync + 'static,
    ) {
        self.search(Box::new(seeds), false, Rc::new(on_failure), Box::new(model));
    }

    /// Runs a model under the schedule of one seed, and records its timeline.
    pub fn replay(
        &self,
        seed: u64,
        on_failure: impl Fn(Failure) + 'static,
        model: impl Fn() + Send + Sync + 'static,
    ) {
        self.search(Box::new([seed].into_iter()), true, Rc::new(on_failure), Box::new(model));
    }

    /// Once the schedule of a seed has failed: records the first that fails of those that are
    /// easier to follow, or else that one.
    pub fn replay_simplest(
        &self,
        seed: u64,
        on_failure: impl Fn(Failure) + 'static,
        model: impl Fn() + Send + Sync + 'static,
    ) {
        let seeds = scheduler::simpler_than(seed).chain([seed]);
        self.search(Box::new(seeds), true, Rc::new(on_failure), Box::new(model));
    }

    fn search(
        &self,
        seeds: Box<dyn Iterator<Item = u64>>,
        record: bool,
        on_failure: Rc<dyn Fn(Failure)>,
        model: Box<dyn Fn() + Send + Sync>,
    ) {
        install_hook();
        ACTIVE.set(Some(Active { seeded: *self, seed: 0, on_failure }));
        let seeds = seeds.inspect(move |&seed| {
            progress::begin();
            ACTIVE.with_borrow_mut(|active| active.as_mut().expect("set above").seed = seed);
            if record {
                timeline::start();
            }
        });
        Runner::new(Seeds::new(seeds), config()).run(move || {
            model();
            // What is cut off in the middle of something says nothing of the answer.
            scheduler::run_the_others();
        });
        ACTIVE.set(None);
    }
}

/// A place where another task may go on, in the middle of a poll.
pub fn switch_point() {
    AtomicBool::new(false).load(Ordering::Relaxed);
}

/// Says that what a model is about begins here: schedules look closest at what comes next.
pub fn the_race_begins() {
    scheduler::begin();
}

/// Lets others run for a while, how long is the seed's choice.
pub async fn pause() {
    let mut rng = shuttle::rand::thread_rng();
    // Up to the length of a small model; most of what breaks, breaks early.
    let most = 1 << rng.gen_range(0..6);
    for _ in 0..rng.gen_range(0..=most) {
        shuttle::future::yield_now().await;
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config.stack_size = STACK;
    config.max_steps = MaxSteps::FailAfter(MOST_STEPS);
    config.failure_persistence = FailurePersistence::None;
    config.silence_warnings = true;
    config
}

/// Sees every panic first; those outside a model go to the hook that was there.
fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // shuttle installs a talkative hook when it first runs: ours has to come after it.
        Runner::new(Seeds::new([0].into_iter()), config()).run(|| ());
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if ACTIVE.with_borrow(Option::is_some) {
                fail_with(info);
            } else {
                previous(info);
            }
        }));
    });
}

fn fail_with(info: &PanicHookInfo<'_>) {
    let Some(Active { seeded, seed, on_failure }) = ACTIVE.take() else { return };
    let message = info.payload_as_str().unwrap_or("(a payload that is no text)").to_owned();
    let place = info.location().map(|place| (place.file().to_owned(), place.line()));
    let in_shuttle = place.as_ref().is_some_and(|(file, _)| file.contains("shuttle-"));
    // shuttle's own panics have no type; these are its words in 0.9.
    let kind = if message.starts_with("deadlock! blocked tasks") {
        FailureKind::Deadlock
    } else if message.starts_with("exceeded max_steps bound") {
        FailureKind::Endless
    } else if in_shuttle && message.starts_with("not implemented") {
        FailureKind::NotExplored
    } else {
        FailureKind::Panic
    };
    let schedule = timeline::finish(kind == FailureKind::Deadlock).map(|schedule| Schedule {
        scenario: seeded.scenario.to_owned(),
        outcome: match kind {
            FailureKind::Deadlock => "every task waits, and nobody is left to wake one",
            _ => kind.outcome().unwrap_or(&message),
        }
        .to_owned(),
        found: Found::Seeded { seed },
        ..schedule
    });
    let interleaving = Interleaving::Seeded { seed };
    on_failure(Failure { kind, message, place, interleaving, schedule });
}
