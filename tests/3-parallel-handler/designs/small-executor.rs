//! A small executor of its own: each slot has a waker that puts it in a list of those to poll, so
//! only slots that were woken are polled; a slot takes the next request itself when its call has
//! ended.

use std::collections::VecDeque;
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

/// How many results are taken in one poll, so that others get the thread too.
const AT_ONCE: usize = 64;

#[derive(Default)]
struct Woken {
    slots: VecDeque<usize>,
    /// Of the task that polls us now.
    outer: Option<Waker>,
}

struct SlotWaker {
    slot: usize,
    /// Whether it is in the list.
    queued: AtomicBool,
    woken: Arc<Mutex<Woken>>,
}

impl Wake for SlotWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.queued.swap(true, Ordering::SeqCst) {
            return;
        }
        let outer = {
            let mut woken = self.woken.lock().unwrap();
            woken.slots.push_back(self.slot);
            woken.outer.clone()
        };
        if let Some(outer) = outer {
            outer.wake();
        }
    }
}

struct Slot<Fut> {
    list: Arc<SlotWaker>,
    waker: Waker,
    call: Option<(usize, Pin<Box<Fut>>)>,
}

pub async fn generate_all<B: Generate>(
    backend: &B,
    requests: Vec<GenerateRequest>,
    limits: &Limits,
    cancel: &CancellationToken,
) -> Vec<Result<GenerateResponse, Failure>> {
    let mut results: Vec<_> = requests.iter().map(|_| Err(Failure::Cancelled)).collect();
    let mut waiting = requests.iter().enumerate();
    let mut unfinished = requests.len();
    let count = limits.concurrency.get().min(requests.len());
    let woken = Arc::new(Mutex::new(Woken { slots: (0..count).collect(), outer: None }));
    let mut slots: Vec<_> = (0..count)
        .map(|slot| {
            let queued = AtomicBool::new(true);
            let list = Arc::new(SlotWaker { slot, queued, woken: Arc::clone(&woken) });
            let waker = Waker::from(Arc::clone(&list));
            Slot { list, waker, call: None }
        })
        .collect();
    let mut cancelled = pin!(cancel.cancelled());

    poll_fn(|cx| {
        if cancelled.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut now = {
            let mut woken = woken.lock().unwrap();
            woken.outer = Some(cx.waker().clone());
            std::mem::take(&mut woken.slots)
        };
        let mut taken = 0;
        while taken < AT_ONCE
            && let Some(number) = now.pop_front()
        {
            let slot = &mut slots[number];
            // Before the poll: a wake during the poll counts.
            slot.list.queued.store(false, Ordering::SeqCst);
            let mut inner = Context::from_waker(&slot.waker);
            loop {
                if slot.call.is_none() {
                    if cancel.is_cancelled() {
                        break;
                    }
                    if taken >= AT_ONCE {
                        slot.waker.wake_by_ref();
                        break;
                    }
                    let Some((index, request)) = waiting.next() else { break };
                    let call = timeout(limits.per_request, backend.generate(request));
                    slot.call = Some((index, Box::pin(call)));
                }
                let Some((index, call)) = &mut slot.call else { break };
                let Poll::Ready(ended) = call.as_mut().poll(&mut inner) else { break };
                results[*index] = match ended {
                    Ok(Ok(response)) => Ok(response),
                    Ok(Err(error)) => Err(Failure::Backend(error)),
                    Err(_) => Err(Failure::TimedOut),
                };
                slot.call = None;
                unfinished -= 1;
                taken += 1;
            }
        }
        if !now.is_empty() {
            // Enough for one poll: the rest comes first in the next.
            let mut woken = woken.lock().unwrap();
            now.append(&mut woken.slots);
            woken.slots = now;
            cx.waker().wake_by_ref();
        }
        if unfinished == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    results
}
