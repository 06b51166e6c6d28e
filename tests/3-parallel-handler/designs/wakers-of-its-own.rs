//! A small executor: each slot has a waker of its own, which notes that this slot was woken. A poll
//! then polls only the calls that were woken, as `FuturesUnordered` does.

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

/// How many requests may be in flight, and how long each may take.
#[derive(Clone, Debug)]
pub struct Limits {
    pub concurrency: NonZeroUsize,
    pub per_request: Duration,
}

/// Why a request has no response.
#[derive(Debug)]
pub enum Failure {
    Backend(ollama::Error),
    TimedOut,
    Cancelled,
}

/// Notes that its slot was woken, and wakes the task that polls the whole.
struct SlotWaker {
    woken: AtomicBool,
    task: Mutex<Waker>,
}

impl Wake for SlotWaker {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        let task = self.task.lock().unwrap().clone();
        task.wake();
    }
}

struct Slot<F> {
    waker: Arc<SlotWaker>,
    call: Option<(usize, Pin<Box<F>>)>,
}

impl<F> Slot<F> {
    fn new() -> Self {
        let task = Mutex::new(Waker::noop().clone());
        let waker = Arc::new(SlotWaker { woken: AtomicBool::new(false), task });
        Self { waker, call: None }
    }
}

/// Sends all requests and returns their results, in the order of the requests.
pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let mut results: Vec<_> = requests.iter().map(|_| None).collect();
    let mut waiting = requests.iter().enumerate();
    let concurrency = limits.concurrency.get().min(requests.len());
    let mut slots: Vec<_> = (0..concurrency).map(|_| Slot::new()).collect();
    let mut cancelled = pin!(cancel.cancelled());

    poll_fn(|cx| {
        for slot in &slots {
            slot.waker.task.lock().unwrap().clone_from(cx.waker());
        }
        if cancelled.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut busy = false;
        for slot in &mut slots {
            // As long as this slot's calls are ready at once, it goes on with the next request.
            loop {
                if slot.call.is_none() {
                    if cancel.is_cancelled() {
                        break;
                    }
                    let Some((index, request)) = waiting.next() else { break };
                    let call = timeout(limits.per_request, backend.generate(request));
                    slot.call = Some((index, Box::pin(call)));
                    slot.waker.woken.store(true, Ordering::Release);
                }
                let Some((index, call)) = &mut slot.call else { break };
                // Reset before the poll: a call may be woken again while it is polled.
                if !slot.waker.woken.swap(false, Ordering::AcqRel) {
                    break;
                }
                let waker = Waker::from(slot.waker.clone());
                let answer = call.as_mut().poll(&mut Context::from_waker(&waker));
                let Poll::Ready(answer) = answer else { break };
                results[*index] = Some(match answer {
                    Ok(answer) => answer.map_err(Failure::Backend),
                    Err(_elapsed) => Err(Failure::TimedOut),
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
