//! Chooses which task goes on: randomly, from a seed.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use fastrand::Rng;
use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};

use super::store_buffer;

/// The strategies, those whose schedules are easiest to follow first. A seed uses the one at the
/// index `seed % STRATEGIES.len()`.
///
/// With priorities, some tasks run far ahead of others, which finds failures that need a task to
/// be held up for long. Random choices find those that need a switch in the middle of something.
const STRATEGIES: [Strategy; 5] = [
    Strategy::Pct { changes: 2 },
    Strategy::Pct { changes: 6 },
    Strategy::StickyRandom { eighths: 6 },
    Strategy::StickyRandom { eighths: 3 },
    Strategy::StickyRandom { eighths: 0 },
];

#[derive(Clone, Copy)]
enum Strategy {
    /// Probabilistic concurrency testing: the task with the highest priority runs, and at this
    /// many steps the one that runs gets the lowest priority. (Burckhardt, Kothari, Musuvathi and
    /// Nagarakatte, ASPLOS 2010.)
    Pct { changes: usize },
    /// The task that runs goes on with a probability of so many eighths; otherwise, each task is
    /// chosen with the same probability.
    StickyRandom { eighths: u8 },
}

/// How many schedules of each simpler strategy are tried to find one that fails.
const TRIES: u64 = 250;
/// The priorities change within the first `1 << MAX_CHANGE_BITS` steps, most of them early.
const MAX_CHANGE_BITS: u32 = 7;
/// In a schedule that is longer than this, the task with the highest priority may wait for another
/// in a loop. From this step on, the choice is random.
const FAIR_FROM: usize = 5_000;

fn strategy(seed: u64) -> usize {
    (seed % STRATEGIES.len() as u64) as usize
}

/// Seeds whose strategies come before that of `seed`, the simplest first.
pub(super) fn simpler_than(seed: u64) -> impl Iterator<Item = u64> {
    let tries: Range<u64> = 0..TRIES;
    (0..strategy(seed)).flat_map(move |strategy| {
        tries.clone().map(move |number| number * STRATEGIES.len() as u64 + strategy as u64)
    })
}

thread_local! {
    /// Whether another task than the model's main one could run at the last choice.
    static OTHERS_RUN: Cell<bool> = const { Cell::new(false) };
    /// The number of choices so far in this schedule, or since `begin`.
    static STEP: Cell<usize> = const { Cell::new(0) };
}

/// Starts to count steps: priorities change soon after.
pub(super) fn begin() {
    STEP.set(0);
}

/// Lets all tasks but this one run until they end or wait.
pub(super) fn run_the_others() {
    loop {
        shuttle::thread::yield_now();
        if !OTHERS_RUN.get() {
            return;
        }
    }
}

/// Runs one schedule for each seed.
pub(super) struct Seeds<I> {
    seeds: I,
    rng: Rng,
    strategy: Strategy,
    /// The steps at which a priority changes.
    changes: Vec<usize>,
    /// The priority of every task seen so far; negative after a change.
    priorities: BTreeMap<usize, i64>,
}

impl<I: Iterator<Item = u64>> Seeds<I> {
    pub(super) fn new(seeds: I) -> Self {
        let (changes, priorities) = (Vec::new(), BTreeMap::new());
        Self { seeds, rng: Rng::with_seed(0), strategy: STRATEGIES[0], changes, priorities }
    }

    /// The index of the task with the highest priority.
    fn first(&mut self, runnable: &[&Task], current: Option<usize>, yields: bool) -> usize {
        for task in runnable {
            let (id, rng) = (usize::from(task.id()), &mut self.rng);
            self.priorities.entry(id).or_insert_with(|| rng.i64(0..));
        }
        if let Some(current) = current
            && (yields || self.changes.contains(&STEP.get()))
        {
            let lowest = self.priorities.values().min().map_or(0, |lowest| (*lowest).min(0));
            self.priorities.insert(usize::from(runnable[current].id()), lowest - 1);
        }
        let by_priority = |at: &usize| self.priorities[&usize::from(runnable[*at].id())];
        (0..runnable.len()).max_by_key(by_priority).expect("shuttle asks if there is a choice")
    }
}

impl<I: Iterator<Item = u64>> Scheduler for Seeds<I> {
    fn new_execution(&mut self) -> Option<Schedule> {
        let seed = self.seeds.next()?;
        self.rng = Rng::with_seed(seed);
        self.strategy = STRATEGIES[strategy(seed)];
        begin();
        store_buffer::clear();
        self.priorities.clear();
        let rng = &mut self.rng;
        let changes = match self.strategy {
            Strategy::Pct { changes } => changes,
            Strategy::StickyRandom { .. } => 0,
        };
        self.changes = (0..changes)
            .map(|_| {
                let most = 1 << rng.u32(3..=MAX_CHANGE_BITS);
                rng.usize(..most)
            })
            .collect();
        Some(Schedule::new(seed))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        store_buffer::before_choice(current);
        OTHERS_RUN.set(runnable.iter().any(|task| task.id() != TaskId::from(0)));
        STEP.set(STEP.get() + 1);
        let current = runnable.iter().position(|task| Some(task.id()) == current);
        let eighths = match self.strategy {
            Strategy::Pct { .. } if STEP.get() < FAIR_FROM => {
                return Some(runnable[self.first(runnable, current, is_yielding)].id());
            }
            Strategy::Pct { .. } => 0,
            Strategy::StickyRandom { eighths } => eighths,
        };
        let next = match current {
            // A task that yields waits for another one.
            Some(current) if is_yielding && runnable.len() > 1 => {
                let other = self.rng.usize(..runnable.len() - 1);
                if other < current { other } else { other + 1 }
            }
            Some(current) if self.rng.u8(..8) < eighths => current,
            _ => self.rng.usize(..runnable.len()),
        };
        Some(runnable[next].id())
    }

    fn next_u64(&mut self) -> u64 {
        self.rng.u64(..)
    }
}
