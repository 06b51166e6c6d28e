use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex, mpsc};
use std::thread;

const WORKERS: usize = 3;

// ANCHOR: workers
type Queue<'a> = Mutex<mpsc::Receiver<&'a (dyn Fn() + Sync)>>;

fn wrong_worker(queue: &Queue) {
    while let Ok(job) = queue.lock().unwrap().recv() {
        job();
    }
}

fn right_worker(queue: &Queue) {
    loop {
        let job = queue.lock().unwrap().recv();
        let Ok(job) = job else { break };
        job();
    }
}
// ANCHOR_END: workers

/// Runs nine jobs, and returns how many ran at the same time at most.
fn most_at_once(worker: fn(&Queue), body: impl Fn() + Sync) -> usize {
    let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let job = || {
        most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        body();
        running.fetch_sub(1, Ordering::SeqCst);
    };
    let (jobs, queue) = mpsc::channel::<&(dyn Fn() + Sync)>();
    for _ in 0..9 {
        jobs.send(&job).expect("the receiver is there");
    }
    drop(jobs);
    let queue = Mutex::new(queue);
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| worker(&queue));
        }
    });
    most.load(Ordering::SeqCst)
}

// ANCHOR: main
fn main() {
    let most = most_at_once(wrong_worker, thread::yield_now);
    println!("locked during the job:  {WORKERS} workers, {most} job at a time");

    // Each job waits until three jobs run. With the other workers, this would
    // never end.
    let all_three = Barrier::new(WORKERS);
    let most = most_at_once(right_worker, || {
        all_three.wait();
    });
    println!("locked to take the job: {WORKERS} workers, {most} jobs at a time");
}
// ANCHOR_END: main
