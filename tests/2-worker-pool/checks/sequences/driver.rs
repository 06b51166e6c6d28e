//! Runs a sequence on a pool, and notes what can be observed.

use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use harness::{Polling, Telling, block_on_paused};
use real_tokio::sync::mpsc::error::TryRecvError;
use real_tokio::sync::oneshot;
use real_tokio::time::sleep;
use real_tokio_util::sync::CancellationToken;
use worker_pool::{JobPanicked, Rejected, WorkerPool};

use super::events::{Event, Fate};
use super::jobs::{End, Job, Running, Shared, lock, message};
use super::model::{self, Observed, Results, Shutdown, Submit};

/// How often the pool is looked at before it counts as restless.
const MAX_ROUNDS: usize = 100;

pub fn run(workers: &usize, events: &[Event], telling: &Telling) -> Result<(), String> {
    let plural = if *workers == 1 { "" } else { "s" };
    telling.setting(format!("a pool with {workers} worker{plural}"));
    block_on_paused(async {
        let mut driver = Driver::new(*workers);
        for event in events {
            driver.event(*event, telling).await?;
        }
        driver.finish(telling).await
    })
}

type Submitting = Woken<Result<(), Rejected<Job>>>;

struct Driver {
    book: Shared,
    cancel: CancellationToken,
    pool: Option<Arc<WorkerPool<Job>>>,
    results: Option<worker_pool::Results<usize>>,
    /// Those that wait, each with the number of its job.
    submits: Vec<(usize, Submitting)>,
    shutdown: Option<Woken<()>>,
}

/// A future that is polled only when the waker of its last poll was woken.
struct Woken<T> {
    future: Polling<'static, T>,
    polled: bool,
}

impl<T> Woken<T> {
    fn new(future: impl Future<Output = T> + 'static) -> Self {
        Self { future: Polling::new(future), polled: false }
    }

    /// From now on, another task polls it.
    fn moves(&mut self) -> Option<T> {
        self.polled = true;
        ready(self.future.poll_with_new_waker())
    }

    fn poll(&mut self) -> Option<T> {
        if self.polled && !self.future.was_woken() {
            return None;
        }
        self.polled = true;
        ready(self.future.poll())
    }
}

fn ready<T>(poll: Poll<T>) -> Option<T> {
    match poll {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

impl Driver {
    fn new(workers: usize) -> Self {
        let book = Shared::default();
        lock(&book).observed.workers = workers;
        let cancel = CancellationToken::new();
        let work = |job: Job| {
            let job = Running::new(job);
            if job.0.fate == Fate::PanicsInTheCall {
                job.end(End::Panics);
                unreachable!("it has panicked");
            }
            async move {
                let mut job = job;
                let end = match job.0.fate {
                    Fate::Waits => (&mut job.0.gate).await.unwrap_or(End::Returns),
                    _ => End::Returns,
                };
                job.end(end)
            }
        };
        let workers = NonZeroUsize::new(workers).expect("there is a worker");
        let (pool, results) = WorkerPool::start(workers, cancel.clone(), work);
        Self {
            book,
            cancel,
            pool: Some(Arc::new(pool)),
            results: Some(results),
            submits: Vec::new(),
            shutdown: None,
        }
    }

    /// Does what an event says, if there is something for it to act on, brings the pool to rest, and
    /// looks at it.
    async fn event(&mut self, event: Event, telling: &Telling) -> Result<(), String> {
        let before = {
            let mut book = lock(&self.book);
            book.observed.now += 1;
            book.observed.peak = book.running;
            book.observed.clone()
        };
        let now = before.now;
        let pick =
            |which: usize, from: &[usize]| (!from.is_empty()).then(|| from[which % from.len()]);
        match event {
            Event::Submit(fate) => {
                let Some(pool) = self.pool.clone() else { return Ok(()) };
                let id = before.jobs.len();
                let what = match fate {
                    Fate::Waits => "",
                    Fate::ReturnsAtOnce => ", which returns at once",
                    Fate::PanicsInTheCall => ", for which the call of `work` panics",
                };
                telling.tell(format!("submit job {id}{what}"));
                let (gate, job_gate) = oneshot::channel();
                {
                    let mut book = lock(&self.book);
                    let job = model::Job { submitted: now, exists: true, ..Default::default() };
                    book.observed.jobs.push(job);
                    book.gates.push(Some(gate));
                }
                let job = Job { id, fate, gate: job_gate, book: self.book.clone() };
                let submit = async move { pool.submit(job).await };
                self.submits.push((id, Woken::new(submit)));
            }
            Event::DropSubmit(which) | Event::MoveSubmit(which) => {
                let Some(at) = pick(which, &(0..self.submits.len()).collect::<Vec<_>>()) else {
                    return Ok(());
                };
                let id = self.submits[at].0;
                if matches!(event, Event::DropSubmit(_)) {
                    telling.tell(format!("drop the `submit` of job {id}, which waits"));
                    drop(self.submits.remove(at));
                    lock(&self.book).observed.jobs[id].submit = Submit::Dropped;
                } else {
                    telling.tell(format!("another task polls the `submit` of job {id}"));
                    if let Some(result) = self.submits[at].1.moves() {
                        self.submits.remove(at);
                        self.submitted(id, result)?;
                    }
                }
            }
            Event::Return(which) | Event::Panic(which) => {
                let running: Vec<usize> = (0..before.jobs.len())
                    .filter(|&id| before.jobs[id].started.is_some() && before.jobs[id].exists)
                    .collect();
                let Some(id) = pick(which, &running) else { return Ok(()) };
                let Some(gate) = lock(&self.book).gates[id].take() else { return Ok(()) };
                let (end, what) = match event {
                    Event::Return(_) => (End::Returns, "returns"),
                    _ => (End::Panics, "panics"),
                };
                telling.tell(format!("job {id} {what}"));
                // Without a receiver, the job has been dropped, which shows when the pool is looked at.
                let _ = gate.send(end);
            }
            Event::ReadResult => {
                if self.results.is_none() {
                    return Ok(());
                }
                telling.tell("read a result");
                self.read(telling)?;
            }
            Event::Cancel => {
                if before.cancelled.is_some() {
                    return Ok(());
                }
                telling.tell("cancel");
                lock(&self.book).observed.cancelled = Some(now);
                self.cancel.cancel();
            }
            Event::Shutdown | Event::DropPool => {
                // A `submit` borrows the pool, so none is left when the pool is given away.
                if self.pool.is_none() || !self.submits.is_empty() {
                    return Ok(());
                }
                let pool = self.pool.take().and_then(Arc::into_inner).expect("nobody else has it");
                lock(&self.book).observed.closed = Some(now);
                if matches!(event, Event::Shutdown) {
                    telling.tell("call `shutdown`");
                    lock(&self.book).observed.shutdown = Some(Shutdown::Waits);
                    self.shutdown = Some(Woken::new(pool.shutdown()));
                } else {
                    telling.tell("drop the pool");
                    drop(pool);
                }
            }
            Event::MoveShutdown => {
                let Some(shutdown) = &mut self.shutdown else { return Ok(()) };
                telling.tell("another task polls the `shutdown`");
                if shutdown.moves().is_some() {
                    self.shut_down();
                }
            }
            Event::DropShutdown => {
                let Some(shutdown) = self.shutdown.take() else { return Ok(()) };
                telling.tell("drop the `shutdown` that waits");
                lock(&self.book).observed.shutdown = Some(Shutdown::Dropped);
                drop(shutdown);
            }
            Event::DropResults => {
                let Some(results) = self.results.take() else { return Ok(()) };
                telling.tell("drop the results");
                lock(&self.book).observed.results = Results::Dropped;
                drop(results);
            }
        };
        self.rest().await?;
        let mut book = lock(&self.book);
        if book.observed.cancelled.is_none() {
            book.observed.pool_cancels = self.cancel.is_cancelled();
            book.observed.note_what_is_sent();
        }
        tell_changes(&before, &book.observed, telling);
        book.observed.check()
    }

    /// Ends all jobs, reads all results, and shuts down: everything has to end.
    async fn finish(&mut self, telling: &Telling) -> Result<(), String> {
        loop {
            let observed = lock(&self.book).observed.clone();
            let runs = |id: &usize| {
                let job = &observed.jobs[*id];
                job.started.is_some() && job.exists && lock(&self.book).gates[*id].is_some()
            };
            let event = if (0..observed.jobs.len()).any(|id| runs(&id)) {
                let running = (0..observed.jobs.len())
                    .filter(|id| observed.jobs[*id].started.is_some() && observed.jobs[*id].exists);
                let first = running.enumerate().find(|(_, id)| runs(id));
                Event::Return(first.map_or(0, |(at, _)| at))
            } else if self.results.is_some()
                && observed.unread() > 0
                && observed.cancelled.is_none()
            {
                Event::ReadResult
            } else if self.pool.is_some() && self.submits.is_empty() {
                Event::Shutdown
            } else {
                break;
            };
            self.event(event, telling).await?;
        }
        while lock(&self.book).observed.results == Results::Open {
            let before = lock(&self.book).observed.clone();
            self.event(Event::ReadResult, telling).await?;
            let observed = lock(&self.book).observed.clone();
            let read = |observed: &Observed| observed.jobs.iter().filter(|job| job.read).count();
            if observed.results == Results::Open && read(&before) == read(&observed) {
                return Err("all is done, but the results do not end".to_owned());
            }
        }
        match lock(&self.book).observed.shutdown {
            Some(Shutdown::Waits) => Err("all is done, but `shutdown` does not return".to_owned()),
            _ => Ok(()),
        }
    }

    /// Lets everything run that can.
    async fn rest(&mut self) -> Result<(), String> {
        for _ in 0..MAX_ROUNDS {
            // The clock moves on only when no task can run.
            sleep(Duration::from_millis(1)).await;
            let mut ready = Vec::new();
            let mut polled = false;
            self.submits.retain_mut(|(id, submit)| {
                polled |= !submit.polled || submit.future.was_woken();
                match submit.poll() {
                    Some(result) => {
                        ready.push((*id, result));
                        false
                    }
                    None => true,
                }
            });
            for (id, result) in ready {
                self.submitted(id, result)?;
            }
            if let Some(shutdown) = &mut self.shutdown {
                polled |= !shutdown.polled || shutdown.future.was_woken();
                if shutdown.poll().is_some() {
                    self.shut_down();
                }
            }
            if !polled {
                return Ok(());
            }
        }
        Err("a `submit` or `shutdown` that waits wakes itself again and again".to_owned())
    }

    fn submitted(&mut self, id: usize, result: Result<(), Rejected<Job>>) -> Result<(), String> {
        let rejected = match &result {
            Ok(()) => None,
            Err(Rejected(job)) => Some(job.id),
        };
        // The job that came back is dropped here, and notes that it is.
        drop(result);
        let mut book = lock(&self.book);
        let now = book.observed.now;
        let job = &mut book.observed.jobs[id];
        match rejected {
            None => {
                job.submit = Submit::Accepted;
                job.accepted = Some(now);
            }
            Some(other) if other == id => job.submit = Submit::Rejected,
            Some(other) => {
                return Err(format!("the `submit` of job {id} returned job {other} in `Rejected`"));
            }
        }
        Ok(())
    }

    fn shut_down(&mut self) {
        self.shutdown = None;
        lock(&self.book).observed.shutdown = Some(Shutdown::Returned);
    }

    fn read(&mut self, telling: &Telling) -> Result<(), String> {
        let Some(results) = &mut self.results else { return Ok(()) };
        let result = results.try_recv();
        let mut book = lock(&self.book);
        let (id, panicked) = match result {
            Ok(Ok(id)) => (id, false),
            Ok(Err(JobPanicked { message: text })) => {
                let known = |id: &usize| text == message(*id);
                match (0..book.observed.jobs.len()).find(known) {
                    Some(id) => (id, true),
                    None => return Err(format!("a `JobPanicked` has the message {text:?}")),
                }
            }
            Err(TryRecvError::Empty) => {
                telling.saw("there is none");
                if book.observed.unread() > 0 && book.observed.cancelled.is_none() {
                    return Err("a job has ended, but its result cannot be read".to_owned());
                }
                return Ok(());
            }
            Err(TryRecvError::Disconnected) => {
                book.observed.results = Results::Ended;
                return Ok(());
            }
        };
        let jobs = &mut book.observed.jobs;
        let ended = jobs[id].ended;
        if ended.is_none() || jobs[id].panicked != panicked {
            let how = if panicked { "that it panicked" } else { "that it returned" };
            return Err(format!("the result of job {id} says {how}, and it did not"));
        }
        if jobs[id].read {
            return Err(format!("there is a second result of job {id}"));
        }
        jobs[id].read = true;
        let earlier =
            jobs.iter().position(|job| !job.read && job.sent.is_some() && job.sent < ended);
        if let Some(other) = earlier {
            return Err(format!(
                "the result of job {id} comes before that of job {other}, which had ended before it"
            ));
        }
        Ok(())
    }
}

fn tell_changes(before: &Observed, now: &Observed, telling: &Telling) {
    for (id, job) in now.jobs.iter().enumerate() {
        let old = before.jobs.get(id).cloned().unwrap_or_default();
        if job.submit != old.submit {
            match job.submit {
                Submit::Accepted => telling.saw("accepted"),
                Submit::Rejected => telling.saw(format!("job {id} is rejected")),
                Submit::Waits | Submit::Dropped => {}
            }
        } else if before.jobs.len() <= id && job.submit == Submit::Waits {
            telling.saw("`submit` waits");
        }
        if job.started.is_some() && old.started.is_none() {
            telling.saw(format!("job {id} starts"));
        }
        if job.read && !old.read {
            telling.saw(format!("the result of job {id}"));
        }
        if old.exists && !job.exists && job.ended.is_none() && job.submit == Submit::Accepted {
            telling.saw(format!("job {id} is dropped"));
        }
    }
    if now.shutdown == Some(Shutdown::Returned) && before.shutdown != now.shutdown {
        telling.saw("`shutdown` returns");
    }
    if now.results == Results::Ended && before.results != now.results {
        telling.saw("the results have ended");
    }
}
