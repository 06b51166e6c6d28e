//! What a model's threads share under the protection of the answer.

use std::sync::atomic::Ordering::SeqCst;

/// Something to read and write that protects itself from nothing: loom fails the
/// interleaving in which two accesses are not ordered by the answer.
#[derive(Debug)]
pub struct Data(loom::cell::UnsafeCell<()>);

impl Data {
    // Data is made for a model, which a `Default` would hide.
    #[expect(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(loom::cell::UnsafeCell::new(()))
    }

    #[track_caller]
    pub fn write(&self) {
        self.0.with_mut(|_| ());
    }

    #[track_caller]
    pub fn read(&self) {
        self.0.with(|_| ());
    }
}

/// Counts the threads that are inside of something.
#[derive(Debug)]
pub struct Gauge {
    inside: std::sync::atomic::AtomicUsize,
    switch_point: loom::sync::atomic::AtomicBool,
}

impl Gauge {
    // A gauge is made for a model, which a `Default` would hide.
    #[expect(clippy::new_without_default)]
    pub fn new() -> Self {
        Self { inside: 0.into(), switch_point: loom::sync::atomic::AtomicBool::new(false) }
    }

    /// Goes in, and stays for long enough that others may come. Returns how many are
    /// inside.
    pub fn enter(&self) -> usize {
        self.inside.fetch_add(1, SeqCst);
        self.switch_point.fetch_or(false, loom::sync::atomic::Ordering::Relaxed);
        self.inside.load(SeqCst)
    }

    pub fn leave(&self) {
        self.inside.fetch_sub(1, SeqCst);
    }
}

/// Where threads wait until so many are there.
#[derive(Debug)]
pub struct Meeting {
    expected: usize,
    arrived: loom::sync::Mutex<usize>,
    all_are_here: loom::sync::Condvar,
}

impl Meeting {
    pub fn new(expected: usize) -> Self {
        let arrived = loom::sync::Mutex::new(0);
        Self { expected, arrived, all_are_here: loom::sync::Condvar::new() }
    }

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
