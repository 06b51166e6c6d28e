//! Exercise 2: a worker pool, beside pools made of channels, of rayon, and of a buffered stream.

use std::future::Future;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use benchmarks::{GROWING, SOLUTION, criterion, on_all_cores, row};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use futures::{StreamExt, stream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What a pool has to do.
#[derive(Clone, Copy)]
struct Work {
    workers: usize,
    jobs: usize,
    /// How long a job keeps its thread busy.
    takes: Duration,
}

/// A job: its result is its number.
async fn run(job: usize, takes: Duration) -> usize {
    let start = Instant::now();
    while !takes.is_zero() && start.elapsed() < takes {}
    job
}

macro_rules! pool {
    ($name:ident, $pool:ty) => {
        async fn $name(work: Work) -> usize {
            let Work { workers, jobs, takes } = work;
            let workers = NonZeroUsize::new(workers).expect("there are workers");
            let run = move |job| run(job, takes);
            let (pool, mut results) = <$pool>::start(workers, CancellationToken::new(), run);
            let submit = tokio::spawn(async move {
                for job in 0..jobs {
                    assert!(pool.submit(job).await.is_ok(), "the pool is open");
                }
                pool.shutdown().await;
            });
            let mut finished = 0;
            while let Some(result) = results.recv().await {
                finished += usize::from(result.is_ok());
            }
            submit.await.expect("it does not panic");
            finished
        }
    };
}

#[cfg(feature = "answer-2")]
pool!(answer, answer_2::WorkerPool<usize>);
pool!(solution, solved_2::WorkerPool<usize>);

/// A bounded channel for each worker, which are filled in turn.
async fn channel_per_worker(Work { workers, jobs, takes }: Work) -> usize {
    let (results, mut finished) = mpsc::channel(2 * workers);
    let workers: Vec<_> = (0..workers)
        .map(|_| {
            let (sender, mut queue) = mpsc::channel(2);
            let results = results.clone();
            tokio::spawn(async move {
                while let Some(job) = queue.recv().await {
                    if results.send(run(job, takes).await).await.is_err() {
                        return;
                    }
                }
            });
            sender
        })
        .collect();
    drop(results);
    tokio::spawn(async move {
        for job in 0..jobs {
            if workers[job % workers.len()].send(job).await.is_err() {
                return;
            }
        }
    });
    let mut count = 0;
    while finished.recv().await.is_some() {
        count += 1;
    }
    count
}

/// One bounded channel from which all workers receive.
async fn async_channel(Work { workers, jobs, takes }: Work) -> usize {
    let (results, finished) = async_channel::bounded(2 * workers);
    let (sender, queue) = async_channel::bounded(2 * workers);
    for _ in 0..workers {
        let (queue, results) = (queue.clone(), results.clone());
        tokio::spawn(async move {
            while let Ok(job) = queue.recv().await {
                if results.send(run(job, takes).await).await.is_err() {
                    return;
                }
            }
        });
    }
    drop(results);
    tokio::spawn(async move {
        for job in 0..jobs {
            if sender.send(job).await.is_err() {
                return;
            }
        }
    });
    let mut count = 0;
    while finished.recv().await.is_ok() {
        count += 1;
    }
    count
}

/// Threads of rayon, whose queue has no bound.
async fn rayon_spawn(Work { workers, jobs, takes }: Work) -> usize {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(workers).build().expect("threads");
    let (results, mut finished) = mpsc::unbounded_channel();
    for job in 0..jobs {
        let results = results.clone();
        pool.spawn(move || {
            let _ = results.send(futures::executor::block_on(run(job, takes)));
        });
    }
    drop(results);
    let mut count = 0;
    while finished.recv().await.is_some() {
        count += 1;
    }
    count
}

/// A task for each job, and at most so many at a time.
async fn buffer_unordered(Work { workers, jobs, takes }: Work) -> usize {
    let tasks = stream::iter(0..jobs).map(|job| tokio::spawn(run(job, takes)));
    tasks.buffer_unordered(workers).count().await
}

fn pools(criterion: &mut Criterion, name: &str, work: Work) {
    macro_rules! bench {
        ($pool_name:expr, $pool:ident) => {
            bench(criterion, name, $pool_name, work, $pool)
        };
    }
    #[cfg(feature = "answer-2")]
    bench!(benchmarks::ANSWER, answer);
    bench!(SOLUTION, solution);
    bench!("a channel per worker", channel_per_worker);
    bench!("async-channel", async_channel);
    bench!("rayon", rayon_spawn);
    bench!("buffer_unordered", buffer_unordered);
}

fn bench<F: Future<Output = usize> + Send + 'static>(
    criterion: &mut Criterion,
    name: &str,
    pool_name: &str,
    work: Work,
    pool: impl Fn(Work) -> F,
) {
    let runtime = on_all_cores();
    let mut row = row(criterion, name, work.jobs);
    row.bench_function(BenchmarkId::new(pool_name, work.jobs), |bencher| {
        // On a thread of the runtime, as a handler of requests would be.
        bencher.iter(|| {
            let finished = runtime.block_on(runtime.spawn(pool(work)));
            assert_eq!(finished.expect("it does not panic"), work.jobs, "each job has a result");
        });
    });
}

fn all(criterion: &mut Criterion) {
    for (micros, jobs) in [(0, 5_000), (1, 5_000), (100, 200)] {
        for workers in [1, 4, 16] {
            let plural = if workers == 1 { "" } else { "s" };
            let name = format!("jobs of {micros} µs, {workers} worker{plural}");
            let work = Work { workers, jobs, takes: Duration::from_micros(micros) };
            pools(criterion, &name, work);
        }
    }
    for jobs in GROWING.into_iter().chain([1_000_000]) {
        let work = Work { workers: 4, jobs, takes: Duration::ZERO };
        pools(criterion, "jobs of no time, 4 workers", work);
    }
}

criterion_group! { name = benches; config = criterion(); targets = all }
criterion_main!(benches);
