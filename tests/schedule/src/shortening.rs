//! How a sequence of events that fails is made shorter.

use serde::{Deserialize, Serialize};

/// A sequence that fails, and what has been tried to make it shorter. One that hangs ends its
/// process, and another process goes on from here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shortening {
    /// The seed that makes the sequence.
    pub seed: u64,
    /// Which of its events are left, by their numbers.
    pub left: Vec<usize>,
    /// How many events are left out at once.
    size: usize,
    /// Where the events end that are left out next.
    end: usize,
    /// Whether so many events could be left out somewhere.
    shorter: bool,
}

impl Shortening {
    /// A sequence of so many events, with all of them.
    pub fn new(seed: u64, events: usize) -> Self {
        let size = events.div_ceil(2);
        Self { seed, left: (0..events).collect(), size, end: events, shorter: false }
    }

    /// The next shorter sequence to try. If that fails too, go on from it. What is left out first is
    /// the most: the second half, then quarters, then single events.
    pub fn next_shorter(&mut self) -> Option<Self> {
        while self.end == 0 {
            if self.size != 1 || !self.shorter {
                self.size /= 2;
            }
            if self.size == 0 {
                return None;
            }
            (self.end, self.shorter) = (self.left.len(), false);
        }
        let start = self.end.saturating_sub(self.size);
        let left = [&self.left[..start], &self.left[self.end..]].concat();
        self.end = start;
        Some(Self { left, shorter: true, ..self.clone() })
    }

    /// Tries no more: the sequence is short enough.
    pub fn stop(&mut self) {
        (self.size, self.end) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events that are left of so many, if those in `needed` make it fail.
    fn shortest(events: usize, needed: &[usize]) -> Vec<usize> {
        let mut shortest = Shortening::new(0, events);
        while let Some(shorter) = shortest.next_shorter() {
            if needed.iter().all(|event| shorter.left.contains(event)) {
                shortest = shorter;
            }
        }
        shortest.left
    }

    #[test]
    fn what_is_not_needed_is_left_out() {
        for needed in [&[][..], &[0], &[7], &[2, 3], &[0, 5, 7]] {
            assert_eq!(shortest(8, needed), needed);
        }
        assert_eq!(shortest(0, &[]), [0; 0]);
        assert_eq!(shortest(1, &[0]), [0]);
    }

    #[test]
    fn once_stopped_nothing_is_tried() {
        let mut shortening = Shortening::new(0, 8);
        shortening.stop();
        assert_eq!(shortening.next_shorter(), None);
        assert_eq!(shortening.left.len(), 8);
    }
}
