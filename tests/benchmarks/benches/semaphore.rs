//! Exercise 4: a semaphore, beside those of tokio and async-lock.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use benchmarks::{GROWING, SOLUTION, criterion, on_all_cores, on_one_thread, row};
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use tokio::task::yield_now;

/// What every semaphore can do.
trait Permits: Send + Sync + 'static {
    /// Its name in the table.
    const NAME: &str;
    fn new(permits: usize) -> Self;
    fn acquire(&self) -> impl Future<Output = impl Sized + Send> + Send;
}

macro_rules! permits {
    ($semaphore:ty, $name:expr) => {
        impl Permits for $semaphore {
            const NAME: &str = $name;

            fn new(permits: usize) -> Self {
                Self::new(permits)
            }

            fn acquire(&self) -> impl Future<Output = impl Sized + Send> + Send {
                self.acquire()
            }
        }
    };
}

#[cfg(feature = "answer-4")]
permits!(answer_4::Semaphore, benchmarks::ANSWER);
permits!(solved_4::Semaphore, SOLUTION);
permits!(tokio::sync::Semaphore, "tokio");
permits!(async_lock::Semaphore, "async-lock");

/// Runs one benchmark for each semaphore.
macro_rules! for_each {
    ($row:ident($($argument:expr),*)) => {
        #[cfg(feature = "answer-4")]
        $row::<answer_4::Semaphore>($($argument),*);
        $row::<solved_4::Semaphore>($($argument),*);
        $row::<tokio::sync::Semaphore>($($argument),*);
        $row::<async_lock::Semaphore>($($argument),*);
    };
}

const ROUNDS: usize = 1_000;
const TASKS: usize = 8;

fn free<S: Permits>(criterion: &mut Criterion) {
    let semaphore = S::new(1);
    row(criterion, "a permit is free", ROUNDS).bench_function(S::NAME, |bencher| {
        let rounds = || async {
            for _ in 0..ROUNDS {
                drop(semaphore.acquire().await);
            }
        };
        bencher.iter(|| at_once(rounds()));
    });
}

/// The tasks take turns: each gives up its thread while it holds a permit.
async fn take_turns<S: Permits>() {
    let semaphore = Arc::new(S::new(2));
    let tasks = (0..TASKS).map(|_| {
        let semaphore = semaphore.clone();
        tokio::spawn(async move {
            for _ in 0..ROUNDS / TASKS {
                let _permit = semaphore.acquire().await;
                yield_now().await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no task panics");
    }
}

fn contended<S: Permits>(criterion: &mut Criterion) {
    let runtimes = [("one thread", on_one_thread()), ("all cores", on_all_cores())];
    for (threads, runtime) in runtimes {
        let name = format!("8 tasks share 2 permits on {threads}");
        row(criterion, &name, ROUNDS).bench_function(S::NAME, |bencher| {
            bencher.iter(|| runtime.block_on(take_turns::<S>()));
        });
    }
}

fn cancelled<S: Permits>(criterion: &mut Criterion) {
    let semaphore = S::new(1);
    let _held = at_once(semaphore.acquire());
    row(criterion, "a wait is cancelled", ROUNDS).bench_function(S::NAME, |bencher| {
        bencher.iter(|| {
            for _ in 0..ROUNDS {
                drop(waiting(&semaphore));
            }
        });
    });
}

/// A thing that waits in the queue.
type Waiting<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A waiter that gives its permit back as soon as it has it.
fn waiting<S: Permits>(semaphore: &S) -> Waiting<'_> {
    let mut waiter: Waiting<'_> = Box::pin(async { drop(semaphore.acquire().await) });
    assert!(poll(&mut waiter).is_pending(), "no permit is free");
    waiter
}

fn queue<S: Permits>(semaphore: &S, waiters: usize) -> Vec<Waiting<'_>> {
    (0..waiters).map(|_| waiting(semaphore)).collect()
}

fn in_a_queue<S: Permits>(criterion: &mut Criterion) {
    for waiters in GROWING {
        let mut row = row(criterion, "waiters are served in turn", waiters);
        row.bench_function(BenchmarkId::new(S::NAME, waiters), |bencher| {
            bencher.iter_batched(
                || S::new(1),
                |semaphore| {
                    let held = at_once(semaphore.acquire());
                    let mut queue = queue(&semaphore, waiters);
                    drop(held);
                    queue.iter_mut().for_each(serve);
                },
                BatchSize::PerIteration,
            );
        });
    }
}

fn every_other_cancels<S: Permits>(criterion: &mut Criterion) {
    for waiters in GROWING {
        let mut row = row(criterion, "every other waiter cancels", waiters);
        row.bench_function(BenchmarkId::new(S::NAME, waiters), |bencher| {
            bencher.iter_batched(
                || S::new(1),
                |semaphore| {
                    let held = at_once(semaphore.acquire());
                    let queue = queue(&semaphore, waiters);
                    let (stay, leave): (Vec<_>, Vec<_>) =
                        queue.into_iter().enumerate().partition(|(place, _)| place % 2 == 0);
                    drop(leave);
                    drop(held);
                    stay.into_iter().for_each(|(_, mut waiter)| serve(&mut waiter));
                },
                BatchSize::PerIteration,
            );
        });
    }
}

fn serve(waiter: &mut Waiting<'_>) {
    assert!(poll(waiter).is_ready(), "it is the first in the queue, and a permit came back");
}

/// What a future returns that is ready at its first poll.
fn at_once<F: Future>(future: F) -> F::Output {
    match poll(&mut std::pin::pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a permit is free"),
    }
}

fn poll<F: Future + ?Sized, P: std::ops::DerefMut<Target = F>>(
    future: &mut Pin<P>,
) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

fn all(criterion: &mut Criterion) {
    for_each!(free(criterion));
    for_each!(contended(criterion));
    for_each!(cancelled(criterion));
    for_each!(in_a_queue(criterion));
    for_each!(every_other_cancels(criterion));
}

criterion_group! { name = benches; config = criterion(); targets = all }
criterion_main!(benches);
