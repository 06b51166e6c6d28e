//! An answer that waits on a condition variable where it should return `Poll::Pending`.

use std::sync::{Condvar, Mutex};

pub async fn acquire() {
    let (free, available) = (Mutex::new(0_u32), Condvar::new());
    let mut free = free.lock().expect("it is not poisoned");
    while *free == 0 {
        free = available.wait(free).expect("it is not poisoned");
    }
}
