//! The explorer's overhead over loom while it does not record: the same models of the semaphore, on
//! its primitives and on loom's own.

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use explorer::sync::Arc;
use explorer::task::block_on;
use explorer::{Answer, Explorer, thread};

mod sync {
    pub use explorer::sync::{Mutex, MutexGuard, PoisonError};
}
// The models use only a part of it.
#[allow(dead_code)]
#[path = "../../../solutions/4-semaphore/src/semaphore.rs"]
mod semaphore;

use semaphore::Semaphore;

/// Threads, and the most preemptions.
const MODELS: [(usize, Option<usize>); 2] = [(2, None), (3, Some(3))];
const PAIRS: u32 = 40;

fn take_turns(threads: usize, preemptions: Option<usize>) -> usize {
    let answer = Answer {
        file: "src/semaphore.rs",
        text: include_str!("../../../solutions/4-semaphore/src/semaphore.rs"),
    };
    let explorer = Explorer {
        answer,
        scenario: "take turns",
        preemptions,
        limit: usize::MAX,
        limit_in_all: usize::MAX,
    };
    explorer.search_within(
        preemptions,
        |failure| panic!("{failure:?}"),
        move || {
            let semaphore = Arc::new(Semaphore::new(1));
            let others: Vec<_> = (1..threads)
                .map(|_| {
                    let semaphore = semaphore.clone();
                    thread::spawn("other", move || drop(block_on(semaphore.acquire())))
                })
                .collect();
            drop(block_on(semaphore.acquire()));
            for other in others {
                other.join();
            }
        },
    )
}

/// The ratio of each pair of runs, so that other load on the machine affects both alike.
fn ratio(threads: usize, preemptions: Option<usize>) -> f64 {
    let time = |work: &dyn Fn() -> usize| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    let mut ratios: Vec<f64> = (0..PAIRS)
        .map(|_| {
            let ours = time(&|| take_turns(threads, preemptions));
            let bare = time(&|| bare::take_turns(threads, preemptions));
            ours.as_secs_f64() / bare.as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

fn overhead(criterion: &mut Criterion) {
    for (threads, preemptions) in MODELS {
        let ours = take_turns(threads, preemptions);
        let bare = bare::take_turns(threads, preemptions);
        assert_eq!(ours, bare, "the same model has the same interleavings");
        println!(
            "{threads} threads, {ours} interleavings: {:.3} times loom's own time, median of {PAIRS} pairs",
            ratio(threads, preemptions)
        );
        let mut group = criterion.benchmark_group(format!("{threads} threads"));
        group.measurement_time(Duration::from_secs(3));
        group.bench_function("explorer", |b| b.iter(|| take_turns(threads, preemptions)));
        group.bench_function("loom", |b| b.iter(|| bare::take_turns(threads, preemptions)));
        group.finish();
    }
}

criterion_group!(benches, overhead);
criterion_main!(benches);
