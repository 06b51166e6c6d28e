// Two workers take jobs from a queue, and look again after each wait.

use std::collections::VecDeque;

use super::sync::{Arc, Condvar, Mutex};
use super::thread;

struct Queue {
    jobs: Mutex<VecDeque<u32>>,
    added: Condvar,
}

impl Queue {
    fn add(&self, job: u32) {
        self.jobs.lock().unwrap().push_back(job);
        self.added.notify_one();
    }

    fn take(&self) -> u32 {
        let mut jobs = self.jobs.lock().unwrap();
        while jobs.is_empty() {
            jobs = self.added.wait(jobs).unwrap();
        }
        jobs.pop_front().expect("a worker was woken, and there is no job")
    }
}

pub fn model() {
    let queue = Arc::new(Queue { jobs: Mutex::default(), added: Condvar::new() });
    let workers = ["worker 1", "worker 2"].map(|name| {
        let queue = Arc::clone(&queue);
        thread::spawn(name, move || queue.take())
    });
    queue.add(7);
    queue.add(8);
    let taken: u32 = workers.map(|worker| worker.join()).iter().sum();
    assert_eq!(taken, 15);
}
