// ANCHOR: types
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Something that happens once. One task at a time may wait for it.
#[derive(Default)]
struct Event {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    happened: bool,
    waker: Option<Waker>,
}

/// The future of [`Event::wait`].
struct Wait<'a> {
    event: &'a Event,
}
// ANCHOR_END: types

// ANCHOR: event
impl Event {
    fn wait(&self) -> Wait<'_> {
        Wait { event: self }
    }

    fn happen(&self) {
        let mut state = self.lock();
        state.happened = true;
        let waker = state.waker.take();
        drop(state);
        // The lock is free again: whatever `wake` does, it cannot wait for us.
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
// ANCHOR_END: event

// ANCHOR: future
impl Future for Wait<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.event.lock();
        if state.happened {
            return Poll::Ready(());
        }
        // Under the same lock as the look at `happened`.
        let old = state.waker.replace(cx.waker().clone());
        drop(state);
        drop(old);
        Poll::Pending
    }
}
// ANCHOR_END: future

// ANCHOR: drop
impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let waker = self.event.lock().waker.take();
        drop(waker);
    }
}
// ANCHOR_END: drop

// ANCHOR: main
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let event = Event::default();
    let waiting = async {
        println!("waiting");
        event.wait().await;
        println!("it has happened");
    };
    let happening = async {
        println!("now it happens");
        event.happen();
    };
    tokio::join!(waiting, happening);
}
// ANCHOR_END: main
