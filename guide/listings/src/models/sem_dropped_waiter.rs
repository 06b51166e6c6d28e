use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::sync::{Arc, Mutex};
use super::task::{self, Task};
use super::thread;

// ANCHOR: all
/// One letter at a time, and a line of those who wait for it.
#[derive(Debug, Default)]
struct Letterbox {
    letter: Option<&'static str>,
    line: VecDeque<Waker>,
}

fn poll_receive(letterbox: &Mutex<Letterbox>, cx: &mut Context<'_>) -> Poll<&'static str> {
    let mut letterbox = letterbox.lock().unwrap();
    if let Some(letter) = letterbox.letter.take() {
        return Poll::Ready(letter);
    }
    letterbox.line.push_back(cx.waker().clone());
    Poll::Pending
}

fn post(letterbox: &Mutex<Letterbox>, letter: &'static str) {
    let mut letterbox = letterbox.lock().unwrap();
    letterbox.letter = Some(letter);
    let first = letterbox.line.pop_front();
    drop(letterbox);
    if let Some(waker) = first {
        waker.wake();
    }
}
// ANCHOR_END: all

pub fn model() {
    let letterbox = Arc::new(Mutex::new(Letterbox::default()));
    let waiter = {
        let letterbox = letterbox.clone();
        thread::spawn("waits", move || {
            task::block_on(poll_fn(|cx| poll_receive(&letterbox, cx)));
        })
    };
    {
        let given_up = pin!(poll_fn(|cx| poll_receive(&letterbox, cx)));
        let _ = Task::new().poll(given_up);
    }
    post(&letterbox, "hello");
    waiter.join();
}
