//! Responses, time limits and a cancel come from several tasks, and one task after the other polls the call; the seed
//! chooses which and when. When nothing moves any more, the clock moves on. What was observed is held against the model
//! of the sequences.

use std::future::{Future, poll_fn};
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use explorer::seeded::timeline::Lane;
use explorer::seeded::{choose, rest, switch_point, the_race_begins};
use futures::FutureExt;
use harness::{Sample, check_seeded};
use ollama::{Error, GenerateRequest};
use tokio::sync::oneshot;
use tokio::task::{JoinSet, spawn};
use tokio::time::{Clock, Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::checks::ANSWER;
use crate::checks::any_backend::{AnyBackend, GenerateBoxed, Generating};
use crate::checks::backend::{requests, response};
use crate::checks::sequences::events::{Call, Request};
use crate::checks::sequences::model::HORIZON;
use crate::checks::sequences::observed::{Observed, Returned, words};
use crate::instrumented::{Failure, Limits, generate_all};

#[test]
fn events_may_come_from_several_tasks_under_many_schedules() {
    let text = "a call and its events on several tasks, not the same under each seed";
    check_seeded(ANSWER, Sample { text, schedules: 2_000 }, || async {
        let call = any_call();
        let clock = Clock::start();
        let backend = Backend::new(&call);
        let mut task = begin(&call, &backend);
        loop {
            the_race_begins();
            rest();
            // Whoever is still at work after the call has returned goes on, too.
            if !clock.move_on() || clock.elapsed() >= HORIZON {
                break;
            }
            Lane::new("clock").note(format!("it is {}", words(clock.elapsed())));
        }
        let returned = task.join_next().now_or_never().flatten();
        let returned = returned.map(|returned| returned.expect("a panic ends the model"));
        let observed = backend.log().clone();
        if let Err(wrong) = observed.compare(&call, returned) {
            panic!("{wrong}");
        }
    });
}

/// A call in which much happens at the same instant.
fn any_call() -> Call {
    let seconds = |from| Duration::from_secs(choose(from) as u64);
    let requests = (0..choose(2..5)).map(|_| Request {
        takes: Duration::from_secs([0, 1, 1, 2][choose(0..4)]),
        wakes: 0,
        fails: choose(0..4) == 0,
    });
    let call = Call {
        concurrency: [1, 2, 3, 3][choose(0..4)],
        limit: if choose(0..3) == 0 { seconds(1..3) } else { Duration::MAX },
        cancel_at: (choose(0..3) == 0).then(|| seconds(0..4)),
        moves: choose(0..8) > 0,
        any_order: true,
        requests: requests.collect(),
    };
    Lane::new("main").note(format!(
        "calls generate_all with {} requests, concurrency {}, per_request {}",
        call.requests.len(),
        call.concurrency,
        words(call.limit)
    ));
    call
}

/// Spawns what cancels the call, and the call.
fn begin(call: &Call, backend: &Backend) -> JoinSet<Returned> {
    let cancel = CancellationToken::new();
    if let Some(at) = call.cancel_at {
        let cancel = cancel.clone();
        spawn(async move {
            sleep(at).await;
            Lane::new("canceller").note("cancels the call");
            cancel.cancel();
        });
    }
    let limits = Limits {
        concurrency: NonZeroUsize::new(call.concurrency).expect("it is above zero"),
        per_request: call.limit,
    };
    let (backend, moves) = (backend.clone(), call.moves);
    let requests = requests(call.requests.len());
    let mut tasks = JoinSet::new();
    // The future of the call need not be `Send`.
    tasks.spawn_local(async move {
        let any = AnyBackend(&backend);
        let results = polled(moves, generate_all(&any, requests, &limits, &cancel)).await;
        Lane::new("main").note("generate_all returns");
        let results = results.into_iter().map(|result| result.map_err(failure));
        (results.collect(), backend.now())
    });
    tasks
}

/// The same failure, in the library's type.
fn failure(failure: Failure) -> parallel_handler::Failure {
    match failure {
        Failure::Backend(error) => parallel_handler::Failure::Backend(error),
        Failure::TimedOut => parallel_handler::Failure::TimedOut,
        Failure::Cancelled => parallel_handler::Failure::Cancelled,
    }
}

/// Polls a future only when it was woken by the waker of its last poll. If it moves, each poll comes from another task.
async fn polled<F: Future>(moves: bool, future: F) -> F::Output {
    let mut future = pin!(future);
    let mut task = Arc::new(Task::default());
    loop {
        if moves {
            task = Arc::default();
        }
        task.woken.store(false, SeqCst);
        let waker = Waker::from(task.clone());
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        poll_fn(|cx| {
            *task.waits.lock().expect("nothing panics under it") = Some(cx.waker().clone());
            if task.woken.load(SeqCst) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        switch_point();
    }
}

/// A task that polls the call.
#[derive(Default)]
struct Task {
    woken: AtomicBool,
    waits: Mutex<Option<Waker>>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, SeqCst);
        let waits = self.waits.lock().expect("nothing panics under it").take();
        if let Some(waits) = waits {
            waits.wake();
        }
    }
}

/// Works on each request in a task of its own: on the first that is sent as the call's first request says, and so on.
#[derive(Clone)]
struct Backend(Arc<Shared>);

struct Shared {
    requests: Vec<Request>,
    start: Instant,
    log: Mutex<Observed>,
}

impl Backend {
    fn new(call: &Call) -> Self {
        let requests = call.requests.clone();
        let log = Mutex::new(Observed::new(requests.len()));
        Self(Arc::new(Shared { requests, start: Instant::now(), log }))
    }

    fn log(&self) -> MutexGuard<'_, Observed> {
        self.0.log.lock().expect("nothing panics under it")
    }

    fn now(&self) -> Duration {
        self.0.start.elapsed()
    }
}

/// A request whose future exists and has not ended.
struct InFlight {
    number: usize,
    backend: Backend,
    ended: bool,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.backend.log().ends(self.number, self.backend.now());
        if !self.ended {
            Lane::new("main").note(format!("request {} is dropped", self.number));
        }
    }
}

impl GenerateBoxed for Backend {
    fn generate_boxed(&self, request: &GenerateRequest) -> Generating<'_> {
        let number = request.prompt.parse().expect("the prompts are numbers");
        let turn = self.log().is_sent(number, self.now());
        // There are more turns than requests if one is sent again: the comparison says so.
        let plan = self.0.requests.get(turn).unwrap_or(&self.0.requests[number]);
        let Request { takes, fails, .. } = *plan;
        Lane::new("main").note(format!("request {number} is sent"));
        let mut in_flight = InFlight { number, backend: self.clone(), ended: false };
        Box::pin(async move {
            let (done, wait) = oneshot::channel();
            spawn(async move {
                if !takes.is_zero() {
                    sleep(takes).await;
                }
                let what = if fails { "fails" } else { "replies to" };
                Lane::new("server").note(format!("{what} request {number}"));
                // The receiver is gone if the request was dropped.
                let _ = done.send(());
            });
            // The reply may come in the middle of this poll.
            switch_point();
            wait.await.expect("the server replies to every request");
            in_flight.ended = true;
            Lane::new("main").note(format!("request {number} ends"));
            drop(in_flight);
            match fails {
                true => Err(Error::Failed { message: number.to_string() }),
                false => Ok(response(number)),
            }
        })
    }
}
