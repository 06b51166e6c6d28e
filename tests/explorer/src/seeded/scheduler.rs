//! Which task goes on: a choice by chance, with a seed.

use std::cell::Cell;
use std::ops::Range;

use fastrand::Rng;
use shuttle::scheduler::{Schedule, Scheduler, Task, TaskId};

/// Of eight times that a task can go on, so many it does: one kind of schedule each. Those
/// with long runs are easy to follow, and find what needs one task to get far ahead; those
/// with many switches find what is in the middle of something.
const STAYS: [u8; 4] = [7, 6, 4, 0];
/// So many schedules of a kind are tried to find one that fails.
const TRIES: u64 = 250;

thread_local! {
    /// Whether another task than the model's own could run at the last choice.
    static OTHERS_RUN: Cell<bool> = const { Cell::new(false) };
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

/// The kind of a seed's schedule.
fn kind(seed: u64) -> usize {
    (seed % STAYS.len() as u64) as usize
}

/// Seeds of the schedules with longer runs than that of `seed`, those with the longest first.
pub(super) fn simpler_than(seed: u64) -> impl Iterator<Item = u64> {
    let tries: Range<u64> = 0..TRIES;
    (0..kind(seed)).flat_map(move |kind| {
        tries.clone().map(move |number| number * STAYS.len() as u64 + kind as u64)
    })
}

/// Runs a schedule for each seed.
pub(super) struct Seeds<I> {
    seeds: I,
    rng: Rng,
    stays: u8,
}

impl<I: Iterator<Item = u64>> Seeds<I> {
    pub(super) fn new(seeds: I) -> Self {
        Self { seeds, rng: Rng::with_seed(0), stays: 0 }
    }
}

impl<I: Iterator<Item = u64>> Scheduler for Seeds<I> {
    fn new_execution(&mut self) -> Option<Schedule> {
        let seed = self.seeds.next()?;
        self.rng = Rng::with_seed(seed);
        self.stays = STAYS[kind(seed)];
        Some(Schedule::new(seed))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        OTHERS_RUN.set(runnable.iter().any(|task| task.id() != TaskId::from(0)));
        let current = runnable.iter().position(|task| Some(task.id()) == current);
        let next = match current {
            // Who yields waits for another.
            Some(current) if is_yielding && runnable.len() > 1 => {
                let other = self.rng.usize(..runnable.len() - 1);
                if other < current { other } else { other + 1 }
            }
            Some(current) if self.rng.u8(..8) < self.stays => current,
            _ => self.rng.usize(..runnable.len()),
        };
        Some(runnable[next].id())
    }

    fn next_u64(&mut self) -> u64 {
        self.rng.u64(..)
    }
}
