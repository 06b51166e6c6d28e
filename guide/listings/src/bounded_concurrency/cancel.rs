// ANCHOR: all
use std::sync::mpsc;
use std::thread;

use tokio_util::sync::CancellationToken;

fn main() {
    let cancel = CancellationToken::new();
    let (jobs, queue) = mpsc::channel();
    for n in 1..=5 {
        jobs.send(n).expect("the receiver is there");
    }
    drop(jobs);
    let token = cancel.clone();
    let worker = thread::spawn(move || {
        // Between two jobs, and not in the middle of one: nothing stops a
        // function from outside.
        while !token.is_cancelled() {
            let Ok(job) = queue.recv() else { break };
            println!("job {job} begins");
            if job == 2 {
                println!("  the caller cancels");
                cancel.cancel();
            }
            println!("job {job} ends");
        }
        queue.try_iter().collect::<Vec<u32>>()
    });
    let left = worker.join().expect("it does not panic");
    println!("never begun: {left:?}");
}
// ANCHOR_END: all
