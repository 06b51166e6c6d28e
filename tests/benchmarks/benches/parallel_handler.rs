//! Exercise 3: a parallel handler, beside `buffer_unordered` and a `JoinSet` with a semaphore.

use std::future::Future;
use std::iter;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use benchmarks::{GROWING, SOLUTION, criterion, on_one_thread, row};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use futures::{StreamExt, stream};
use ollama::{Client, Error, Generate, GenerateRequest, GenerateResponse};
use ollama_mock::Mock;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const CONCURRENCY: usize = 8;
const LIMIT: Duration = Duration::from_secs(60);

/// A server that answers as soon as others have had their turn.
#[derive(Clone)]
struct Fake;

impl Generate for Fake {
    async fn generate(&self, _: &GenerateRequest) -> Result<GenerateResponse, Error> {
        yield_now().await;
        Ok(GenerateResponse::default())
    }
}

macro_rules! handler {
    ($name:ident, $handler:ident) => {
        async fn $name<B: Generate>(backend: B, requests: Vec<GenerateRequest>) -> usize {
            let concurrency = NonZeroUsize::new(CONCURRENCY).expect("some at a time");
            let limits = $handler::Limits { concurrency, per_request: LIMIT };
            let cancel = CancellationToken::new();
            let results = $handler::generate_all(&backend, requests, &limits, &cancel).await;
            results.iter().filter(|result| result.is_ok()).count()
        }
    };
}

#[cfg(feature = "answer-3")]
handler!(answer, answer_3);
handler!(solution, solved_3);

/// What the others keep of a request: its place, and its response if there was one.
type Kept = (usize, Option<GenerateResponse>);

/// Puts the results in the order of the requests.
fn count(mut results: Vec<Kept>) -> usize {
    results.sort_unstable_by_key(|&(index, _)| index);
    results.iter().filter(|(_, response)| response.is_some()).count()
}

async fn send<B: Generate>(backend: &B, index: usize, request: &GenerateRequest) -> Kept {
    let response = timeout(LIMIT, backend.generate(request)).await;
    (index, response.ok().and_then(Result::ok))
}

async fn buffer_unordered<B: Generate>(backend: B, requests: Vec<GenerateRequest>) -> usize {
    let backend = &backend;
    let sent = stream::iter(requests.iter().enumerate())
        .map(|(index, request)| send(backend, index, request));
    count(sent.buffer_unordered(CONCURRENCY).collect().await)
}

async fn join_set<B: Generate + Clone + Send + 'static>(
    backend: B,
    requests: Vec<GenerateRequest>,
) -> usize {
    let permits = Arc::new(Semaphore::new(CONCURRENCY));
    let mut tasks = JoinSet::new();
    for (index, request) in requests.into_iter().enumerate() {
        let permit = permits.clone().acquire_owned().await.expect("it is not closed");
        let backend = backend.clone();
        tasks.spawn(async move {
            let kept = send(&backend, index, &request).await;
            drop(permit);
            kept
        });
    }
    count(tasks.join_all().await)
}

fn requests(number: usize) -> Vec<GenerateRequest> {
    (0..number).map(|index| GenerateRequest::new("llama3.2", index.to_string())).collect()
}

fn handlers<B: Generate + Clone + Send + 'static>(
    criterion: &mut Criterion,
    runtime: &Runtime,
    name: &str,
    number: usize,
    backend: &B,
) {
    macro_rules! bench {
        ($handler_name:expr, $handler:ident) => {
            let handler = |requests| $handler(backend.clone(), requests);
            bench(criterion, runtime, name, $handler_name, number, handler)
        };
    }
    #[cfg(feature = "answer-3")]
    bench!(benchmarks::ANSWER, answer);
    bench!(SOLUTION, solution);
    bench!("buffer_unordered", buffer_unordered);
    bench!("JoinSet", join_set);
}

fn bench<F: Future<Output = usize>>(
    criterion: &mut Criterion,
    runtime: &Runtime,
    name: &str,
    handler_name: &str,
    number: usize,
    handler: impl Fn(Vec<GenerateRequest>) -> F,
) {
    let mut row = row(criterion, name, number);
    row.bench_function(BenchmarkId::new(handler_name, number), |bencher| {
        bencher.iter(|| {
            let answered = runtime.block_on(handler(requests(number)));
            assert_eq!(answered, number, "each request has a response");
        });
    });
}

fn all(criterion: &mut Criterion) {
    let runtime = on_one_thread();
    for number in iter::once(10).chain(GROWING) {
        handlers(criterion, &runtime, "requests to a fake", number, &Fake);
    }
    let mock = runtime.block_on(Mock::start());
    let client = Client::new(&mock.uri()).expect("it is an address");
    handlers(criterion, &runtime, "requests to the mock of Ollama", 100, &client);
}

criterion_group! { name = benches; config = criterion(); targets = all }
criterion_main!(benches);
