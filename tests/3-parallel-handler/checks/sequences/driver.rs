//! Calls `generate_all` with a backend that follows a plan, and compares what it does with the model.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use harness::{LocalBoxFuture, Telling, block_on_paused, moving, with_alarm};
use ollama::{Error, GenerateRequest};
use parallel_handler::Limits;
use real_tokio::time::{Instant, sleep, timeout};
use real_tokio_util::sync::CancellationToken;

use super::events::{Call, Event, Request};
use super::model::HORIZON;
use super::observed::{Observed, words};
use crate::checks::any_backend::{AnyBackend, GenerateBoxed, Generating, generate_all};
use crate::checks::backend::{requests, response};

pub fn run(_: &(), events: &[Event], telling: &Telling) -> Result<(), String> {
    let call = Call::of(events);
    telling.setting(setting(&call));
    block_on_paused(call_and_compare(&call, telling))
}

struct Log {
    telling: Telling,
    observed: Observed,
}

impl Log {
    fn tell(&self, at: Duration, what: &str) {
        self.telling.told(format!("at {}", words(at)), what);
    }
}

struct Backend {
    call: Call,
    start: Instant,
    log: Arc<Mutex<Log>>,
}

fn lock(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    log.lock().expect("no code that can panic runs under this lock")
}

/// A request whose future exists and has not ended.
struct InFlight {
    number: usize,
    start: Instant,
    log: Arc<Mutex<Log>>,
    ended: bool,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let at = self.start.elapsed();
        let mut log = lock(&self.log);
        log.observed.ends(self.number, at);
        if !self.ended {
            log.tell(at, &format!("request {} is dropped", self.number));
        }
    }
}

impl GenerateBoxed for Backend {
    fn generate_boxed(&self, request: &GenerateRequest) -> Generating<'_> {
        let number: usize = request.prompt.parse().expect("the prompts are numbers");
        let Request { takes, mut wakes, fails } = self.call.requests[number];
        let start = self.start;
        let mut log = lock(&self.log);
        let at = start.elapsed();
        log.tell(at, &format!("request {number} is sent"));
        log.observed.is_sent(number, at);
        drop(log);
        let mut in_flight = InFlight { number, start, log: self.log.clone(), ended: false };
        Box::pin(async move {
            poll_fn(|context| {
                if wakes == 0 {
                    return Poll::Ready(());
                }
                wakes -= 1;
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
            if !takes.is_zero() {
                // The wakes above take no time.
                sleep(takes).await;
            }
            let what = if fails { "fails" } else { "has a response" };
            lock(&in_flight.log).tell(start.elapsed(), &format!("request {number} {what}"));
            in_flight.ended = true;
            drop(in_flight);
            match fails {
                true => Err(Error::Failed { message: number.to_string() }),
                false => Ok(response(number)),
            }
        })
    }
}

async fn call_and_compare(call: &Call, telling: &Telling) -> Result<(), String> {
    let count = call.requests.len();
    let observed = Observed::new(count);
    let log = Arc::new(Mutex::new(Log { telling: telling.clone(), observed }));
    let start = Instant::now();
    let backend = Backend { call: call.clone(), start, log: log.clone() };
    let concurrency = NonZeroUsize::new(call.concurrency).expect("it is above zero");
    let limits = Limits { concurrency, per_request: call.limit };
    let cancel = CancellationToken::new();
    let mut returned = None;
    {
        let backend = AnyBackend(&backend);
        let all = generate_all(&backend, requests(count), &limits, &cancel);
        let all: LocalBoxFuture<'_, ()> =
            Box::pin(async { returned = Some((all.await, start.elapsed())) });
        let polled = if call.moves { moving(all) } else { all };
        let ring = Box::new(|| {
            lock(&log).tell(start.elapsed(), "the token is cancelled");
            cancel.cancel();
        });
        // If it does not return, `returned` says so.
        let _ = timeout(HORIZON, with_alarm(polled, call.cancel_at, ring)).await;
    }
    let log = lock(&log);
    if let Some((_, at)) = &returned {
        log.tell(*at, "`generate_all` returns");
    }
    if call.cancel_at.is_none() && cancel.is_cancelled() {
        return Err("`generate_all` has cancelled the caller's token".to_owned());
    }
    log.observed.compare(call, returned)
}

fn setting(call: &Call) -> String {
    let moves = if call.moves { "; each poll comes from another task" } else { "" };
    let plural = if call.requests.len() == 1 { "" } else { "s" };
    format!(
        "{} request{plural}, concurrency {}, per_request {}{moves}",
        call.requests.len(),
        call.concurrency,
        words(call.limit)
    )
}
