// ANCHOR: types
use std::collections::BTreeMap;
use std::mem;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Closed at first. When it opens, all who wait go on.
#[derive(Default)]
struct Gate {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: bool,
    /// Those who wait, by their numbers.
    waiting: BTreeMap<u64, Waker>,
    next_number: u64,
}

struct Pass<'a> {
    gate: &'a Gate,
    /// `None` before the first poll, and after the last one.
    number: Option<u64>,
}
// ANCHOR_END: types

// ANCHOR: gate
impl Gate {
    fn pass(&self) -> Pass<'_> {
        Pass { gate: self, number: None }
    }

    fn open(&self) {
        let mut state = self.lock();
        state.open = true;
        let woken = mem::take(&mut state.waiting);
        drop(state);
        woken.into_values().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
// ANCHOR_END: gate

// ANCHOR: future
impl Future for Pass<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let gate = self.gate;
        let mut state = gate.lock();
        if state.open {
            self.number = None;
            return Poll::Ready(());
        }
        let number = *self.number.get_or_insert_with(|| {
            state.next_number += 1;
            state.next_number
        });
        let old = state.waiting.insert(number, cx.waker().clone());
        drop(state);
        drop(old);
        Poll::Pending
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let waker = self.gate.lock().waiting.remove(&number);
            drop(waker);
        }
    }
}
// ANCHOR_END: future

// ANCHOR: main
fn main() {
    let gate = Gate::default();
    let cx = &mut Context::from_waker(Waker::noop());

    let mut first = Box::pin(gate.pass());
    let mut second = Box::pin(gate.pass());
    println!("not polled yet: {} wait", gate.lock().waiting.len());

    assert!(first.as_mut().poll(cx).is_pending());
    assert!(second.as_mut().poll(cx).is_pending());
    assert!(second.as_mut().poll(cx).is_pending());
    println!("three polls of two futures: {} wait", gate.lock().waiting.len());

    drop(first);
    println!("one is dropped: {} waits", gate.lock().waiting.len());

    gate.open();
    println!("the gate is open: {:?}", second.as_mut().poll(cx));
}
// ANCHOR_END: main
