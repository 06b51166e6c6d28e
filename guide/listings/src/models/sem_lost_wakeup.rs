use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use super::sync::{Arc, Mutex};
use super::{task, thread};

// ANCHOR: all
struct Event {
    happened: Mutex<bool>,
    waker: Mutex<Option<Waker>>,
}

impl Event {
    fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        if *self.happened.lock().unwrap() {
            return Poll::Ready(());
        }
        *self.waker.lock().unwrap() = Some(cx.waker().clone());
        Poll::Pending
    }

    fn happen(&self) {
        *self.happened.lock().unwrap() = true;
        let waker = self.waker.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
// ANCHOR_END: all

pub fn model() {
    let event = Arc::new(Event { happened: Mutex::new(false), waker: Mutex::new(None) });
    let waiter = {
        let event = event.clone();
        thread::spawn("waiter", move || task::block_on(poll_fn(|cx| event.poll(cx))))
    };
    event.happen();
    waiter.join();
}
