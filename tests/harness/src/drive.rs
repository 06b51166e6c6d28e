//! Drives a future in ways that a sequence of events asks for.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use tokio::time::sleep;

/// Runs a future, and calls `ring` at a time from now, before the future is polled at that instant.
pub async fn with_alarm<F: Future>(
    future: F,
    at: Option<Duration>,
    ring: impl FnOnce(),
) -> F::Output {
    let mut future = pin!(future);
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
    .await
}

/// Runs a future as if another task polled it each time: only the waker of the last poll is heard.
pub async fn moving<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let relay = Arc::new(Relay::default());
    poll_fn(|context| {
        *relay.outer.lock().expect("nothing panics under it") = Some(context.waker().clone());
        let poll = relay.polls.fetch_add(1, SeqCst) + 1;
        let waker = Waker::from(Arc::new(OfOnePoll { poll, relay: relay.clone() }));
        future.as_mut().poll(&mut Context::from_waker(&waker))
    })
    .await
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
