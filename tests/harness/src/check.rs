//! Checks of behaviour: on threads, in virtual time, and with sockets.

use std::any::type_name;
use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

use explorer::Answer;
use schedule::{Cause, Outcome, Status};
use tokio::runtime::{Builder, Runtime};

use crate::LocalBoxFuture;
use crate::hangs;
use crate::process::{end, run};
use crate::watchdog;
use scan::Allowed;

/// Longer than an answer may wait for anything, and less than the most that tokio's timer takes.
const FOREVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// A check on threads. It fails at the first panic, on any thread, that [`panics`](crate::panics)
/// does not expect.
pub fn check<F: FnOnce()>(answer: Answer, allowed: Allowed, body: F) {
    run_on_threads(type_name::<F>(), answer, allowed, Box::new(body));
}

/// A check in tokio, on virtual time: the clock stands still while any task can run, and then
/// advances to the next timer. A body that waits forever is told at once.
pub fn check_async<F, Fut>(answer: Answer, allowed: Allowed, body: F)
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = ()>,
{
    run_in_virtual_time(type_name::<F>(), answer, allowed, boxed(body));
}

/// A check in tokio, with sockets. Virtual time does not know whether a socket is about to become
/// ready, so the clock is the real one, and a check must neither wait for it nor read it. It
/// brings events into an order, and counts. The watchdog ends a body that waits forever.
pub fn check_io<F, Fut>(answer: Answer, allowed: Allowed, body: F)
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = ()>,
{
    run_in_real_time(type_name::<F>(), answer, allowed, boxed(body));
}

/// Runs a future to its end on this thread, which sleeps while the future is pending.
pub fn block_on<F: Future>(future: F) -> F::Output {
    block_on_runtime(&mut Builder::new_current_thread(), future)
}

fn run_on_threads(closure: &str, answer: Answer, allowed: Allowed, body: Box<dyn FnOnce() + '_>) {
    run(closure, answer, allowed, Box::new(|_| outcome(body)));
}

fn run_in_virtual_time(closure: &str, answer: Answer, allowed: Allowed, body: Body<'_>) {
    run(closure, answer, allowed, Box::new(|_| in_virtual_time(body)));
}

fn run_in_real_time(closure: &str, answer: Answer, allowed: Allowed, body: Body<'_>) {
    run(closure, answer, allowed, Box::new(|_| in_real_time(body)));
}

fn in_virtual_time(body: Body<'_>) -> Outcome {
    let runtime = runtime(Builder::new_current_thread().enable_time().start_paused(true));
    outcome(Box::new(|| {
        runtime.block_on(async {
            let mut body = body();
            // At the limit the process ends, before the body is dropped: so the answer does not
            // run again, and the check's descriptions are still in force.
            if tokio::time::timeout(FOREVER, body.as_mut()).await.is_err() {
                end(hangs::waits_forever());
            }
        });
    }))
}

fn in_real_time(body: Body<'_>) -> Outcome {
    let runtime = runtime(
        Builder::new_current_thread()
            .enable_all()
            .on_thread_park(|| watchdog::set_idle(true))
            .on_thread_unpark(|| watchdog::set_idle(false)),
    );
    outcome(Box::new(|| runtime.block_on(async { body().await })))
}

/// Runs a future on this thread in virtual time, as [`check_async`] does.
pub fn block_on_paused<F: Future>(future: F) -> F::Output {
    block_on_runtime(Builder::new_current_thread().enable_time().start_paused(true), future)
}

fn block_on_runtime<F: Future>(builder: &mut Builder, future: F) -> F::Output {
    let mut output = None;
    block_on_boxed(&runtime(builder), Box::pin(async { output = Some(future.await) }));
    output.expect("the future has ended")
}

fn block_on_boxed(runtime: &Runtime, future: LocalBoxFuture<'_, ()>) {
    runtime.block_on(future);
}

fn runtime(builder: &mut Builder) -> Runtime {
    builder.build().expect("the system lets a process have a runtime")
}

type Body<'a> = Box<dyn FnOnce() -> LocalBoxFuture<'a, ()> + 'a>;

/// Hides the type of a body, for the reason that [`LocalBoxFuture`] gives.
fn boxed<'a, F, Fut>(body: F) -> Body<'a>
where
    F: FnOnce() -> Fut + 'a,
    Fut: Future<Output = ()> + 'a,
{
    Box::new(|| Box::pin(body()))
}

/// Runs a body that passes if it returns. The hook ends the process at a panic; one without a
/// call of the hook comes from `resume_unwind`.
fn outcome(body: Box<dyn FnOnce() + '_>) -> Outcome {
    // The process ends without a further look at the answer's state.
    match panic::catch_unwind(AssertUnwindSafe(body)) {
        Ok(()) => Outcome::passed(),
        Err(_) => Outcome::new(Status::Failed, "the code panicked without a message")
            .because(Cause::Panicked),
    }
}
