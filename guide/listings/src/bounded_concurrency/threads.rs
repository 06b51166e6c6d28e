// ANCHOR: pool
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};

struct Pool<J> {
    jobs: mpsc::SyncSender<J>,
    workers: Vec<JoinHandle<()>>,
}

impl<J: Send + 'static> Pool<J> {
    fn start<R: Send + 'static>(workers: usize, work: fn(J) -> R) -> (Self, mpsc::Receiver<R>) {
        let (jobs, queue) = mpsc::sync_channel(workers * 2);
        let (results, receiver) = mpsc::sync_channel(workers * 2);
        let queue = Arc::new(Mutex::new(queue));
        let workers = (0..workers)
            .map(|_| {
                let (queue, results) = (queue.clone(), results.clone());
                thread::spawn(move || {
                    loop {
                        let job = queue.lock().unwrap().recv();
                        let Ok(job) = job else { break };
                        // An error means that nobody reads any more.
                        let _ = results.send(work(job));
                    }
                })
            })
            .collect();
        (Self { jobs, workers }, receiver)
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
    let reader = thread::spawn(|| results.into_iter().collect::<Vec<u64>>());
    for n in 1..=20 {
        pool.submit(n);
    }
    pool.shutdown();
    let mut squares = reader.join().expect("it does not panic");
    squares.sort();
    println!("{squares:?}");
}
// ANCHOR_END: main
