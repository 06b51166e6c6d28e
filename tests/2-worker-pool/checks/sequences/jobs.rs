//! Jobs that wait for an event to end them, and note what becomes of them.

use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard};

use real_tokio::sync::oneshot;

use super::events::Fate;
use super::model::Observed;

pub type Shared = Arc<Mutex<Book>>;

/// What the jobs note.
#[derive(Default)]
pub struct Book {
    pub observed: Observed,
    pub running: usize,
    /// What the running jobs wait for, by the job's number.
    pub gates: Vec<Option<oneshot::Sender<End>>>,
}

#[derive(Clone, Copy, PartialEq)]
pub enum End {
    Returns,
    Panics,
}

pub fn lock(book: &Shared) -> MutexGuard<'_, Book> {
    book.lock().expect("no code of the answer runs under this lock")
}

pub struct Job {
    pub id: usize,
    pub fate: Fate,
    pub gate: oneshot::Receiver<End>,
    pub book: Shared,
}

impl Drop for Job {
    fn drop(&mut self) {
        lock(&self.book).observed.jobs[self.id].exists = false;
    }
}

/// A job that runs, until it is dropped.
pub struct Running(pub Job);

impl Running {
    pub fn new(job: Job) -> Self {
        let mut book = lock(&job.book);
        book.running += 1;
        let now = book.observed.now;
        book.observed.jobs[job.id].started = Some(now);
        book.observed.peak = book.observed.peak.max(book.running);
        drop(book);
        Self(job)
    }

    pub fn end(self, end: End) -> usize {
        let id = self.0.id;
        let mut book = lock(&self.0.book);
        let now = book.observed.now;
        let job = &mut book.observed.jobs[id];
        job.ended = Some(now);
        job.panicked = end == End::Panics;
        drop(book);
        drop(self);
        match end {
            End::Returns => id,
            // The panic hook, which reports panics as failures, does not see this one.
            End::Panics => resume_unwind(Box::new(message(id))),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        lock(&self.0.book).running -= 1;
    }
}

pub fn message(id: usize) -> String {
    format!("job {id} panics")
}
