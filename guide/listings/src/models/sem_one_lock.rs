use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use super::sync::{Arc, Mutex};
use super::{task, thread};

// ANCHOR: all
struct Event(Mutex<State>);

struct State {
    happened: bool,
    waker: Option<Waker>,
}

impl Event {
    fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.lock().unwrap();
        if state.happened {
            return Poll::Ready(());
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn happen(&self) {
        let mut state = self.0.lock().unwrap();
        state.happened = true;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
// ANCHOR_END: all

pub fn model() {
    let event = Arc::new(Event(Mutex::new(State { happened: false, waker: None })));
    let waiter = {
        let event = event.clone();
        thread::spawn("waiter", move || task::block_on(poll_fn(|cx| event.poll(cx))))
    };
    event.happen();
    waiter.join();
}
