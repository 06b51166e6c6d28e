use super::sync::mpsc;
use super::task::block_on;
use super::thread;

// ANCHOR: all
pub fn model() {
    let (jobs, mut queue) = mpsc::channel(1);
    let worker = thread::spawn("worker", move || {
        // Takes jobs until the queue ends.
        while let Some(()) = block_on(queue.recv()) {}
    });
    worker.join(); // Waits for the worker, which waits for the sender …
    drop(jobs); // … to be dropped here.
}
// ANCHOR_END: all
