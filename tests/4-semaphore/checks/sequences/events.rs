//! What can happen to a semaphore.

use harness::Rng;

use super::waker::Manner;

/// A call or an event. A number picks one of those that there are to act on.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// A task polls a new `acquire`.
    Acquire(Manner),
    /// A task polls a new `acquire_until`.
    AcquireUntil(Manner, Signal),
    /// A waiter that was woken is polled.
    Poll(usize),
    /// A waiter is polled by another task, whether it was woken or not.
    PollElsewhere(usize, Manner),
    DropWaiter(usize),
    DropPermit(usize),
    TryAcquire,
    Count,
    /// The signal of an `acquire_until` completes.
    Complete(usize),
}

/// The signal of an `acquire_until`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Signal {
    /// Pending until an event completes it.
    Waits,
    /// There from the beginning.
    IsThere,
    /// Pending until an event completes it; each poll of it asks the semaphore for a permit.
    Asks,
    /// Pending until an event; then its poll panics.
    Panics,
}

/// The number of permits, and what happens.
pub fn generate(rng: &mut Rng) -> (usize, Vec<Event>) {
    let permits = [1, 1, 2, 2, 3, 0][rng.usize(0..6)];
    let manners = rng.usize(1..=3);
    let until = rng.u32(0..4);
    let drops = rng.u32(1..4);
    let length = rng.usize(3..24);
    let events = (0..length).map(|_| event(rng, manners, until, drops)).collect();
    (permits, events)
}

fn event(rng: &mut Rng, manners: usize, until: u32, drops: u32) -> Event {
    let which = rng.usize(0..6);
    let manner = [Manner::Notes, Manner::Asks, Manner::Polls][rng.usize(0..manners)];
    let (acquires, polls, releases) = (5, 5, 5);
    let mut pick = rng.u32(0..acquires + polls + releases + 2 * until + drops + 3);
    let mut below = |weight: u32| {
        let hit = pick < weight;
        pick = pick.saturating_sub(weight);
        hit
    };
    if below(acquires) {
        Event::Acquire(manner)
    } else if below(polls) {
        match rng.u32(0..3) {
            0 => Event::PollElsewhere(which, manner),
            _ => Event::Poll(which),
        }
    } else if below(releases) {
        Event::DropPermit(which)
    } else if below(until) {
        let signals = [Signal::Waits, Signal::Waits, Signal::IsThere, Signal::Asks, Signal::Panics];
        Event::AcquireUntil(manner, signals[rng.usize(0..signals.len())])
    } else if below(until) {
        Event::Complete(which)
    } else if below(drops) {
        Event::DropWaiter(which)
    } else if rng.u32(0..3) == 0 {
        Event::Count
    } else {
        Event::TryAcquire
    }
}
