//! Which beginnings of interleavings are the same but for the order of independent steps.

use std::collections::BTreeMap;

/// The steps of one interleaving so far, as far as their order matters: how many each thread made,
/// and in which order they touched each object. Two loads of an atomic, with no store in between,
/// have no order.
#[derive(Clone, Default)]
pub(super) struct Trace {
    steps: Vec<u32>,
    accesses: BTreeMap<u32, Vec<Access>>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Access {
    thread: usize,
    only_reads: bool,
}

/// Equal for equal traces, and only for them.
pub(super) type Key = Vec<u32>;

impl Trace {
    /// Adds a step.
    pub(super) fn step(&mut self, thread: usize, objects: &[u32], only_reads: bool) {
        if self.steps.len() <= thread {
            self.steps.resize(thread + 1, 0);
        }
        self.steps[thread] += 1;
        for object in objects {
            self.accesses.entry(*object).or_default().push(Access { thread, only_reads });
        }
    }

    pub(super) fn key(&self) -> Key {
        let mut key = vec![self.steps.len() as u32];
        key.extend(&self.steps);
        for (object, accesses) in &self.accesses {
            let mut accesses = accesses.clone();
            for run in accesses.chunk_by_mut(|a, b| a.only_reads && b.only_reads) {
                run.sort_unstable();
            }
            key.extend([*object, accesses.len() as u32]);
            key.extend(accesses.iter().map(|access| access.thread as u32));
        }
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(steps: &[(usize, u32, bool)]) -> Key {
        let mut trace = Trace::default();
        // All threads have made a step, so that the lengths agree.
        (0..2).for_each(|thread| trace.step(thread, &[], false));
        steps.iter().for_each(|&(thread, object, reads)| trace.step(thread, &[object], reads));
        trace.key()
    }

    #[test]
    fn steps_on_different_objects_have_no_order() {
        assert_eq!(key(&[(0, 1, false), (1, 2, false)]), key(&[(1, 2, false), (0, 1, false)]));
    }

    #[test]
    fn steps_on_one_object_have_an_order() {
        assert_ne!(key(&[(0, 1, false), (1, 1, false)]), key(&[(1, 1, false), (0, 1, false)]));
    }

    #[test]
    fn loads_have_no_order_unless_a_store_is_between_them() {
        assert_eq!(key(&[(0, 1, true), (1, 1, true)]), key(&[(1, 1, true), (0, 1, true)]));
        assert_ne!(key(&[(0, 1, true), (1, 1, false)]), key(&[(1, 1, false), (0, 1, true)]));
    }
}
