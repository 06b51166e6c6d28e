//! The slots' bells keep the waker of the first poll.
//! Caught by: `it_may_be_polled_by_another_task`
//!
//! It is polled by one task, then by another; a call that ends wakes the first one only.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::sync::OnceLock;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::sync::Arc;
use crate::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug, Clone)]
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

/// Remembers that its slot was woken, and wakes whoever polls the whole.
struct Bell {
    rung: AtomicBool,
    whole: OnceLock<Waker>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        if let Some(whole) = self.whole.get() {
            whole.wake_by_ref();
        }
    }
}

struct Slot<F> {
    bell: Arc<Bell>,
    call: Option<(usize, Pin<Box<F>>)>,
}

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let mut results: Vec<_> = requests.iter().map(|_| None).collect();
    let mut waiting = requests.iter().enumerate();
    let mut slots: Vec<_> = (0..limits.concurrency.get().min(requests.len()))
        .map(|_| {
            let bell = Bell { rung: AtomicBool::new(false), whole: OnceLock::new() };
            Slot { bell: Arc::new(bell), call: None }
        })
        .collect();
    let mut cancelled = pin!(cancel.cancelled());

    poll_fn(|cx| {
        for slot in &slots {
            slot.bell.whole.get_or_init(|| cx.waker().clone());
        }
        if cancelled.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut busy = false;
        for slot in &mut slots {
            loop {
                if slot.call.is_none() {
                    if cancel.is_cancelled() {
                        break;
                    }
                    let Some((index, request)) = waiting.next() else { break };
                    let call = timeout(limits.per_request, backend.generate(request));
                    slot.call = Some((index, Box::pin(call)));
                    slot.bell.rung.store(true, Ordering::Release);
                }
                let Some((index, call)) = &mut slot.call else { break };
                if !slot.bell.rung.swap(false, Ordering::AcqRel) {
                    break;
                }
                let waker = Waker::from(slot.bell.clone());
                let Poll::Ready(result) = call.as_mut().poll(&mut Context::from_waker(&waker))
                else {
                    break;
                };
                results[*index] = Some(match result {
                    Ok(Ok(response)) => Ok(response),
                    Ok(Err(error)) => Err(Failure::Backend(error)),
                    Err(_) => Err(Failure::TimedOut),
                });
                slot.call = None;
            }
            busy |= slot.call.is_some();
        }
        if busy { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    results.into_iter().map(|result| result.unwrap_or(Err(Failure::Cancelled))).collect()
}
