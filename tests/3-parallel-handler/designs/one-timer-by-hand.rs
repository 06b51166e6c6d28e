//! One hand-written poll function over a list of calls, all polled on each wake; one timer for all
//! of them: the limits are equal, so the oldest call is the next whose time is up.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

#[derive(Clone, Debug)]
pub struct Limits {
    pub concurrency: NonZeroUsize,
    pub per_request: Duration,
}

#[derive(Debug)]
pub enum Failure {
    Backend(ollama::Error),
    TimedOut,
    Cancelled,
}

/// No more than this many results are taken in one poll, so that others get the thread too.
const AT_ONCE: usize = 64;

struct Call<Fut> {
    index: usize,
    /// `None` if that is further away than the clock can count.
    deadline: Option<Instant>,
    reply: Pin<Box<Fut>>,
}

/// What has become of a call that was sent in an earlier poll.
fn look_at<Fut>(
    call: &mut Call<Fut>,
    cx: &mut Context<'_>,
) -> Option<Result<GenerateResponse, Failure>>
where
    Fut: Future<Output = Result<GenerateResponse, ollama::Error>>,
{
    match call.reply.as_mut().poll(cx) {
        Poll::Ready(reply) => Some(reply.map_err(Failure::Backend)),
        Poll::Pending if call.deadline.is_some_and(|at| at <= Instant::now()) => {
            Some(Err(Failure::TimedOut))
        }
        Poll::Pending => None,
    }
}

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let mut results: Vec<_> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();
    let mut waiting = requests.iter().enumerate();
    // In the order in which they were sent.
    let mut calls: VecDeque<Call<_>> = VecDeque::new();
    let mut timer = pin!(sleep_until(Instant::now()));
    let mut armed_for = None;
    let mut cancelled = pin!(cancel.cancelled());

    poll_fn(|cx| {
        if cancelled.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut taken = 0;
        // Those that were sent before.
        let mut position = 0;
        while position < calls.len() {
            let call = &mut calls[position];
            let ended = look_at(call, cx);
            if let Some(result) = ended {
                results[call.index] = result;
                calls.remove(position);
                taken += 1;
            } else {
                position += 1;
            }
        }
        // The next ones, one by one: each is polled before the next is sent.
        while calls.len() < limits.concurrency.get() && taken < AT_ONCE && !cancel.is_cancelled() {
            let Some((index, request)) = waiting.next() else { break };
            let deadline = Instant::now().checked_add(limits.per_request);
            let mut reply = Box::pin(backend.generate(request));
            match reply.as_mut().poll(cx) {
                Poll::Ready(result) => {
                    results[index] = result.map_err(Failure::Backend);
                    taken += 1;
                }
                Poll::Pending if limits.per_request.is_zero() => {
                    results[index] = Err(Failure::TimedOut);
                    taken += 1;
                }
                Poll::Pending => calls.push_back(Call { index, deadline, reply }),
            }
        }
        if calls.is_empty() && waiting.len() == 0 {
            return Poll::Ready(());
        }
        if taken >= AT_ONCE {
            cx.waker().wake_by_ref();
        }
        if let Some(deadline) = calls.front().and_then(|call| call.deadline) {
            if armed_for != Some(deadline) {
                timer.as_mut().reset(deadline);
                armed_for = Some(deadline);
            }
            if timer.as_mut().poll(cx).is_ready() {
                cx.waker().wake_by_ref();
            }
        }
        Poll::Pending
    })
    .await;
    results
}
