// ANCHOR: all
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

fn main() {
    let barrier = Barrier::new(3);
    let prepared = AtomicUsize::new(0);
    let seen = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                prepared.fetch_add(1, Ordering::Relaxed);
                barrier.wait();
                seen.lock().unwrap().push(prepared.load(Ordering::Relaxed));
            });
        }
    });
    println!("after the barrier, each thread saw: {:?}", seen.into_inner().unwrap());
}
// ANCHOR_END: all
