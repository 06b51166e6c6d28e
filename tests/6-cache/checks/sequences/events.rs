//! What can happen to a cache.

use harness::Rng;

use crate::checks::key::Key;

/// What holds for a whole sequence.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub capacity: usize,
    /// A value calls `len` when it is dropped.
    pub values_ask: bool,
}

/// A call or an event. A number picks one of those that there are to act on.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    Get(Key),
    Insert(Key),
    /// A task polls a new `get_or_insert_with`.
    Ask(Key, Manner, Plan),
    /// A computation that waits ends, and wakes its task.
    End(usize, End),
    /// A task that was woken is polled.
    Poll(usize),
    /// A task is polled with another waker, whether it was woken or not.
    PollElsewhere(usize, Manner),
    Drop(usize),
}

/// What a waker does besides noting that it was woken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Manner {
    Notes,
    /// It calls `len`, and `get` for a key that is never there, also when it is dropped.
    Asks,
    /// It polls the future that it wakes at once.
    Polls,
}

/// What a task computes, if it comes to that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plan {
    /// It is pending until an event ends it.
    Waits,
    /// It ends at its first poll.
    Ends(End),
    /// The closure panics, and makes no future.
    PanicsInCall,
    /// The closure inserts a value for [`OTHER`]; then as [`Waits`](Self::Waits).
    InsertsOther,
    /// The closure inserts a value for the task's own key; then as [`Waits`](Self::Waits).
    InsertsOwn,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    Value,
    Error,
    Panic,
}

/// How many keys tasks ask for.
const KEYS: u8 = 3;
/// A key that computations insert, and that no task asks for.
pub const OTHER: Key = Key(KEYS);
/// A key that never has a value.
pub const NEVER: Key = Key(15);

pub fn generate(rng: &mut Rng) -> (Setting, Vec<Event>) {
    let setting =
        Setting { capacity: [1, 1, 2, 2, 3][rng.usize(0..5)], values_ask: rng.u8(0..4) == 0 };
    let manners = rng.usize(1..=3);
    let keys = rng.u8(1..=KEYS);
    let weights = Weights {
        plain: rng.u32(1..6),
        asks: rng.u32(3..8),
        ends: rng.u32(2..6),
        polls: rng.u32(2..6),
        drops: rng.u32(0..4),
    };
    let length = rng.usize(3..24);
    (setting, (0..length).map(|_| event(rng, manners, keys, &weights)).collect())
}

/// How often each kind of event comes.
struct Weights {
    plain: u32,
    asks: u32,
    ends: u32,
    polls: u32,
    drops: u32,
}

fn event(rng: &mut Rng, manners: usize, keys: u8, weights: &Weights) -> Event {
    let which = rng.usize(0..6);
    let manner = [Manner::Notes, Manner::Asks, Manner::Polls][rng.usize(0..manners)];
    let key = Key(rng.u8(0..keys));
    let end = [End::Value, End::Value, End::Error, End::Panic][rng.usize(0..4)];
    let Weights { plain, asks, ends, polls, drops } = *weights;
    let mut pick = rng.u32(0..plain + asks + ends + polls + drops);
    let mut below = |weight: u32| {
        let hit = pick < weight;
        pick = pick.saturating_sub(weight);
        hit
    };
    if below(plain) {
        let key = if rng.u8(0..4) == 0 { OTHER } else { key };
        if rng.bool() { Event::Get(key) } else { Event::Insert(key) }
    } else if below(asks) {
        let plan = match rng.u8(0..10) {
            0..5 => Plan::Waits,
            5..7 => Plan::Ends(end),
            7 => Plan::PanicsInCall,
            8 => Plan::InsertsOther,
            _ => Plan::InsertsOwn,
        };
        Event::Ask(key, manner, plan)
    } else if below(ends) {
        Event::End(which, end)
    } else if below(polls) {
        match rng.u8(0..3) {
            0 => Event::PollElsewhere(which, manner),
            _ => Event::Poll(which),
        }
    } else {
        Event::Drop(which)
    }
}
