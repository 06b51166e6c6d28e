//! The keys of the models and the sequences.

use std::fmt;
use std::hash::{Hash, Hasher};

/// No table in a model has more places.
const PLACES: u64 = 8;
/// A hasher of the answer's own may never give the place that is looked for.
const MAX_TRIES: u64 = 10_000;

/// A key, shown as a letter.
///
/// A `HashMap` is natural in an answer, and has another order in each run: its hasher begins with
/// random numbers. An answer that goes through such a map would take other steps in each run, and
/// could not be explored. So a key goes on writing numbers until its hash gives it the same place in
/// any run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key(pub u8);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u8(self.0);
        let place = u64::from(self.0) % PLACES;
        let mut tries = 0..MAX_TRIES;
        while state.finish() % PLACES != place
            && let Some(number) = tries.next()
        {
            state.write_u64(number);
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", char::from(b'a' + self.0))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
