//! A slot's bell is cleared after its call was polled, and with it a ring that came during the poll.
//! Caught by: `every_response_finds_its_place_under_many_schedules`
//!
//! A call that wakes itself while it is polled, as `yield_now` does, or that another thread wakes
//! just then: it is never polled again.

use std::future::poll_fn;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use ollama::{Generate, GenerateRequest, GenerateResponse};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Arc, Mutex};

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
    whole: Mutex<Waker>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        let whole = self.whole.lock().unwrap().clone();
        whole.wake();
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
            let bell =
                Bell { rung: AtomicBool::new(false), whole: Mutex::new(Waker::noop().clone()) };
            Slot { bell: Arc::new(bell), call: None }
        })
        .collect();
    let mut cancelled = pin!(cancel.cancelled());

    poll_fn(|cx| {
        for slot in &slots {
            slot.bell.whole.lock().unwrap().clone_from(cx.waker());
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
                if !slot.bell.rung.load(Ordering::Acquire) {
                    break;
                }
                let waker = Waker::from(slot.bell.clone());
                let polled = call.as_mut().poll(&mut Context::from_waker(&waker));
                slot.bell.rung.store(false, Ordering::Release);
                let Poll::Ready(result) = polled else { break };
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
