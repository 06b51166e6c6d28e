//! What the threads of a model share besides the answer.

use std::sync::atomic::Ordering::SeqCst;

/// Data without any synchronisation of its own. An interleaving in which two accesses conflict and
/// the answer does not order them fails as a data race.
#[derive(Debug)]
pub struct Data(loom::cell::UnsafeCell<()>);

impl Data {
    /// New data for a model.
    // It can only be made while a model runs, which a `Default` would hide.
    #[expect(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(loom::cell::UnsafeCell::new(()))
    }

    /// Writes the data.
    #[track_caller]
    pub fn write(&self) {
        self.0.with_mut(|_| ());
    }

    /// Reads the data.
    #[track_caller]
    pub fn read(&self) {
        self.0.with(|_| ());
    }
}

/// Counts the threads that are in a section at the same time.
#[derive(Debug)]
pub struct Gauge {
    inside: std::sync::atomic::AtomicUsize,
    switch_point: loom::sync::atomic::AtomicBool,
}

impl Gauge {
    /// A gauge for a section that no thread is in.
    // It can only be made while a model runs, which a `Default` would hide.
    #[expect(clippy::new_without_default)]
    pub fn new() -> Self {
        Self { inside: 0.into(), switch_point: loom::sync::atomic::AtomicBool::new(false) }
    }

    /// Enters the section, and lets other threads run before it returns how many are in it.
    pub fn enter(&self) -> usize {
        self.inside.fetch_add(1, SeqCst);
        self.switch_point.fetch_or(false, loom::sync::atomic::Ordering::Relaxed);
        self.inside.load(SeqCst)
    }

    /// Leaves the section.
    pub fn leave(&self) {
        self.inside.fetch_sub(1, SeqCst);
    }
}

/// A point where threads wait for each other.
#[derive(Debug)]
pub struct Meeting {
    expected: usize,
    arrived: loom::sync::Mutex<usize>,
    all_are_here: loom::sync::Condvar,
}

impl Meeting {
    /// A meeting of this many threads.
    pub fn new(expected: usize) -> Self {
        let arrived = loom::sync::Mutex::new(0);
        Self { expected, arrived, all_are_here: loom::sync::Condvar::new() }
    }

    /// Waits until all threads of the meeting have called this.
    pub fn wait(&self) {
        let mut arrived = self.arrived.lock().expect("loom does not poison");
        *arrived += 1;
        if *arrived == self.expected {
            self.all_are_here.notify_all();
        }
        while *arrived < self.expected {
            arrived = self.all_are_here.wait(arrived).expect("loom does not poison");
        }
    }
}
