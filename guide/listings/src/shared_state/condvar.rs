// ANCHOR: all
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};
use std::thread;

#[derive(Default)]
struct Queue {
    jobs: Mutex<VecDeque<u32>>,
    arrived: Condvar,
}

impl Queue {
    fn put(&self, job: u32) {
        self.jobs.lock().unwrap().push_back(job);
        self.arrived.notify_one();
    }

    fn take(&self) -> u32 {
        let jobs = self.jobs.lock().unwrap();
        let mut jobs = self.arrived.wait_while(jobs, |jobs| jobs.is_empty()).unwrap();
        jobs.pop_front().expect("it is not empty")
    }
}

fn main() {
    let queue = Queue::default();
    thread::scope(|scope| {
        let worker = scope.spawn(|| (0..3).map(|_| queue.take()).collect::<Vec<_>>());
        for job in [7, 8, 9] {
            queue.put(job);
        }
        println!("{:?}", worker.join().unwrap());
    });
}
// ANCHOR_END: all
