//! The pool under many schedules of small models, with a timeline of what they do.

#![allow(clippy::drop_non_drop, reason = "an answer's pool may do without a destructor")]

use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};

use explorer::seeded::timeline::Lane;
use explorer::seeded::{pause, switch_point, the_race_begins};
use harness::{Sample, check_seeded};
use tokio::sync::{Notify, Semaphore};
use tokio::task::{JoinHandle, spawn, yield_now};
use tokio_util::sync::CancellationToken;

use super::ANSWER;
use crate::explored::{Rejected, Results, WorkerPool};

/// As many schedules as find each wrong answer that we know of many times over.
fn sample(text: &'static str) -> Sample {
    Sample { text, schedules: 1_500 }
}

/// A job: its number, and the model that it is of.
#[derive(Debug)]
struct Job {
    id: u32,
    model: Model,
}

impl Drop for Job {
    fn drop(&mut self) {
        // To drop a job may take a while.
        switch_point();
        self.model.state().gone.push(self.id);
        self.model.job_gone.notify_one();
    }
}

/// What happens in a model, written down and added up.
#[derive(Clone, Debug)]
struct Model {
    state: Arc<Mutex<State>>,
    workers: usize,
    job_gone: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    accepted: Vec<u32>,
    started: Vec<u32>,
    /// Who works on what: a slot for each worker, and more if the pool lets more run.
    slots: Vec<Option<u32>>,
    ended: Vec<u32>,
    /// Jobs of which nothing is left.
    gone: Vec<u32>,
    read: Vec<u32>,
}

/// A job that runs, in its slot.
struct Running {
    job: Job,
    slot: usize,
    ended: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.job.model.state().slots[self.slot] = None;
        if !self.ended {
            worker(self.slot).note(format!("drops job {} as it runs", self.job.id));
        }
    }
}

fn worker(slot: usize) -> Lane {
    Lane::new(format!("worker {}", slot + 1))
}

/// What a job does, by its number, before it ends.
type Work = dyn Fn(u32) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

impl Model {
    /// A model of so many workers.
    fn new(workers: usize) -> Self {
        let (state, job_gone) = Default::default();
        Self { state, workers, job_gone }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics under it")
    }

    fn job(&self, id: u32) -> Job {
        Job { id, model: self.clone() }
    }

    /// Starts a pool, each of whose jobs does `work` and then ends, with its number.
    fn pool<Fut>(
        &self,
        cancel: &CancellationToken,
        work: impl Fn(u32) -> Fut + Send + Sync + 'static,
    ) -> (WorkerPool<Job>, Results<u32>)
    where
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.pool_of_one_type(cancel, Box::new(move |id| Box::pin(work(id))))
    }

    /// The answer is compiled once, and not for the work of each model.
    fn pool_of_one_type(
        &self,
        cancel: &CancellationToken,
        work: Box<Work>,
    ) -> (WorkerPool<Job>, Results<u32>) {
        let model = self.clone();
        let workers = NonZeroUsize::new(self.workers).expect("it is not zero");
        WorkerPool::start(workers, cancel.clone(), move |job| {
            let mut running = model.start(job);
            let work = work(running.job.id);
            async move {
                work.await;
                running.end()
            }
        })
    }

    fn start(&self, job: Job) -> Running {
        // Here a worker may be in the middle of its step, if nothing keeps others off.
        switch_point();
        let mut state = self.state();
        let free = state.slots.iter().position(Option::is_none);
        let slot = free.unwrap_or_else(|| {
            state.slots.push(None);
            state.slots.len() - 1
        });
        state.slots[slot] = Some(job.id);
        state.started.push(job.id);
        let at_once = state.slots.iter().flatten().count();
        drop(state);
        worker(slot).note(format!("starts job {}", job.id));
        assert!(
            at_once <= self.workers,
            "{at_once} jobs run at once, and there are no more than {} workers",
            self.workers
        );
        switch_point();
        Running { job, slot, ended: false }
    }

    /// Hands in a job, on the lane of its caller. Returns whether it was accepted.
    async fn submit(&self, lane: &Lane, pool: &WorkerPool<Job>, id: u32) -> bool {
        let submit = pool.submit(self.job(id));
        let stuck = format!("`submit` of job {id} never returns");
        match lane.call(format!("submits job {id}"), stuck, submit).await {
            Ok(()) => {
                self.state().accepted.push(id);
                lane.note(format!("job {id} is accepted"));
                true
            }
            Err(Rejected(job)) => {
                assert!(job.id == id, "job {id} is rejected, and job {} comes back", job.id);
                lane.note(format!("job {id} is rejected"));
                false
            }
        }
    }

    /// A caller of its own, who hands in these jobs one after the other.
    fn caller(
        &self,
        name: &str,
        pool: &Arc<WorkerPool<Job>>,
        ids: impl IntoIterator<Item = u32> + Send + 'static,
    ) -> JoinHandle<()> {
        let (model, lane, pool) = (self.clone(), Lane::new(name), pool.clone());
        let ids: Vec<u32> = ids.into_iter().collect();
        spawn(async move {
            for id in ids {
                model.submit(&lane, &pool, id).await;
            }
        })
    }

    /// Reads the results to their end, by which no accepted job may be left.
    fn reader(&self, mut results: Results<u32>) -> JoinHandle<()> {
        let (model, lane) = (self.clone(), Lane::new("reader"));
        spawn(async move {
            loop {
                let waiting = lane.wait("no result comes, and no end of them");
                let result = results.recv().await;
                drop(waiting);
                let Some(result) = result else { break };
                let id = result.unwrap_or_else(|panic| panic!("a job panics: {}", panic.message));
                model.state().read.push(id);
                lane.note(format!("reads the result of job {id}"));
            }
            lane.note("sees the end of the results");
            model.assert_no_job_is_left();
        })
    }

    /// In the end, every accepted job has had one result, and no other job has one.
    fn assert_all_have_results(&self) {
        let state = self.state();
        for id in &state.accepted {
            let results = state.read.iter().filter(|read| *read == id).count();
            assert!(results == 1, "job {id} was accepted, and it has {}", count(results));
        }
        self.assert_results_are_of_accepted(&state);
    }

    fn assert_results_are_of_accepted(&self, state: &State) {
        for id in &state.read {
            assert!(state.accepted.contains(id), "job {id} was not accepted, and it has a result");
        }
    }

    /// Once it is over, nothing is left of any accepted job.
    fn assert_no_job_is_left(&self) {
        let state = self.state();
        for id in &state.accepted {
            assert!(state.gone.contains(id), "it is over, and job {id} is still there");
        }
    }

    /// In the end, no job has two results, only accepted ones have any, and none is left.
    fn assert_nothing_is_left(&self) {
        let state = self.state();
        for id in &state.accepted {
            let results = state.read.iter().filter(|read| *read == id).count();
            assert!(results <= 1, "job {id} has {}", count(results));
        }
        self.assert_results_are_of_accepted(&state);
        drop(state);
        self.assert_no_job_is_left();
    }
}

/// Where jobs wait until there are two of them.
#[derive(Default)]
struct Meeting {
    arrived: Mutex<usize>,
    somebody: Notify,
}

impl Meeting {
    async fn wait_for_another(&self) {
        let arrived = || *self.arrived.lock().expect("nothing panics under it");
        let before = arrived();
        *self.arrived.lock().expect("nothing panics under it") += 1;
        self.somebody.notify_waiters();
        loop {
            let somebody = self.somebody.notified();
            if arrived() >= before / 2 * 2 + 2 {
                return;
            }
            somebody.await;
        }
    }
}

fn count(results: usize) -> String {
    match results {
        0 => "no result".to_owned(),
        1 => "one result".to_owned(),
        n => format!("{n} results"),
    }
}

impl Running {
    fn end(&mut self) -> u32 {
        switch_point();
        self.ended = true;
        worker(self.slot).note(format!("ends job {}", self.job.id));
        self.job.model.state().ended.push(self.job.id);
        self.job.id
    }
}

/// Shuts a pool down, once no caller has it any more.
async fn shut_down(lane: &Lane, pool: Arc<WorkerPool<Job>>) {
    let pool = Arc::into_inner(pool).expect("its callers are done");
    lane.call("calls shutdown", "`shutdown` never returns", pool.shutdown()).await;
    lane.note("shutdown returns");
}

async fn join(tasks: impl IntoIterator<Item = JoinHandle<()>>) {
    for task in tasks {
        task.await.expect("a panic ends the model");
    }
}

#[test]
fn every_job_has_its_result_under_many_schedules() {
    check_seeded(ANSWER, sample("two workers, two callers with two jobs each"), || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let (pool, results) = model.pool(&CancellationToken::new(), |_| yield_now());
        let pool = Arc::new(pool);
        let reader = model.reader(results);
        join([model.caller("caller A", &pool, 1..3), model.caller("caller B", &pool, 3..5)]).await;
        shut_down(&main, pool).await;
        join([reader]).await;
        model.assert_all_have_results();
    });
}

#[test]
fn jobs_start_in_order_under_many_schedules() {
    // Of two workers, one may be held up between taking a job and starting it.
    let sample = Sample { schedules: 3_000, ..sample("one worker, and one caller with five jobs") };
    check_seeded(ANSWER, sample, || async {
        let model = Model::new(1);
        let main = Lane::new("main");
        let (pool, results) = model.pool(&CancellationToken::new(), |_| yield_now());
        let reader = model.reader(results);
        for id in 1..6 {
            model.submit(&main, &pool, id).await;
        }
        shut_down(&main, Arc::new(pool)).await;
        join([reader]).await;
        let started = model.state().started.clone();
        assert!(started == [1, 2, 3, 4, 5], "jobs 1 to 5 were accepted, and start as {started:?}");
    });
}

#[test]
fn all_workers_work_under_many_schedules() {
    check_seeded(ANSWER, sample("two workers, and jobs that end in pairs"), || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let meeting = Arc::new(Meeting::default());
        let (pool, results) = model.pool(&CancellationToken::new(), move |id| {
            let meeting = meeting.clone();
            async move {
                let _waiting =
                    Lane::new(format!("job {id}")).wait("no other job comes to run beside it");
                meeting.wait_for_another().await;
            }
        });
        let reader = model.reader(results);
        for id in 1..5 {
            model.submit(&main, &pool, id).await;
        }
        shut_down(&main, Arc::new(pool)).await;
        join([reader]).await;
        model.assert_all_have_results();
    });
}

#[test]
fn the_queue_takes_no_more_than_it_holds_under_many_schedules() {
    check_seeded(
        ANSWER,
        sample("one worker that is busy, room for two, and three callers"),
        || async {
            let model = Model::new(1);
            let main = Lane::new("main");
            let gate = Arc::new(Semaphore::new(0));
            let started = Arc::new(Notify::new());
            let (closed, begun) = (gate.clone(), started.clone());
            let (pool, results) = model.pool(&CancellationToken::new(), move |_| {
                begun.notify_one();
                let closed = closed.clone();
                async move {
                    let _open = closed.acquire().await;
                }
            });
            let pool = Arc::new(pool);
            let reader = model.reader(results);
            model.submit(&main, &pool, 1).await;
            started.notified().await;
            the_race_begins();
            let callers = [2, 3, 4].map(|id| model.caller(&format!("caller {id}"), &pool, [id]));
            pause().await;
            let accepted = model.state().accepted.len() - 1;
            assert!(accepted <= 2, "the worker is busy, and {accepted} more jobs were accepted");
            main.note("lets the jobs go on");
            gate.close();
            join(callers).await;
            shut_down(&main, pool).await;
            join([reader]).await;
            model.assert_all_have_results();
        },
    );
}

#[test]
fn a_result_does_not_wait_for_other_jobs_under_many_schedules() {
    check_seeded(ANSWER, sample("job 1 goes on when the result of job 2 was read"), || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let read = Arc::new(Notify::new());
        let wait_for_it = read.clone();
        let (pool, mut results) = model.pool(&CancellationToken::new(), move |id| {
            let read = wait_for_it.clone();
            async move {
                if id == 1 {
                    let _waiting = Lane::new("job 1").wait("the result of job 2 is never read");
                    read.notified().await;
                }
            }
        });
        model.submit(&main, &pool, 1).await;
        model.submit(&main, &pool, 2).await;
        for expected in [2, 1] {
            let result = main.call("reads a result", "no result comes", results.recv()).await;
            let id = result.and_then(Result::ok);
            assert!(id == Some(expected), "instead of job {expected}, the result is of {id:?}");
            main.note(format!("has the result of job {expected}"));
            read.notify_one();
        }
        shut_down(&main, Arc::new(pool)).await;
    });
}

#[test]
fn shutdown_returns_after_the_last_result_under_many_schedules() {
    check_seeded(
        ANSWER,
        sample("two workers, two jobs; results are read after shutdown"),
        || async {
            let model = Model::new(2);
            let main = Lane::new("main");
            let (pool, mut results) = model.pool(&CancellationToken::new(), |_| yield_now());
            for id in [1, 2] {
                model.submit(&main, &pool, id).await;
            }
            the_race_begins();
            shut_down(&main, Arc::new(pool)).await;
            for _ in 0..2 {
                let sent = results.try_recv();
                assert!(sent.is_ok(), "shutdown has returned, and a result is not there yet");
                main.note("reads a result");
            }
            let end = main.call("reads on", "the results do not end", results.recv()).await;
            assert!(end.is_none(), "two jobs, and a third result");
        },
    );
}

#[test]
fn an_idle_pool_works_and_ends_under_many_schedules() {
    check_seeded(ANSWER, sample("two workers, now and then a job for one of them"), || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let (pool, mut results) = model.pool(&CancellationToken::new(), |_| yield_now());
        for id in [1, 2] {
            the_race_begins();
            model.submit(&main, &pool, id).await;
            let result = main.call("reads a result", "no result comes", results.recv()).await;
            let read = result.and_then(Result::ok);
            assert!(read == Some(id), "instead of job {id}, the result is of {read:?}");
        }
        the_race_begins();
        shut_down(&main, Arc::new(pool)).await;
        let end = main.call("reads on", "the results do not end", results.recv()).await;
        assert!(end.is_none(), "two jobs, and a third result");
    });
}

#[test]
fn an_idle_pool_that_is_dropped_ends_under_many_schedules() {
    check_seeded(
        ANSWER,
        sample("two workers without a job, and a pool that is dropped"),
        || async {
            let model = Model::new(2);
            let main = Lane::new("main");
            let (pool, results) = model.pool(&CancellationToken::new(), |_| yield_now());
            the_race_begins();
            pause().await;
            main.note("drops the pool");
            drop(pool);
            join([model.reader(results)]).await;
        },
    );
}

#[test]
fn a_cancel_ends_an_idle_pool_under_many_schedules() {
    check_seeded(ANSWER, sample("two workers without a job, and a cancel"), || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let cancel = CancellationToken::new();
        let (pool, results) = model.pool(&cancel, |_| yield_now());
        the_race_begins();
        pause().await;
        main.note("cancels the pool");
        cancel.cancel();
        join([model.reader(results)]).await;
        shut_down(&main, Arc::new(pool)).await;
    });
}

#[test]
fn a_cancel_ends_it_all_under_many_schedules() {
    check_seeded(
        ANSWER,
        sample("one worker, two callers, and a cancel at some moment"),
        || async {
            let model = Model::new(1);
            let main = Lane::new("main");
            let cancel = CancellationToken::new();
            let (pool, results) = model.pool(&cancel, |_| yield_now());
            let pool = Arc::new(pool);
            let reader = model.reader(results);
            let callers =
                [model.caller("caller A", &pool, 1..4), model.caller("caller B", &pool, 4..6)];
            the_race_begins();
            pause().await;
            main.note("cancels the pool");
            cancel.cancel();
            join(callers).await;
            shut_down(&main, pool).await;
            model.assert_no_job_is_left();
            join([reader]).await;
            model.assert_nothing_is_left();
        },
    );
}

#[test]
fn a_submit_and_a_cancel_may_meet_under_many_schedules() {
    // What breaks does so between two steps that follow each other: that takes luck, and such
    // a small model is cheap.
    let sample = Sample { schedules: 10_000, ..sample("one idle worker, a job, and a cancel") };
    check_seeded(ANSWER, sample, || async {
        let model = Model::new(1);
        let main = Lane::new("main");
        let cancel = CancellationToken::new();
        let (pool, results) = model.pool(&cancel, |_| yield_now());
        let pool = Arc::new(pool);
        let reader = model.reader(results);
        let caller = model.caller("caller", &pool, [1]);
        // No pause: what is to meet are the first steps of both.
        the_race_begins();
        main.note("cancels the pool");
        cancel.cancel();
        join([caller, reader]).await;
        model.assert_nothing_is_left();
    });
}

#[test]
fn a_cancel_ends_it_all_although_nobody_reads() {
    check_seeded(ANSWER, sample("one worker, five jobs, nobody reads, and a cancel"), || async {
        let model = Model::new(1);
        let main = Lane::new("main");
        let cancel = CancellationToken::new();
        let (pool, results) = model.pool(&cancel, |_| yield_now());
        let pool = Arc::new(pool);
        let caller = model.caller("caller", &pool, 1..7);
        the_race_begins();
        pause().await;
        main.note("cancels the pool");
        cancel.cancel();
        join([caller]).await;
        shut_down(&main, pool).await;
        join([model.reader(results)]).await;
        model.assert_nothing_is_left();
    });
}

#[test]
fn a_shutdown_that_is_cancelled_returns_under_many_schedules() {
    check_seeded(
        ANSWER,
        sample("two workers with four jobs; a cancel while it shuts down"),
        || async {
            let model = Model::new(2);
            let main = Lane::new("main");
            let cancel = CancellationToken::new();
            let (pool, results) = model.pool(&cancel, |_| yield_now());
            for id in 1..5 {
                model.submit(&main, &pool, id).await;
            }
            let canceller = Lane::new("canceller");
            let reader = model.reader(results);
            let task = spawn(async move {
                pause().await;
                canceller.note("cancels the pool");
                cancel.cancel();
            });
            shut_down(&main, Arc::new(pool)).await;
            join([task, reader]).await;
            model.assert_nothing_is_left();
        },
    );
}

#[test]
fn a_dropped_submit_leaves_nothing_under_many_schedules() {
    check_seeded(
        ANSWER,
        Sample {
            schedules: 3_000,
            ..sample("one worker, a full queue, and two submits that are dropped")
        },
        || async {
            let model = Model::new(1);
            let main = Lane::new("main");
            let go_on = Arc::new(Semaphore::new(0));
            let gate = go_on.clone();
            let (pool, results) = model.pool(&CancellationToken::new(), move |_| {
                let gate = gate.clone();
                async move {
                    let _open = gate.acquire().await;
                }
            });
            let pool = Arc::new(pool);
            let reader = model.reader(results);
            for id in 1..4 {
                model.submit(&main, &pool, id).await;
            }
            let impatient = [8, 9].map(|id| {
                let (model, pool, lane) = (model.clone(), pool.clone(), Lane::new("impatient"));
                spawn(async move {
                    tokio::select! {
                        biased;
                        _ = model.submit(&lane, &pool, id) => {}
                        () = pause() => lane.note(format!("gives up on job {id}")),
                    }
                })
            });
            the_race_begins();
            main.note("lets the jobs go on");
            go_on.close();
            join(impatient).await;
            // All places are there again.
            for id in 4..8 {
                model.submit(&main, &pool, id).await;
            }
            shut_down(&main, pool).await;
            join([reader]).await;
            model.assert_all_have_results();
        },
    );
}

#[test]
fn dropped_results_stop_nothing_under_many_schedules() {
    check_seeded(ANSWER, sample("one worker, six jobs, and results that are dropped"), || async {
        let model = Model::new(1);
        let main = Lane::new("main");
        let (pool, mut results) = model.pool(&CancellationToken::new(), |_| yield_now());
        let pool = Arc::new(pool);
        let caller = model.caller("caller", &pool, 1..7);
        main.call("reads a result", "no result comes", results.recv()).await;
        main.note("drops the results");
        drop(results);
        join([caller]).await;
        shut_down(&main, pool).await;
        let ended = model.state().ended.len();
        assert!(ended == 6, "shutdown has returned, and of six jobs {ended} have ended");
    });
}

#[test]
fn a_dropped_pool_goes_on_under_many_schedules() {
    check_seeded(ANSWER, sample("two workers, four jobs, and a pool that is dropped"), || async {
        let model = Model::new(2);
        let main = Lane::new("main");
        let (pool, results) = model.pool(&CancellationToken::new(), |_| yield_now());
        for id in 1..5 {
            model.submit(&main, &pool, id).await;
        }
        the_race_begins();
        main.note("drops the pool");
        drop(pool);
        join([model.reader(results)]).await;
        model.assert_all_have_results();
    });
}

#[test]
fn a_dropped_shutdown_goes_on_under_many_schedules() {
    check_seeded(
        ANSWER,
        sample("two workers, four jobs, and a shutdown that is dropped"),
        || async {
            let model = Model::new(2);
            let main = Lane::new("main");
            let (pool, results) = model.pool(&CancellationToken::new(), |_| yield_now());
            for id in 1..5 {
                model.submit(&main, &pool, id).await;
            }
            main.note("calls shutdown");
            tokio::select! {
                biased;
                () = pool.shutdown() => main.note("shutdown returns"),
                () = pause() => main.note("drops the shutdown"),
            }
            join([model.reader(results)]).await;
            model.assert_all_have_results();
        },
    );
}

#[test]
fn a_cancel_reaches_jobs_of_a_dropped_pool_under_many_schedules() {
    check_seeded(
        ANSWER,
        sample("jobs without an end; pool and results dropped; a cancel"),
        || async {
            let model = Model::new(2);
            let main = Lane::new("main");
            let cancel = CancellationToken::new();
            let (pool, results) = model.pool(&cancel, |_| std::future::pending());
            for id in 1..4 {
                model.submit(&main, &pool, id).await;
            }
            main.note("drops pool and results");
            drop((pool, results));
            main.note("cancels the pool");
            cancel.cancel();
            while model.state().gone.len() < 3 {
                let gone = model.job_gone.notified();
                main.call("looks for jobs", "some jobs never go away", gone).await;
            }
        },
    );
}
