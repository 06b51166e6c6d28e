// ANCHOR: pool
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

struct Pool<J> {
    jobs: SyncSender<J>,
    workers: Vec<JoinHandle<()>>,
}

impl<J: Send + 'static> Pool<J> {
    fn start<R>(workers: usize, work: fn(J) -> R) -> (Self, Receiver<R>)
    where
        R: Send + 'static,
    {
        let (jobs, queue) = sync_channel(workers * 2);
        let (sender, results) = sync_channel(workers * 2);
        let queue = Arc::new(Mutex::new(queue));
        let mut handles = Vec::new();
        for _ in 0..workers {
            let queue = queue.clone();
            let sender = sender.clone();
            handles.push(thread::spawn(move || {
                loop {
                    let job = queue.lock().unwrap().recv();
                    let Ok(job) = job else { break };
                    // An error: nobody reads any more.
                    let _ = sender.send(work(job));
                }
            }));
        }
        (Self { jobs, workers: handles }, results)
    }

    fn submit(&self, job: J) {
        self.jobs.send(job).expect("the workers are there");
    }

    fn shutdown(self) {
        drop(self.jobs);
        for worker in self.workers {
            worker.join().expect("no job panics");
        }
    }
}
// ANCHOR_END: pool

// ANCHOR: main
fn main() {
    let (pool, results) = Pool::start(3, |n: u64| n * n);
    let reader = thread::spawn(|| Vec::from_iter(results));
    for n in 1..=9 {
        pool.submit(n);
    }
    pool.shutdown();
    let mut squares = reader.join().expect("it does not panic");
    squares.sort();
    println!("{squares:?}");
}
// ANCHOR_END: main
