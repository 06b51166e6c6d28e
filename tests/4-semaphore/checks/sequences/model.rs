//! What the contract says of a semaphore: a count and a queue.

/// Permits that are free or promised, and those who wait, the first first.
#[derive(Debug)]
pub struct Model {
    /// Permits that are neither held nor promised.
    pub free: usize,
    waiters: Vec<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    task: usize,
    /// A permit is there for it.
    promised: bool,
}

impl Model {
    pub fn new(permits: usize) -> Self {
        Self { free: permits, waiters: Vec::new() }
    }

    /// A first poll, or a `try_acquire`: whether it gets a permit.
    pub fn take(&mut self) -> bool {
        let is_free = self.free > 0;
        self.free -= usize::from(is_free);
        is_free
    }

    /// A task joins the queue.
    pub fn join(&mut self, task: usize) {
        self.waiters.push(Waiter { task, promised: false });
    }

    /// A permit comes back: it is promised to the first without one, or else free.
    pub fn give_back(&mut self) {
        match self.waiters.iter_mut().find(|waiter| !waiter.promised) {
            Some(first) => first.promised = true,
            None => self.free += 1,
        }
    }

    /// A task leaves the queue without a permit; what it was promised goes to the next.
    pub fn leave(&mut self, task: usize) {
        if self.remove(task) {
            self.give_back();
        }
    }

    /// Whether a task has been promised a permit. If so, it takes it.
    pub fn take_turn(&mut self, task: usize) -> bool {
        let promised = self.is_promised(task);
        if promised {
            self.remove(task);
        }
        promised
    }

    pub fn is_promised(&self, task: usize) -> bool {
        self.waiters.iter().any(|waiter| waiter.task == task && waiter.promised)
    }

    fn remove(&mut self, task: usize) -> bool {
        let at = self.waiters.iter().position(|waiter| waiter.task == task);
        at.is_some_and(|at| self.waiters.remove(at).promised)
    }
}
