//! What can happen to a pool.

use harness::Rng;

/// A call or an event. A number picks one of those that there are to act on.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    Submit(Fate),
    /// A `submit` that waits is dropped.
    DropSubmit(usize),
    /// A `submit` that waits is polled by another task from now on.
    MoveSubmit(usize),
    /// A running job returns.
    Return(usize),
    /// A running job panics.
    Panic(usize),
    ReadResult,
    Cancel,
    Shutdown,
    MoveShutdown,
    DropShutdown,
    DropPool,
    DropResults,
}

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    /// It runs until an event ends it.
    Waits,
    /// It returns in its first poll.
    ReturnsAtOnce,
    /// The very call of `work` panics.
    PanicsInTheCall,
}

/// The number of workers, and what happens.
pub fn generate(rng: &mut Rng) -> (usize, Vec<Event>) {
    let workers = rng.usize(1..=2);
    // Some sequences have many events of a kind, and others have none of it: that reaches states
    // that an even mixture does not, such as full results.
    let reads = rng.u32(0..4);
    let panics = rng.u32(0..4);
    let moves = rng.u32(0..3);
    // What ends the pool comes once or twice in a sequence, or it would be over soon.
    let ends = rng.u32(0..2);
    let length = rng.usize(4..28);
    let events = (0..length).map(|_| event(rng, [reads, panics, moves, ends])).collect();
    (workers, events)
}

fn event(rng: &mut Rng, [reads, panics, moves, ends]: [u32; 4]) -> Event {
    let which = rng.usize(0..8);
    let submits = 8;
    let returns = 4;
    let mut pick = rng.u32(0..submits + returns + reads + panics + moves + ends + 1);
    let mut below = |weight: u32| {
        let hit = pick < weight;
        pick = pick.saturating_sub(weight);
        hit
    };
    if below(submits) {
        let fate = match rng.u32(0..8) {
            0 => Fate::ReturnsAtOnce,
            1 if panics > 0 => Fate::PanicsInTheCall,
            _ => Fate::Waits,
        };
        Event::Submit(fate)
    } else if below(returns) {
        Event::Return(which)
    } else if below(reads) {
        Event::ReadResult
    } else if below(panics) {
        Event::Panic(which)
    } else if below(moves) {
        match rng.u32(0..4) {
            0 | 1 => Event::MoveSubmit(which),
            2 => Event::MoveShutdown,
            _ => Event::DropSubmit(which),
        }
    } else if below(ends) {
        match rng.u32(0..4) {
            0 => Event::DropPool,
            1 => Event::DropShutdown,
            _ => Event::Shutdown,
        }
    } else {
        match rng.u32(0..3) {
            0 => Event::Cancel,
            1 => Event::DropResults,
            _ => Event::DropSubmit(which),
        }
    }
}
