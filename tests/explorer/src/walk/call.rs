//! What a thread announces: an operation, and what it needs.

use schedule::Operation;

use super::turn::Object;

/// An operation that a thread is about to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) operation: Operation,
    pub(super) object: Option<u32>,
    /// The other object that it touches: the lock of a wait, or the condition variable that the
    /// thread comes back from.
    pub(super) second: Option<u32>,
    pub(super) needs: Need,
    pub(super) other: Option<usize>,
    pub(super) text: Option<String>,
    pub(super) leaves: Option<String>,
    /// What the model has said since the step before.
    pub(super) said: Vec<String>,
}

/// What has to be before an operation can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Need {
    Nothing,
    /// Nobody holds the lock.
    Free(u32),
    /// Nobody holds the lock alone.
    Shared(u32),
    /// The thread has been notified, and the lock is free.
    Notified {
        condvar: u32,
        lock: u32,
    },
    /// The task has been woken.
    Woken(u32),
    /// The thread has ended.
    End(usize),
}

impl Call {
    pub(super) fn new(operation: Operation) -> Self {
        Self {
            operation,
            object: None,
            second: None,
            needs: Need::Nothing,
            other: None,
            text: None,
            leaves: None,
            said: Vec::new(),
        }
    }

    pub(super) fn on(operation: Operation, object: Object) -> Self {
        Self { object: object.id(), ..Self::new(operation) }
    }

    pub(super) fn needs(self, needs: Need) -> Self {
        Self { needs, ..self }
    }
}
