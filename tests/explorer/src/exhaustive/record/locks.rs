//! Which threads hold which locks, and where their guards live.

use std::collections::HashMap;

use schedule::{Operation, Step};

use super::recorder::Recorded;
use crate::answer::Frame;

/// The holders of each lock, by the lock's number, the first to take it first.
#[derive(Default)]
pub(super) struct Holders(HashMap<u32, Vec<usize>>);

impl Holders {
    pub(super) fn first(&self, object: u32) -> Option<usize> {
        self.0.get(&object)?.first().copied()
    }

    /// Every lock that is held, with its holder.
    pub(super) fn all(&self) -> Vec<(u32, usize)> {
        let all = self
            .0
            .iter()
            .flat_map(|(&object, holders)| holders.iter().map(move |&holder| (object, holder)));
        all.collect()
    }

    /// Takes note of a step that takes or releases a lock.
    pub(super) fn update(&mut self, object: u32, step: &Step) {
        let holders = self.0.entry(object).or_default();
        match step.operation {
            Operation::Lock | Operation::TryLock => holders.push(step.thread),
            Operation::Unlock | Operation::Wait => {
                if let Some(at) = holders.iter().position(|&holder| holder == step.thread) {
                    holders.remove(at);
                }
            }
            _ => {}
        }
    }
}

/// The step in which a thread took a lock that it holds.
pub(super) fn taking_step(
    steps: &mut [Recorded],
    object: u32,
    thread: usize,
) -> Option<&mut Recorded> {
    steps.iter_mut().rev().find(|recorded| {
        recorded.object == Some(object)
            && recorded.step.thread == thread
            && matches!(recorded.step.operation, Operation::Lock | Operation::TryLock)
    })
}

/// Shows a lock that was taken in a helper in the function that holds the guard instead:
/// `let state = self.lock();`. That is the innermost function that both took the lock and is on
/// the stack of a later step of the thread.
pub(super) fn move_out_of_helper(taken: &mut Recorded, later: &[Frame]) {
    let held_in = taken
        .frames
        .iter()
        .find(|frame| later.iter().any(|other| other.function == frame.function));
    let helper = taken.frames.first().map(|frame| &frame.function);
    if let Some(frame) = held_in
        && Some(&frame.function) != helper
    {
        taken.step.line = Some(frame.line);
    }
}
