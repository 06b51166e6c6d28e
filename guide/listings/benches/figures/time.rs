//! How long things take: of each, the fastest of many short runs, since whatever else the machine
//! does can only make a run slower.

use std::hint::black_box;
use std::sync::mpsc as blocking;
use std::thread;
use std::time::{Duration, Instant};

use criterion::Criterion;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};

use super::Numbers;

/// Shorter runs say little: reading the clock takes time, too.
const SHORTEST_RUN: Duration = Duration::from_millis(1);

pub fn measure() -> Numbers {
    let mut benchmarks = Benchmarks {
        criterion: Criterion::default()
            .without_plots()
            .sample_size(200)
            .warm_up_time(Duration::from_secs(1))
            .measurement_time(Duration::from_secs(4)),
        numbers: Numbers::new(),
    };
    benchmarks.run("thread: start", start_threads);
    benchmarks.run("task: start", start_tasks);
    benchmarks.run("thread: hand over", hand_over_between_threads);
    benchmarks.run("task: hand over", hand_over_between_tasks);
    benchmarks.run("std::sync::mpsc", send_blocking);
    benchmarks.run("tokio::sync::mpsc", send);
    benchmarks.run("tokio::sync::oneshot", send_once);
    benchmarks.numbers
}

struct Benchmarks {
    criterion: Criterion,
    numbers: Numbers,
}

impl Benchmarks {
    /// Notes the nanoseconds of one repetition.
    fn run(&mut self, name: &str, run: impl Fn(u64) -> Duration) {
        let mut fastest = f64::INFINITY;
        self.criterion.bench_function(name, |bencher| {
            bencher.iter_custom(|repetitions| {
                let elapsed = run(repetitions);
                if elapsed >= SHORTEST_RUN {
                    fastest = fastest.min(elapsed.as_nanos() as f64 / repetitions as f64);
                }
                elapsed
            });
        });
        self.numbers.insert(name.to_owned(), fastest);
    }
}

fn start_threads(repetitions: u64) -> Duration {
    let start = Instant::now();
    for i in 0..repetitions {
        black_box(thread::spawn(move || i).join().expect("it does not panic"));
    }
    start.elapsed()
}

fn start_tasks(repetitions: u64) -> Duration {
    runtime().block_on(async {
        let start = Instant::now();
        for i in 0..repetitions {
            black_box(tokio::spawn(async move { i }).await.expect("it does not panic"));
        }
        start.elapsed()
    })
}

/// Gives the turn to another thread and gets it back, in half as many rounds.
fn hand_over_between_threads(repetitions: u64) -> Duration {
    let (there, turns) = blocking::sync_channel(1);
    let (back, returned) = blocking::sync_channel(1);
    let other = thread::spawn(move || turns.iter().try_for_each(|turn: u64| back.send(turn)));
    let start = Instant::now();
    for i in 0..repetitions.div_ceil(2) {
        there.send(i).expect("the other thread receives");
        black_box(returned.recv().expect("the other thread sends"));
    }
    let elapsed = start.elapsed();
    drop(there);
    other.join().expect("it does not panic").expect("all was received");
    elapsed
}

/// The same between two tasks of one runtime.
fn hand_over_between_tasks(repetitions: u64) -> Duration {
    runtime().block_on(async {
        let (there, mut turns) = mpsc::channel(1);
        let (back, mut returned) = mpsc::channel(1);
        tokio::spawn(async move {
            while let Some(turn) = turns.recv().await {
                back.send(turn).await.expect("the other task receives");
            }
        });
        let start = Instant::now();
        for i in 0..repetitions.div_ceil(2) {
            there.send(i).await.expect("the other task receives");
            black_box(returned.recv().await.expect("the other task sends"));
        }
        start.elapsed()
    })
}

/// Sends each value and receives it, so that nobody waits.
fn send_blocking(repetitions: u64) -> Duration {
    let (sender, receiver) = blocking::sync_channel(16);
    let start = Instant::now();
    for i in 0..repetitions {
        sender.send(i).expect("there is a receiver");
        black_box(receiver.recv().expect("there is a value"));
    }
    start.elapsed()
}

fn send(repetitions: u64) -> Duration {
    runtime().block_on(async {
        let (sender, mut receiver) = mpsc::channel(16);
        let start = Instant::now();
        for i in 0..repetitions {
            sender.send(i).await.expect("there is a receiver");
            black_box(receiver.recv().await.expect("there is a value"));
        }
        start.elapsed()
    })
}

fn send_once(repetitions: u64) -> Duration {
    runtime().block_on(async {
        let start = Instant::now();
        for i in 0..repetitions {
            let (sender, receiver) = oneshot::channel();
            sender.send(i).expect("there is a receiver");
            black_box(receiver.await.expect("there is a value"));
        }
        start.elapsed()
    })
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().expect("it needs nothing of the system")
}
