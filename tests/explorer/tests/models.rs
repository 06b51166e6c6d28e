//! Small programs with one mistake each, as a learner would write them. The schedules in which
//! they fail point at these lines.

use std::sync::TryLockError;

use explorer::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use explorer::sync::{Arc, Condvar, Mutex, RwLock, mpsc};
use explorer::thread;

/// A semaphore that unlocks between looking at the permits and waiting.
pub struct Slots {
    permits: Mutex<usize>,
    available: Condvar,
}

impl Slots {
    pub fn new(permits: usize) -> Self {
        Self { permits: Mutex::new(permits), available: Condvar::new() }
    }

    pub fn acquire(&self) {
        if self.free() == 0 {
            let permits = self.permits.lock().unwrap();
            drop(self.available.wait(permits).unwrap());
        }
        *self.permits.lock().unwrap() -= 1;
    }

    pub fn release(&self) {
        *self.permits.lock().unwrap() += 1;
        self.available.notify_one();
    }

    fn free(&self) -> usize {
        let permits = self.permits.lock().unwrap();
        *permits
    }
}

/// What two locks guard, in a struct that is not `Debug`.
pub struct Account {
    balance: u32,
}

/// Takes two locks, in the order of the arguments.
pub fn transfer(from: &Mutex<Account>, to: &Mutex<Account>) {
    let mut from = from.lock().unwrap();
    let mut to = to.lock().unwrap();
    from.balance -= 1;
    to.balance += 1;
}

pub fn account(balance: u32) -> Arc<Mutex<Account>> {
    Arc::new(Mutex::new(Account { balance }))
}

/// Counts by loading and storing.
pub fn count_up(counter: &AtomicUsize) {
    let seen = counter.load(Ordering::SeqCst);
    counter.store(seen + 1, Ordering::SeqCst);
}

/// Takes one, and corrects the count if there was none.
pub fn take_one(counter: &AtomicUsize) -> bool {
    let taken = counter.fetch_sub(1, Ordering::AcqRel) > 0;
    if !taken {
        let _ = counter.compare_exchange(usize::MAX, 0, Ordering::AcqRel, Ordering::Acquire);
    }
    taken
}

/// Gives up when the lock is taken.
pub fn impatient(lock: &Mutex<u32>) -> Option<u32> {
    match lock.try_lock() {
        Ok(mut value) => {
            *value += 1;
            Some(*value)
        }
        Err(TryLockError::WouldBlock) => None,
        Err(TryLockError::Poisoned(_)) => unreachable!("the explorer does not poison"),
    }
}

/// Takes the lock in a helper, and holds it here.
pub fn locks_twice(lock: &RwLock<Vec<u32>>) {
    let values = read(lock);
    let sum = values.iter().sum();
    lock.write().unwrap().push(sum);
}

fn read(lock: &RwLock<Vec<u32>>) -> explorer::sync::RwLockReadGuard<'_, Vec<u32>> {
    lock.read().unwrap()
}

/// Waits for a slot, and sends one value.
pub fn produce(slots: mpsc::Sender<u32>, value: u32) {
    explorer::task::block_on(slots.send(value)).unwrap();
}

/// Locks once or twice, as code does that depends on the order of a hash map.
pub fn at_random(twice: bool) {
    let lock = Arc::new(Mutex::new(0));
    if twice {
        drop(lock.lock());
    }
    let other = lock.clone();
    let thread = thread::spawn("other", move || *other.lock().unwrap() += 1);
    *lock.lock().unwrap() += 1;
    thread.join();
}

/// Waits for a flag in a spin loop.
pub fn spin(flag: &AtomicBool) {
    while !flag.load(Ordering::Acquire) {}
}

/// Counts by loading and storing, with relaxed ordering.
pub fn count_up_relaxed(counter: &AtomicUsize) {
    let seen = counter.load(Ordering::Relaxed);
    counter.store(seen + 1, Ordering::Relaxed);
}

/// Stores a value, and then sets a flag with relaxed ordering.
pub fn publish(value: &AtomicUsize, ready: &AtomicBool) {
    value.store(7, Ordering::Relaxed);
    ready.store(true, Ordering::Relaxed);
}
