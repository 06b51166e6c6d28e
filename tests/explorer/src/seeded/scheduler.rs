//! Chooses which task goes on: randomly, from a seed.

use std::cell::Cell;
use std::collections::BTreeMap;

use fastrand::Rng;
use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};

use super::store_buffer;

/// The strategies, those whose schedules are easiest to follow first.
///
/// With priorities, some tasks run far ahead of others, which finds failures that need a task to
/// be held up for long. Random choices find those that need a switch in the middle of something.
const STRATEGIES: [Strategy; 4] = [
    Strategy::Pct { changes: 2 },
    Strategy::Pct { changes: 6 },
    Strategy::StickyRandom { eighths: 6 },
    Strategy::StickyRandom { eighths: 3 },
];
/// The strategies that the seeds take in turn, by their index. The second has two turns: of the bugs that need
/// the most schedules, it finds the most.
const TURNS: [usize; 5] = [0, 1, 2, 1, 3];

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
const TRIES: usize = 250;
/// The priorities change within the first `1 << MAX_CHANGE_BITS` steps, most of them early.
const MAX_CHANGE_BITS: u32 = 7;
/// In a schedule that is longer than this, the task with the highest priority may wait for another
/// in a loop. From this step on, the choice is random.
const FAIR_FROM: usize = 5_000;

fn strategy(seed: u64) -> usize {
    TURNS[(seed % TURNS.len() as u64) as usize]
}

/// Seeds whose strategies come before that of `seed`, the simplest first.
pub(super) fn simpler_than(seed: u64) -> impl Iterator<Item = u64> {
    (0..strategy(seed))
        .flat_map(|simpler| (0..).filter(move |&other| strategy(other) == simpler).take(TRIES))
}

thread_local! {
    /// Whether another task than the model's main one could run at the last choice.
    static OTHERS_RUN: Cell<bool> = const { Cell::new(false) };
    /// The number of choices so far in this schedule, or since `begin`.
    static STEP: Cell<usize> = const { Cell::new(0) };
    /// For how many steps the task that now yields is not to be chosen.
    static PAUSE: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Starts to count steps: priorities change soon after.
pub(super) fn begin() {
    STEP.set(0);
}

/// Lets the others make this many steps, if they can. Where tasks have priorities, this one has the highest
/// after that: what it does next meets the others in the middle of something.
pub(super) async fn pause(steps: usize) {
    PAUSE.set(Some(steps));
    shuttle::future::yield_now().await;
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
    /// The tasks that pause, and the step at which they go on.
    paused: BTreeMap<usize, usize>,
}

impl<I: Iterator<Item = u64>> Seeds<I> {
    pub(super) fn new(seeds: I) -> Self {
        Self {
            seeds,
            rng: Rng::with_seed(0),
            strategy: STRATEGIES[0],
            changes: Vec::new(),
            priorities: BTreeMap::new(),
            paused: BTreeMap::new(),
        }
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

    fn choose(&mut self, runnable: &[&Task], current: Option<TaskId>, yields: bool) -> TaskId {
        let current = runnable.iter().position(|task| Some(task.id()) == current);
        let eighths = match self.strategy {
            Strategy::Pct { .. } if STEP.get() < FAIR_FROM => {
                return runnable[self.first(runnable, current, yields)].id();
            }
            Strategy::Pct { .. } => 0,
            Strategy::StickyRandom { eighths } => eighths,
        };
        let next = match current {
            // A task that yields waits for another one.
            Some(current) if yields && runnable.len() > 1 => {
                let other = self.rng.usize(..runnable.len() - 1);
                if other < current { other } else { other + 1 }
            }
            Some(current) if self.rng.u8(..8) < eighths => current,
            _ => self.rng.usize(..runnable.len()),
        };
        runnable[next].id()
    }

    /// Chooses among the tasks that do not pause, or else the one whose pause ends first.
    fn choose_beside_paused(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        yields: bool,
    ) -> TaskId {
        let highest = self.priorities.values().max().map_or(0, |highest| highest.saturating_add(1));
        for (task, _) in self.paused.extract_if(.., |_, until| *until <= STEP.get()) {
            self.priorities.insert(task, highest);
        }
        let paused = |task: &&&Task| self.paused.contains_key(&usize::from(task.id()));
        let others: Vec<&Task> = runnable.iter().filter(|task| !paused(task)).copied().collect();
        if others.is_empty() {
            let by_end = |task: &&&Task| self.paused[&usize::from(task.id())];
            let first =
                runnable.iter().min_by_key(by_end).expect("shuttle asks if there is a choice");
            self.paused.remove(&usize::from(first.id()));
            return first.id();
        }
        self.choose(&others, current, yields)
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
        self.paused.clear();
        PAUSE.set(None);
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
        if is_yielding && let (Some(current), Some(steps)) = (current, PAUSE.take()) {
            self.paused.insert(usize::from(current), STEP.get() + steps);
        }
        let next = if self.paused.is_empty() {
            self.choose(runnable, current, is_yielding)
        } else {
            self.choose_beside_paused(runnable, current, is_yielding)
        };
        Some(next)
    }

    fn next_u64(&mut self) -> u64 {
        self.rng.u64(..)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::sync::{Arc, Mutex};

    use shuttle::Runner;
    use shuttle::future::{block_on, spawn};

    use super::*;
    use crate::seeded::{config, some_steps_later, switch_point};

    #[test]
    fn what_comes_some_steps_later_meets_another_task_at_each_of_its_steps() {
        const STEPS: usize = 6;
        // The two with priorities, of which a task that yields has the lowest.
        for wanted in [0, 1] {
            let met = Arc::new(Mutex::new(BTreeSet::new()));
            let seeds = (0..500).filter(move |&seed| strategy(seed) == wanted);
            let model = {
                let met = met.clone();
                move || {
                    let (done, met) = (Arc::new(AtomicUsize::new(0)), met.clone());
                    let counts = done.clone();
                    block_on(async move {
                        let other = spawn(async move {
                            for _ in 0..STEPS {
                                switch_point();
                                counts.fetch_add(1, Relaxed);
                            }
                        });
                        some_steps_later().await;
                        met.lock().unwrap().insert(done.load(Relaxed));
                        other.await.expect("it is not aborted");
                    });
                }
            };
            Runner::new(Seeds::new(seeds), config()).run(model);
            let met = met.lock().unwrap().clone();
            assert_eq!(met, (0..=STEPS).collect(), "strategy {wanted}");
        }
    }
}
