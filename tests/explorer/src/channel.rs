//! What is in a bounded channel, and who waits for room in it: the same in an exhaustive search and
//! in a walk, which differ in how they protect and watch it.

use std::collections::VecDeque;
use std::task::Waker;

pub(crate) mod errors {
    //! tokio's errors can be made only by tokio, so these are the same types once more.

    #![expect(missing_docs, reason = "tokio documents these types and methods")]

    use std::fmt;

    #[derive(Clone, Copy, PartialEq, Eq)]
    pub struct SendError<T>(pub T);

    #[derive(Clone, Copy, PartialEq, Eq)]
    pub enum TrySendError<T> {
        Full(T),
        Closed(T),
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum TryRecvError {
        Empty,
        Disconnected,
    }

    impl<T> SendError<T> {
        pub fn into_inner(self) -> T {
            self.0
        }
    }

    impl<T> TrySendError<T> {
        pub fn into_inner(self) -> T {
            match self {
                TrySendError::Full(value) | TrySendError::Closed(value) => value,
            }
        }
    }

    impl<T> fmt::Debug for SendError<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("SendError").finish_non_exhaustive()
        }
    }

    impl<T> fmt::Debug for TrySendError<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                TrySendError::Full(_) => f.write_str("Full(..)"),
                TrySendError::Closed(_) => f.write_str("Closed(..)"),
            }
        }
    }

    impl<T> fmt::Display for SendError<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("channel closed")
        }
    }

    impl<T> fmt::Display for TrySendError<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                TrySendError::Full(_) => f.write_str("no available capacity"),
                TrySendError::Closed(_) => f.write_str("channel closed"),
            }
        }
    }

    impl fmt::Display for TryRecvError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                TryRecvError::Empty => f.write_str("receiving on an empty channel"),
                TryRecvError::Disconnected => f.write_str("receiving on a closed channel"),
            }
        }
    }

    impl<T> std::error::Error for SendError<T> {}
    impl<T> std::error::Error for TrySendError<T> {}
    impl std::error::Error for TryRecvError {}
}

pub(crate) struct Channel<T> {
    pub(crate) values: VecDeque<T>,
    pub(crate) capacity: usize,
    /// Free slots that are not promised to a waiting sender.
    pub(crate) room: usize,
    /// Senders without a slot, in the order of their tickets.
    pub(crate) senders: VecDeque<(u64, Waker)>,
    pub(crate) next_ticket: u64,
    pub(crate) sender_count: usize,
    pub(crate) receiver: Option<Waker>,
    /// The receiver accepts no more values.
    pub(crate) closed: bool,
}

impl<T> Channel<T> {
    /// An empty channel for at most this many values.
    ///
    /// # Panics
    ///
    /// As tokio's: if `capacity` is 0, or more than `usize::MAX >> 3`.
    #[track_caller]
    pub(crate) fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "mpsc bounded channel requires buffer > 0");
        assert!(
            capacity <= usize::MAX >> 3,
            "a semaphore may not have more than MAX_PERMITS permits ({})",
            usize::MAX >> 3
        );
        Channel {
            values: VecDeque::new(),
            capacity,
            room: capacity,
            senders: VecDeque::new(),
            next_ticket: 0,
            sender_count: 1,
            receiver: None,
            closed: false,
        }
    }

    /// Frees a slot. If a sender waits, the slot is promised to the first one, which is returned to
    /// be woken.
    pub(crate) fn free_slot(&mut self) -> Option<Waker> {
        let first = self.senders.pop_front();
        if first.is_none() {
            self.room += 1;
        }
        first.map(|(_, waker)| waker)
    }

    pub(crate) fn push(&mut self, value: T) -> Option<Waker> {
        self.values.push_back(value);
        self.receiver.take()
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.closed || self.sender_count == 0
    }
}
