//! The explorer's overhead over loom while it does not record: the same models of the semaphore, on
//! its primitives and on loom's own.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
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

fn overhead(criterion: &mut Criterion) {
    for (threads, preemptions) in MODELS {
        let ours = take_turns(threads, preemptions);
        let bare = bare_loom::take_turns(threads, preemptions);
        assert_eq!(ours, bare, "the same model has the same interleavings");
        let name = format!("exercise 4: {threads} threads take turns with one permit");
        let mut group = criterion.benchmark_group(name);
        group.measurement_time(Duration::from_secs(5)).sample_size(20);
        group.throughput(Throughput::Elements(ours as u64));
        group.bench_function("explorer", |bencher| {
            bencher.iter(|| take_turns(threads, preemptions))
        });
        group.bench_function("bare", |bencher| {
            bencher.iter(|| bare_loom::take_turns(threads, preemptions))
        });
        group.finish();
    }
}

criterion_group!(benches, overhead);
criterion_main!(benches);
