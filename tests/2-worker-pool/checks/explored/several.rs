//! Calls and events on several tasks at once, chosen by the seed. When nothing moves any more, what was observed is
//! held against the model of the sequences.
//!
//! No job panics here. On shuttle, a panic that leaves a task fails the whole run, so an answer that reads it from a
//! `JoinError` would fail. It would not do to have jobs panic only for answers that call `catch_unwind`, either: all
//! tasks share one thread of the system, so where one is switched away from while it unwinds, `thread::panicking()` is
//! true for the others, too, and shuttle cannot tell any more which of two tasks unwinds. Panics are in the sequences.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard};

use explorer::seeded::timeline::Lane;
use explorer::seeded::{choose, pause, rest, switch_point, the_race_begins};
use harness::{Sample, check_seeded};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::model::spawn;
use crate::checks::ANSWER;
use crate::checks::sequences::model::{self, Observed, Results, Shutdown, Submit};
use crate::instrumented::{self, Rejected, WorkerPool};

/// More rounds than it takes to end all jobs one after the other.
const MAX_ROUNDS: usize = 30;

#[test]
fn calls_may_come_from_several_tasks_under_many_schedules() {
    let text = "calls on several tasks, not the same under each seed";
    check_seeded(ANSWER, Sample { text, schedules: 1_200 }, || async {
        let mut world = World::new(1 + choose(0..2));
        the_race_begins();
        let callers = ["caller A", "caller B"];
        for name in callers.into_iter().take(1 + choose(0..2)) {
            world.caller(name, 1 + choose(0..3));
        }
        world.ends_and_reads();
        world.check_at_rest();
        the_race_begins();
        world.ends_and_reads();
        world.something_else();
        world.check_at_rest();
        world.finish();
    });
}

type Pool = WorkerPool<Job>;
type Channel = instrumented::Results<usize>;

/// What the tasks share.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    observed: Observed,
    running: usize,
    /// What jobs wait for, by their numbers.
    gates: Vec<Option<oneshot::Sender<()>>>,
    results: Option<Channel>,
}

impl Shared {
    /// No code of the answer runs under this lock.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().expect("nothing panics under it")
    }
}

impl Book {
    /// The number of an event that happens now.
    fn event(&mut self) -> usize {
        self.observed.now += 1;
        self.observed.now
    }
}

struct Job {
    id: usize,
    gate: Option<oneshot::Receiver<()>>,
    shared: Shared,
}

impl Drop for Job {
    fn drop(&mut self) {
        switch_point();
        self.shared.book().observed.jobs[self.id].exists = false;
    }
}

/// A job that runs, until it ends or is dropped.
struct Running {
    job: Job,
    ended: bool,
}

impl Running {
    fn new(job: Job) -> Self {
        switch_point();
        let mut book = job.shared.book();
        let now = book.event();
        book.running += 1;
        let running = book.running;
        book.observed.peak = book.observed.peak.max(running);
        book.observed.jobs[job.id].started = Some(now);
        drop(book);
        Lane::new("jobs").note(format!("job {} starts", job.id));
        Self { job, ended: false }
    }

    fn end(mut self) -> usize {
        switch_point();
        Lane::new("jobs").note(format!("job {} ends", self.job.id));
        let mut book = self.job.shared.book();
        let now = book.event();
        book.observed.jobs[self.job.id].ended = Some(now);
        drop(book);
        self.ended = true;
        self.job.id
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.job.shared.book().running -= 1;
        if !self.ended {
            Lane::new("jobs").note(format!("job {} is dropped", self.job.id));
        }
    }
}

struct World {
    shared: Shared,
    cancel: CancellationToken,
    pool: Option<Arc<Pool>>,
    /// Whether the pool has been at rest since the cancel.
    cancel_was_seen: bool,
}

impl World {
    fn new(workers: usize) -> Self {
        let shared = Shared::default();
        let main = Lane::new("main");
        main.note(format!(
            "starts a pool with {workers} worker{}",
            if workers == 1 { "" } else { "s" }
        ));
        let cancel = CancellationToken::new();
        let count = NonZeroUsize::new(workers).expect("there is a worker");
        let (pool, results) = WorkerPool::start(count, cancel.clone(), |job: Job| {
            let mut running = Running::new(job);
            async move {
                if let Some(gate) = &mut running.job.gate {
                    let _ = gate.await;
                }
                running.end()
            }
        });
        {
            let mut book = shared.book();
            book.observed.workers = workers;
            book.results = Some(results);
        }
        Self { shared, cancel, pool: Some(Arc::new(pool)), cancel_was_seen: false }
    }

    /// Spawns a task that submits this many jobs, and waits for each `submit`, or drops it after a while.
    fn caller(&self, name: &str, jobs: usize) {
        let Some(pool) = self.pool.clone() else { return };
        let (shared, lane) = (self.shared.clone(), Lane::new(name));
        spawn(async move {
            for _ in 0..jobs {
                submit(&shared, &lane, &pool).await;
            }
        });
    }

    /// Spawns a task that lets some jobs end, and one that reads some results.
    fn ends_and_reads(&self) {
        let (shared, ends) = (self.shared.clone(), choose(0..4));
        spawn(async move {
            for _ in 0..ends {
                pause().await;
                shared.end_a_job();
            }
        });
        let (shared, reads) = (self.shared.clone(), choose(0..4));
        spawn(async move {
            let lane = Lane::new("reader");
            for _ in 0..reads {
                pause().await;
                shared.read(&lane);
            }
        });
    }

    /// Spawns a task that does what happens once to a pool, or nothing.
    fn something_else(&mut self) {
        let (shared, cancel) = (self.shared.clone(), self.cancel.clone());
        match choose(0..6) {
            0 => {
                self.caller("caller C", 1 + choose(0..2));
                spawn(async move {
                    pause().await;
                    let lane = Lane::new("canceller");
                    lane.note("cancels");
                    cancel.cancel();
                    let mut book = shared.book();
                    let now = book.event();
                    book.observed.cancelled = Some(now);
                });
            }
            1 => {
                spawn(async move {
                    pause().await;
                    let Some(results) = shared.book().results.take() else { return };
                    Lane::new("reader").note("drops the results");
                    drop(results);
                    shared.book().observed.results = Results::Dropped;
                });
            }
            2 => self.shut_down(choose(0..2) == 0),
            3 => {
                let Some(pool) = self.take_pool() else { return };
                spawn(async move {
                    pause().await;
                    Lane::new("main").note("drops the pool");
                    drop(pool);
                    let mut book = shared.book();
                    let now = book.event();
                    book.observed.closed = Some(now);
                });
            }
            _ => self.caller("caller C", 1 + choose(0..3)),
        }
    }

    /// The pool, unless a caller still has it.
    fn take_pool(&mut self) -> Option<Pool> {
        match Arc::try_unwrap(self.pool.take()?) {
            Ok(pool) => Some(pool),
            Err(shared) => {
                self.pool = Some(shared);
                None
            }
        }
    }

    /// Spawns a task that calls `shutdown`, and may drop it before it returns.
    fn shut_down(&mut self, dropped: bool) {
        let Some(pool) = self.take_pool() else { return };
        let shared = self.shared.clone();
        {
            let mut book = shared.book();
            let now = book.event();
            book.observed.closed = Some(now);
            book.observed.shutdown = Some(Shutdown::Waits);
        }
        spawn(async move {
            let lane = Lane::new("closer");
            lane.note("calls shutdown");
            let shutdown = pool.shutdown();
            if dropped {
                let returned = tokio::select! {
                    biased;
                    () = shutdown => true,
                    () = pause() => false,
                };
                if !returned {
                    lane.note("drops the future of shutdown");
                    shared.book().observed.shutdown = Some(Shutdown::Dropped);
                    return;
                }
            } else {
                shutdown.await;
            }
            lane.note("shutdown returns");
            shared.book().observed.shutdown = Some(Shutdown::Returned);
        });
    }

    fn check_at_rest(&mut self) {
        rest();
        let mut book = self.shared.book();
        if book.observed.cancelled.is_none() {
            book.observed.note_what_is_sent();
        } else if !self.cancel_was_seen {
            self.cancel_was_seen = true;
            // A worker that has not seen the cancel yet may start a job. From now on, none may.
            book.observed.jobs.iter_mut().for_each(|job| job.started = job.started.map(|_| 0));
        }
        let observed = book.observed.clone();
        drop(book);
        if let Err(wrong) = observed.check() {
            panic!("{wrong}");
        }
    }

    /// Ends all jobs, reads all results and shuts down: then all is over.
    fn finish(&mut self) {
        let reader = Lane::new("reader");
        for _ in 0..MAX_ROUNDS {
            while self.shared.end_a_job() {}
            self.check_at_rest();
            while self.shared.read(&reader) {}
            self.check_at_rest();
            let all_ended =
                self.shared.book().observed.jobs.iter().all(|job| job.submit != Submit::Waits);
            if all_ended {
                self.shut_down(false);
            }
            let observed = self.shared.book().observed.clone();
            let closed = self.pool.is_none() && observed.shutdown != Some(Shutdown::Waits);
            let has_jobs = observed.jobs.iter().any(|job| job.exists);
            if closed && !has_jobs && observed.results != Results::Open {
                return;
            }
        }
        panic!(
            "every job may end and every result was read, but the results do not end, or a job is left"
        );
    }
}

async fn submit(shared: &Shared, lane: &Lane, pool: &Pool) {
    let (opens, gate) = oneshot::channel();
    let waits = choose(0..3) > 0;
    let id = {
        let mut book = shared.book();
        let submitted = book.event();
        book.gates.push(waits.then_some(opens));
        book.observed.jobs.push(model::Job { submitted, exists: true, ..Default::default() });
        book.observed.jobs.len() - 1
    };
    lane.note(format!("submits job {id}"));
    let job = Job { id, gate: waits.then_some(gate), shared: shared.clone() };
    let mut call = Box::pin(pool.submit(job));
    let result = match choose(0..4) {
        0 => tokio::select! {
            biased;
            result = &mut call => Some(result),
            () = pause() => None,
        },
        _ => Some(call.as_mut().await),
    };
    drop(call);
    let submit = match &result {
        Some(Ok(())) => Submit::Accepted,
        Some(Err(Rejected(job))) => {
            assert!(job.id == id, "`submit` of job {id} returned job {}", job.id);
            Submit::Rejected
        }
        None => Submit::Dropped,
    };
    lane.note(match submit {
        Submit::Accepted => format!("job {id} is accepted"),
        Submit::Rejected => format!("job {id} is rejected"),
        _ => format!("drops its submit of job {id}"),
    });
    drop(result);
    let mut book = shared.book();
    let now = book.event();
    let job = &mut book.observed.jobs[id];
    job.submit = submit;
    job.accepted = (submit == Submit::Accepted).then_some(now);
}

impl Shared {
    /// Lets a job end that runs; returns whether there was one.
    fn end_a_job(&self) -> bool {
        let (id, gate) = {
            let mut book = self.book();
            let runs = |job: &model::Job| job.started.is_some() && job.exists;
            let running = (0..book.gates.len())
                .filter(|&id| runs(&book.observed.jobs[id]) && book.gates[id].is_some());
            let running: Vec<usize> = running.collect();
            let Some(&id) = running.get(choose(0..running.len().max(1))) else { return false };
            (id, book.gates[id].take())
        };
        Lane::new("jobs").note(format!("job {id} may end"));
        let _ = gate.expect("it has one").send(());
        true
    }

    /// Reads a result, if there is one; returns whether there was.
    fn read(&self, lane: &Lane) -> bool {
        let Some(mut results) = self.book().results.take() else { return false };
        let result = results.try_recv();
        let mut book = self.book();
        book.results = Some(results);
        let id = match result {
            Ok(Ok(id)) => id,
            Ok(Err(panic)) => {
                drop(book);
                panic!("a result is `JobPanicked` ({:?}), but no job panicked", panic.message)
            }
            Err(TryRecvError::Empty) => return false,
            Err(TryRecvError::Disconnected) => {
                book.observed.results = Results::Ended;
                drop(book);
                lane.note("sees the results end");
                return false;
            }
        };
        let again = std::mem::replace(&mut book.observed.jobs[id].read, true);
        drop(book);
        assert!(!again, "there is a second result of job {id}");
        lane.note(format!("reads the result of job {id}"));
        true
    }
}
