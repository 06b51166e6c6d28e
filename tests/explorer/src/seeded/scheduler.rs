//! Which task goes on: a choice by chance, with a seed.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use fastrand::Rng;
use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};

/// The kinds of schedules, those that are easiest to follow first. A seed has the one that it
/// is by its remainder.
///
/// Tasks with priorities run far ahead of each other, which finds what needs one to be held
/// up for long; even choices find what is in the middle of something everywhere.
const KINDS: [Kind; 5] = [
    Kind::Priorities { changes: 2 },
    Kind::Priorities { changes: 6 },
    Kind::Stays(6),
    Kind::Stays(3),
    Kind::Stays(0),
];

#[derive(Clone, Copy)]
enum Kind {
    /// The task with the highest priority runs; so often in between, the one that runs falls
    /// behind all others. (Burckhardt, Kothari, Musuvathi and Nagarakatte, ASPLOS 2010.)
    Priorities { changes: usize },
    /// Of eight times that a task can go on, so many it does; else all are equal.
    Stays(u8),
}

/// So many schedules of a kind are tried to find one that fails.
const TRIES: u64 = 250;
/// The changes of priorities are within so many steps, most of them early.
const LONGEST: u32 = 7;
/// A schedule that is longer than this may be one in which the highest priority waits for
/// another, again and again: from here on, all are equal.
const FAIR_FROM: usize = 5_000;

fn kind(seed: u64) -> usize {
    (seed % KINDS.len() as u64) as usize
}

/// Seeds of schedules that are easier to follow than that of `seed`, the easiest first.
pub(super) fn simpler_than(seed: u64) -> impl Iterator<Item = u64> {
    let tries: Range<u64> = 0..TRIES;
    (0..kind(seed)).flat_map(move |kind| {
        tries.clone().map(move |number| number * KINDS.len() as u64 + kind as u64)
    })
}

thread_local! {
    /// Whether another task than the model's own could run at the last choice.
    static OTHERS_RUN: Cell<bool> = const { Cell::new(false) };
    /// The choices so far in this schedule, or since its beginning was said to be here.
    static STEP: Cell<usize> = const { Cell::new(0) };
}

/// What matters begins here: priorities change soon after, and not before.
pub(super) fn begin() {
    STEP.set(0);
}

/// Lets all tasks but this one run until they end, or wait.
pub(super) fn run_the_others() {
    loop {
        shuttle::thread::yield_now();
        if !OTHERS_RUN.get() {
            return;
        }
    }
}

/// Runs a schedule for each seed.
pub(super) struct Seeds<I> {
    seeds: I,
    rng: Rng,
    kind: Kind,
    /// The steps at which a priority changes.
    changes: Vec<usize>,
    /// Of every task that was seen; those that fell behind have negative ones.
    priorities: BTreeMap<usize, i64>,
}

impl<I: Iterator<Item = u64>> Seeds<I> {
    pub(super) fn new(seeds: I) -> Self {
        let (changes, priorities) = (Vec::new(), BTreeMap::new());
        Self { seeds, rng: Rng::with_seed(0), kind: KINDS[0], changes, priorities }
    }

    /// The one with the highest priority.
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
        self.kind = KINDS[kind(seed)];
        begin();
        self.priorities.clear();
        let rng = &mut self.rng;
        let changes = match self.kind {
            Kind::Priorities { changes } => changes,
            Kind::Stays(_) => 0,
        };
        self.changes = (0..changes)
            .map(|_| {
                let most = 1 << rng.u32(3..=LONGEST);
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
        OTHERS_RUN.set(runnable.iter().any(|task| task.id() != TaskId::from(0)));
        STEP.set(STEP.get() + 1);
        let current = runnable.iter().position(|task| Some(task.id()) == current);
        let stays = match self.kind {
            Kind::Priorities { .. } if STEP.get() < FAIR_FROM => {
                return Some(runnable[self.first(runnable, current, is_yielding)].id());
            }
            Kind::Priorities { .. } => 0,
            Kind::Stays(stays) => stays,
        };
        let next = match current {
            // Who yields waits for another.
            Some(current) if is_yielding && runnable.len() > 1 => {
                let other = self.rng.usize(..runnable.len() - 1);
                if other < current { other } else { other + 1 }
            }
            Some(current) if self.rng.u8(..8) < stays => current,
            _ => self.rng.usize(..runnable.len()),
        };
        Some(runnable[next].id())
    }

    fn next_u64(&mut self) -> u64 {
        self.rng.u64(..)
    }
}
