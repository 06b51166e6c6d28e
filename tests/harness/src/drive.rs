//! Drives a future in ways that a sequence of events asks for.
//!
//! Nothing here has the future's type, for the reason that [`LocalBoxFuture`] gives.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use tokio::time::sleep;

use crate::LocalBoxFuture;

/// Runs a future, and calls `ring` at a time from now, before the future is polled at that instant.
pub fn with_alarm<'a>(
    mut future: LocalBoxFuture<'a, ()>,
    at: Option<Duration>,
    ring: Box<dyn FnOnce() + 'a>,
) -> LocalBoxFuture<'a, ()> {
    Box::pin(async move {
        let mut alarm = pin!(async {
            match at {
                Some(Duration::ZERO) => {}
                Some(time) => sleep(time).await,
                None => std::future::pending().await,
            }
        });
        let mut ring = Some(ring);
        poll_fn(|context| {
            if ring.is_some()
                && alarm.as_mut().poll(context).is_ready()
                && let Some(ring) = ring.take()
            {
                ring();
            }
            future.as_mut().poll(context)
        })
        .await;
    })
}

/// Runs a future as if another task polled it each time: only the waker of the last poll is heard.
pub fn moving(mut future: LocalBoxFuture<'_, ()>) -> LocalBoxFuture<'_, ()> {
    let relay = Arc::new(Relay::default());
    Box::pin(poll_fn(move |context| {
        *relay.outer.lock().expect("nothing panics under it") = Some(context.waker().clone());
        let poll = relay.polls.fetch_add(1, SeqCst) + 1;
        let waker = Waker::from(Arc::new(OfOnePoll { poll, relay: relay.clone() }));
        future.as_mut().poll(&mut Context::from_waker(&waker))
    }))
}

#[derive(Default)]
struct Relay {
    polls: AtomicUsize,
    outer: Mutex<Option<Waker>>,
}

struct OfOnePoll {
    poll: usize,
    relay: Arc<Relay>,
}

impl Wake for OfOnePoll {
    fn wake(self: Arc<Self>) {
        if self.poll == self.relay.polls.load(SeqCst) {
            let outer = self.relay.outer.lock().expect("nothing panics under it").clone();
            outer.into_iter().for_each(Waker::wake);
        }
    }
}
