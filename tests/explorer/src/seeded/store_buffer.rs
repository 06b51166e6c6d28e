//! Stores that other tasks do not see yet.
//!
//! A processor puts a store into a buffer, and goes on. So the loads that follow may be done before
//! other processors see the store. On x86 this is the only order that a program can see changed: the
//! stores of one processor arrive in their order, and `SeqCst` stores, read-modify-writes, fences
//! and whatever locks or wakes wait until the buffer is empty (Sewell and others, "x86-TSO", 2010).
//!
//! Here each task has such a buffer, and the seed decides for each store whether it is delayed, and
//! what the other tasks do meanwhile. A right answer must not fail, and a task can tell another of
//! a store in ways that the search does not see, such as a waker of the answer's own. So a
//! store is delayed only past loads that follow *at once*: [`text`](super::text) finds
//! in the answer's text which load that is, with nothing in between that could tell another task.
//! Whatever else the task does comes after the store has arrived.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use shuttle::current::try_get_current_task;
use shuttle::rand::Rng;
use shuttle::scheduler::TaskId;

use super::{switch_point, text, timeline};

/// A line and a column, both from 1.
pub(super) type Place = (u32, u32);

thread_local! {
    /// The buffers that are not empty.
    static BUFFERS: RefCell<BTreeMap<TaskId, Buffer>> = const { RefCell::new(BTreeMap::new()) };
    /// Whether the running task may be switched away from while its stores are delayed.
    static KEEPS: Cell<bool> = const { Cell::new(false) };
    /// How many delayed stores have arrived.
    static ARRIVED: Cell<u64> = const { Cell::new(0) };
}

struct Buffer {
    /// The oldest first.
    stores: Vec<Delayed>,
    /// The access that follows at once, if it is that of the answer.
    next: Option<Place>,
}

struct Delayed {
    arrival: Arrival,
    place: &'static Location<'static>,
    value: String,
}

/// When a delayed store arrives, as the number of stores that have arrived by then.
#[derive(Clone)]
pub(super) struct Arrival {
    of: TaskId,
    number: Arc<AtomicU64>,
}

impl Arrival {
    /// `None` as long as it has not arrived.
    pub(super) fn number(&self) -> Option<u64> {
        Some(self.number.load(Ordering::Relaxed)).filter(|&number| number > 0)
    }

    pub(super) fn is_of_this_task(&self) -> bool {
        try_get_current_task() == Some(self.of)
    }
}

/// The task is about to load, or to store in a way that does not empty the buffer.
pub(super) fn before_plain_access(place: &Location<'_>) {
    let Some(buffered) = with_own(|buffer| buffer.next == Some(place_of(place))) else { return };
    if buffered {
        KEEPS.set(true);
    } else {
        all_arrives();
    }
}

/// Delays a store, if the seed says so, and if a load follows at once.
pub(super) fn delay(place: &'static Location<'static>, value: &dyn Debug) -> Option<Arrival> {
    KEEPS.set(false);
    let Some((next, task)) = text::access_after(place).zip(try_get_current_task()) else {
        all_arrives();
        return None;
    };
    if shuttle::rand::thread_rng().gen_bool(0.5) {
        // Stores arrive in their order.
        all_arrives();
        return None;
    }
    let arrival = Arrival { of: task, number: Arc::default() };
    let value = shown(value);
    let name = text::name(place);
    timeline::note_of_task(place, || {
        format!("stores {value} in {name}, which other tasks do not see yet")
    });
    BUFFERS.with_borrow_mut(|buffers| {
        let buffer =
            buffers.entry(task).or_insert_with(|| Buffer { stores: Vec::new(), next: None });
        buffer.stores.push(Delayed { arrival: arrival.clone(), place, value });
        buffer.next = Some(next);
    });
    Some(arrival)
}

/// The task has seen a value, and not that of a delayed store of another task.
pub(super) fn after_load(
    place: &'static Location<'static>,
    seen: &dyn Debug,
    newer: Option<&dyn Debug>,
) {
    KEEPS.set(false);
    if let Some(newer) = newer {
        timeline::note_of_task(place, || {
            let (name, seen, newer) = (text::name(place), shown(seen), shown(newer));
            format!("sees {seen} in {name}, not yet the {newer} that is stored there")
        });
    }
    if with_own(|_| ()).is_none() {
        return;
    }
    if newer.is_none() {
        timeline::note_of_task(place, || format!("sees {} in {}", shown(seen), text::name(place)));
    }
    // Other tasks may still miss the store after this load.
    KEEPS.set(true);
    switch_point();
    KEEPS.set(false);
    match text::access_after(place) {
        Some(next) => {
            with_own(|buffer| buffer.next = Some(next));
        }
        None => all_arrives(),
    }
}

/// The scheduler is about to choose which task goes on.
pub(super) fn before_choice(current: Option<TaskId>) {
    if !KEEPS.take()
        && let Some(task) = current
    {
        arrives(task);
    }
}

/// What the running task has stored arrives.
pub(super) fn all_arrives() {
    KEEPS.set(false);
    if let Some(task) = try_get_current_task() {
        arrives(task);
    }
}

/// Another schedule begins.
pub(super) fn clear() {
    KEEPS.set(false);
    let tasks: Vec<TaskId> = BUFFERS.with_borrow(|buffers| buffers.keys().copied().collect());
    tasks.into_iter().for_each(arrives);
}

fn arrives(task: TaskId) {
    let Some(buffer) = BUFFERS.with_borrow_mut(|buffers| buffers.remove(&task)) else { return };
    for Delayed { arrival, place, value } in buffer.stores {
        ARRIVED.set(ARRIVED.get() + 1);
        arrival.number.store(ARRIVED.get(), Ordering::Relaxed);
        timeline::note_of(task, place, || {
            format!("other tasks see its {value} in {} from now on", text::name(place))
        });
    }
}

fn with_own<R>(f: impl FnOnce(&mut Buffer) -> R) -> Option<R> {
    BUFFERS.with_borrow_mut(|buffers| {
        if buffers.is_empty() {
            return None;
        }
        buffers.get_mut(&try_get_current_task()?).map(f)
    })
}

fn place_of(place: &Location<'_>) -> Place {
    (place.line(), place.column())
}

fn shown(value: &dyn Debug) -> String {
    format!("{value:?}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};

    use shuttle::thread;

    use crate::Answer;
    use crate::seeded::Seeded;
    use crate::seeded::sync::Mutex as Lock;
    use crate::seeded::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
    use crate::seeded::sync::atomic::{AtomicBool, AtomicUsize, fence};

    const ANSWER: Answer =
        Answer { file: "src/seeded/store_buffer.rs", text: include_str!("store_buffer.rs") };

    #[derive(Default)]
    struct Two {
        x: AtomicUsize,
        y: AtomicUsize,
        lock: Lock<()>,
    }

    type Thread = fn(&Two) -> usize;

    /// What two threads return, one pair for each of some hundreds of seeds.
    fn outcomes(one: Thread, other: Thread) -> Vec<(usize, usize)> {
        let outcomes = Arc::new(Mutex::new(Vec::new()));
        let seen = outcomes.clone();
        let model = move || {
            let two = Arc::new(Two::default());
            let threads = [one, other].map(|thread| {
                let two = two.clone();
                thread::spawn(move || thread(&two))
            });
            let [one, other] = threads.map(|thread| thread.join().expect("it does not panic"));
            seen.lock().expect("nothing panics under it").push((one, other));
        };
        let seeded = Seeded { answer: ANSWER, scenario: "two threads" };
        seeded.explore(0..500, |failure| panic!("{failure:?}"), model);
        let outcomes = outcomes.lock().expect("nothing panics under it");
        outcomes.clone()
    }

    fn all(one: Thread, other: Thread) -> BTreeSet<(usize, usize)> {
        outcomes(one, other).into_iter().collect()
    }

    fn x_then_y(two: &Two) -> usize {
        two.x.store(1, Release);
        two.y.load(Acquire)
    }

    fn y_then_x(two: &Two) -> usize {
        two.y.store(1, Release);
        // A comment is nothing in between.
        if two.x.load(SeqCst) == 1 { 1 } else { 0 }
    }

    #[test]
    fn a_store_and_a_load_may_pass_each_other() {
        let all = all(x_then_y, y_then_x);
        assert_eq!(all, BTreeSet::from([(0, 0), (0, 1), (1, 0), (1, 1)]));
    }

    #[test]
    fn a_seed_decides() {
        assert_eq!(outcomes(x_then_y, y_then_x), outcomes(x_then_y, y_then_x));
    }

    #[test]
    fn one_side_is_enough() {
        let all = all(x_then_y, |two| {
            two.y.swap(1, SeqCst);
            two.x.load(SeqCst)
        });
        assert!(all.contains(&(0, 0)), "{all:?}");
    }

    #[test]
    fn a_function_may_be_in_between() {
        fn y(two: &Two) -> usize {
            two.y.load(Relaxed)
        }
        let all = all(
            |two| {
                two.x.store(1, Relaxed);
                y(two)
            },
            y_then_x,
        );
        assert!(all.contains(&(0, 0)), "{all:?}");
    }

    #[test]
    fn what_empties_the_buffer_keeps_the_order() {
        let threads: [(Thread, Thread); 4] = [
            (
                |two| {
                    two.x.store(1, SeqCst);
                    two.y.load(SeqCst)
                },
                |two| {
                    two.y.store(1, SeqCst);
                    two.x.load(SeqCst)
                },
            ),
            (
                |two| {
                    two.x.store(1, Relaxed);
                    fence(SeqCst);
                    two.y.load(Relaxed)
                },
                |two| {
                    two.y.store(1, Relaxed);
                    fence(SeqCst);
                    two.x.load(Relaxed)
                },
            ),
            (
                |two| {
                    two.x.swap(1, AcqRel);
                    two.y.load(Acquire)
                },
                |two| {
                    two.y.fetch_add(1, AcqRel);
                    two.x.load(Acquire)
                },
            ),
            (
                |two| {
                    two.x.store(1, Relaxed);
                    drop(two.lock.lock());
                    two.y.load(Relaxed)
                },
                |two| {
                    {
                        let _guard = two.lock.lock();
                        two.y.store(1, Relaxed);
                    }
                    two.x.load(Relaxed)
                },
            ),
        ];
        for (at, (one, other)) in threads.into_iter().enumerate() {
            let all = all(one, other);
            assert!(!all.contains(&(0, 0)), "{at}: {all:?}");
            assert!(all.len() > 1, "{at}: {all:?}");
        }
    }

    #[test]
    fn stores_arrive_in_their_order() {
        // What is published is there: 2 would say that it is not.
        let all = all(
            |two| {
                two.x.store(1, Relaxed);
                two.y.store(1, Release);
                two.x.load(Relaxed)
            },
            |two| if two.y.load(Acquire) == 1 && two.x.load(Relaxed) == 0 { 2 } else { 0 },
        );
        assert_eq!(all, BTreeSet::from([(1, 0)]));
    }

    #[test]
    fn the_task_itself_sees_its_store() {
        let own: Thread = |two| {
            two.x.store(1, Relaxed);
            two.x.load(Relaxed)
        };
        assert_eq!(all(own, |_| 0), BTreeSet::from([(1, 0)]));
    }

    #[test]
    fn all_has_arrived_when_a_thread_has_ended() {
        let last = |two: &Two| {
            two.y.store(1, Relaxed);
            if two.x.load(Relaxed) == 0 {
                thread::yield_now();
            }
            two.x.fetch_add(1, Relaxed) + 1
        };
        let all = all(last, last);
        assert_eq!(all, BTreeSet::from([(1, 2), (2, 1)]));
    }

    #[test]
    fn the_methods_are_those_of_std() {
        let model = || {
            let mut number = AtomicUsize::new(0b0110);
            assert_eq!(number.fetch_and(0b0011, SeqCst), 0b0110);
            assert_eq!(number.fetch_or(0b1000, SeqCst), 0b0010);
            assert_eq!(number.fetch_xor(0b0010, SeqCst), 0b1010);
            assert_eq!(number.fetch_nand(0b1000, SeqCst), 0b1000);
            assert_eq!(number.swap(usize::MAX, SeqCst), !0b1000);
            assert_eq!(number.fetch_add(2, SeqCst), usize::MAX);
            assert_eq!(number.fetch_sub(3, SeqCst), 1);
            assert_eq!(number.fetch_min(7, SeqCst), usize::MAX - 1);
            assert_eq!(number.fetch_max(9, SeqCst), 7);
            assert_eq!(number.compare_exchange(9, 4, SeqCst, SeqCst), Ok(9));
            assert_eq!(number.compare_exchange_weak(9, 5, SeqCst, SeqCst), Err(4));
            let double = |value: usize| value.checked_mul(2);
            assert_eq!(number.fetch_update(SeqCst, SeqCst, double), Ok(4));
            assert_eq!(number.try_update(SeqCst, SeqCst, |_| None), Err(8));
            assert_eq!(number.update(SeqCst, SeqCst, |value| value + 1), 8);
            *number.get_mut() += 1;
            assert_eq!(format!("{number:?}"), "10");
            assert_eq!(number.into_inner(), 10);
            let flag = AtomicBool::from(false);
            assert!(!flag.fetch_not(SeqCst));
            assert_eq!(format!("{flag:?}"), "true");
            assert!(!AtomicBool::default().into_inner());
        };
        let seeded = Seeded { answer: ANSWER, scenario: "one thread" };
        seeded.explore(0..1, |failure| panic!("{failure:?}"), model);
    }
}
