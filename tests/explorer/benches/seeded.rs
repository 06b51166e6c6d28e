//! The explorer's overhead over shuttle while it does not record: the same model of the worker pool,
//! with its schedules and primitives, and with shuttle's own.

extern crate shuttle_tokio as tokio;
extern crate shuttle_tokio_util as tokio_util;

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use explorer::Answer;
use explorer::seeded::{Seeded, sync};

#[path = "../bare/shuttle/src/model.rs"]
mod model;
// The model uses only a part of it.
#[allow(dead_code)]
#[path = "../../../solutions/2-worker-pool/src/worker_pool.rs"]
mod worker_pool;

const SCHEDULES: u64 = 500;

fn explore() {
    let answer = Answer {
        file: "src/worker_pool.rs",
        text: include_str!("../../../solutions/2-worker-pool/src/worker_pool.rs"),
    };
    Seeded { answer, scenario: "four jobs" }.explore(
        0..SCHEDULES,
        |failure| panic!("{failure:?}"),
        || shuttle::future::block_on(model::four_jobs()),
    );
}

fn overhead(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("exercise 2: two workers run four jobs");
    group.measurement_time(Duration::from_secs(5)).sample_size(20);
    group.throughput(Throughput::Elements(SCHEDULES));
    group.bench_function("explorer", |bencher| bencher.iter(explore));
    group.bench_function("bare", |bencher| {
        bencher.iter(|| bare_shuttle::explore(SCHEDULES as usize))
    });
    group.finish();
}

criterion_group!(benches, overhead);
criterion_main!(benches);
