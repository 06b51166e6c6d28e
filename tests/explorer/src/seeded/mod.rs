//! The search by seeds: a number of schedules of a model, on shuttle.
//!
//! A seed decides every choice of the scheduler, so the same seed runs the same schedule again.
//! This does not try every interleaving, but it can run programs that are far larger than those of
//! an exhaustive search.

mod scheduler;
mod store_buffer;
pub mod sync;
mod text;
pub mod timeline;

use std::cell::Cell;
use std::ops::Range;
use std::panic::PanicHookInfo;
use std::rc::Rc;

use schedule::{Found, Interleaving, Schedule};
use shuttle::rand::Rng;
use shuttle::sync::atomic::{AtomicBool, Ordering};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use crate::failure::of_panic;
use crate::hook::with_hook;
use crate::{Answer, Failure, FailureKind, progress};
use scheduler::Seeds;

/// A schedule with more steps than this is taken for an endless one. The schedules of the models
/// have some hundreds of steps.
const MAX_STEPS: usize = 50_000;
/// What comes [some steps later](some_steps_later) comes less than `1 << LATEST_BITS` steps later, and mostly soon.
/// Most models have fewer steps: then it comes when all others wait.
const LATEST_BITS: u32 = 10;
/// The size of a task's stack, in bytes: tokio's futures are large without optimisation.
const STACK_SIZE: usize = 0xf_0000;

thread_local! {
    /// The seed of the schedule that runs.
    static SEED: Cell<u64> = const { Cell::new(0) };
}

/// A model that is searched by seeds.
#[derive(Clone, Copy, Debug)]
pub struct Seeded {
    /// The learner's file.
    pub answer: Answer,
    /// What the model does, in a sentence.
    pub scenario: &'static str,
}

impl Seeded {
    /// Runs a model under the schedule of each of these seeds.
    ///
    /// `on_failure` is called inside the panic, at the first failure. It has to end the process:
    /// destructors that run while the model unwinds may need other tasks, which do not run again.
    pub fn explore(
        &self,
        seeds: Range<u64>,
        on_failure: impl Fn(Failure) + 'static,
        model: impl Fn() + Send + Sync + 'static,
    ) {
        self.search(Box::new(seeds), false, Rc::new(on_failure), Box::new(model));
    }

    /// Runs a model under the schedule of one seed, and records its timeline. If it returns, the
    /// schedule did not fail, and this is its timeline.
    pub fn replay(
        &self,
        seed: u64,
        on_failure: impl Fn(Failure) + 'static,
        model: impl Fn() + Send + Sync + 'static,
    ) -> Option<Schedule> {
        self.search(Box::new([seed].into_iter()), true, Rc::new(on_failure), Box::new(model));
        let scenario = self.scenario.to_owned();
        timeline::finish(false).map(|schedule| Schedule {
            scenario,
            found: Found::Seeded { seed },
            ..schedule
        })
    }

    /// After the schedule of a seed has failed: looks for one that also fails and is easier to
    /// follow, and records it, or else the one that has failed. If it returns, none failed.
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
        let seeds = seeds.inspect(move |&seed| {
            progress::begin();
            SEED.set(seed);
            if record {
                timeline::start();
            }
        });
        // shuttle installs a hook of its own, which prints, when it first runs. It has to come
        // before ours.
        Runner::new(Seeds::new([0].into_iter()), config()).run(|| ());
        text::choose_for(self.answer);
        let scenario = self.scenario;
        with_hook(
            move |info| on_failure(failure(info, scenario)),
            || {
                Runner::new(Seeds::new(seeds), config()).run(move || {
                    model();
                    // A task that is cut off in the middle of something says nothing of the answer.
                    scheduler::run_the_others();
                });
            },
        );
    }
}

/// A point at which another task may go on, in the middle of a poll.
pub fn switch_point() {
    AtomicBool::new(false).load(Ordering::Relaxed);
}

/// Marks the point of a model where the race begins that it is about. Schedules change the
/// priorities of tasks soon after this point.
pub fn the_race_begins() {
    scheduler::begin();
}

/// Lets other tasks run for a while; the seed decides how long.
pub async fn pause() {
    let mut rng = shuttle::rand::thread_rng();
    // Up to the length of a small model, and mostly short: most failures need a short pause.
    let most = 1 << rng.gen_range(0..6);
    for _ in 0..rng.gen_range(0..=most) {
        shuttle::future::yield_now().await;
    }
}

/// Lets the others make some steps, as many as the seed decides. What the task does next, such as a cancel,
/// meets them in the middle of something.
///
/// With [`pause`], the task is polled again and again meanwhile. Under a strategy with priorities it goes on
/// only when all others wait.
pub async fn some_steps_later() {
    let mut rng = shuttle::rand::thread_rng();
    let most = 1 << rng.gen_range(0..LATEST_BITS);
    let steps = rng.gen_range(0..=most);
    scheduler::pause(steps).await;
}

/// A number that the seed decides, for a model that is not the same under each seed.
pub fn choose(from: Range<usize>) -> usize {
    shuttle::rand::thread_rng().gen_range(from)
}

/// Lets all other tasks run until they end or wait. Only the main task of a model may call it.
pub fn rest() {
    scheduler::run_the_others();
}

fn config() -> Config {
    let mut config = Config::new();
    config.stack_size = STACK_SIZE;
    config.max_steps = MaxSteps::FailAfter(MAX_STEPS);
    config.failure_persistence = FailurePersistence::None;
    config.silence_warnings = true;
    config
}

fn failure(info: &PanicHookInfo<'_>, scenario: &str) -> Failure {
    let (message, place) = of_panic(info);
    let kind = kind(&message, place.as_ref());
    let seed = SEED.get();
    let schedule = timeline::finish(kind == FailureKind::Deadlock).map(|schedule| Schedule {
        scenario: scenario.to_owned(),
        outcome: kind.outcome().unwrap_or(&message).to_owned(),
        found: Found::Seeded { seed },
        ..schedule
    });
    Failure { kind, message, place, interleaving: Interleaving::Seeded { seed }, schedule }
}

/// What a panic says of the schedule. shuttle's own panics have no type: these are the beginnings
/// of their messages in shuttle 0.9.
fn kind(message: &str, place: Option<&(String, u32)>) -> FailureKind {
    let in_shuttle = place.is_some_and(|(file, _)| file.contains("shuttle-"));
    if message.starts_with("deadlock! blocked tasks") {
        FailureKind::Deadlock
    } else if message.starts_with("exceeded max_steps bound") {
        FailureKind::Endless
    } else if in_shuttle && message.starts_with("not implemented") {
        FailureKind::NotExplored
    } else {
        FailureKind::Panic
    }
}
