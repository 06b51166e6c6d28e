//! A slot's next call is assigned over the last one, and so is made before that one is dropped.
//! Caught by: `a_request_whose_time_is_up_makes_room`
//!
//! A concurrency of one, and the first of two requests times out: when `generate` is called again,
//! the first future still exists.

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
    free: bool,
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
            Slot { bell: Arc::new(bell), call: None, free: true }
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
                if slot.free {
                    if cancel.is_cancelled() {
                        break;
                    }
                    let Some((index, request)) = waiting.next() else { break };
                    let call = timeout(limits.per_request, backend.generate(request));
                    slot.call = Some((index, Box::pin(call)));
                    slot.free = false;
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
                slot.free = true;
            }
            busy |= !slot.free;
        }
        if busy { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    results.into_iter().map(|result| result.unwrap_or(Err(Failure::Cancelled))).collect()
}
