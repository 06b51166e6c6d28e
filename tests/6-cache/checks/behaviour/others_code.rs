//! Code of others that the cache runs: wakers, and destructors of values.

use std::future::{Future, ready};
use std::mem;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use harness::{Polling, doing};

use super::{Answer, Cache, Failed, Work, compute, drop_call};
use crate::checks::{check, room};

/// Uses the cache as the code of others may, with keys of its own.
fn use_cache(cache: &Cache) {
    cache.len();
    cache.get(&"x");
    cache.insert("x", 1);
    let call = pin!(cache.get_or_insert_with("y", || ready(Ok::<_, Failed>(2))));
    let _ = call.poll(&mut Context::from_waker(Waker::noop()));
}

fn leaked() -> &'static Cache {
    Box::leak(Box::new(Cache::new(room(4))))
}

/// A call that was polled with this waker while another computes the value of `a`.
fn wait_with(cache: &'static Cache, waker: Waker) -> Polling<'static, Answer> {
    let mut call = Work::default().ask(cache, "a");
    let pending = call.poll_with(&waker).is_pending();
    assert!(pending, "the value of a is being computed, but a second call is ready");
    call
}

/// What can happen to a computation for which others wait.
const EVENTS: [&str; 3] = ["the value comes", "the call that computes is dropped", "an insert"];

/// Lets it happen to a new computation of `a`, after `wait`.
fn with_event<W>(event: &str, cache: &'static Cache, wait: impl FnOnce() -> W) -> W {
    let work = Work::default();
    let mut computes = compute(cache, "a", &work);
    let waiter = wait();
    if event == EVENTS[0] {
        work.end(Ok(1));
        let _doing = doing("polling a call whose computation has ended");
        let _ = computes.poll();
    } else if event == EVENTS[1] {
        drop_call(computes);
    } else {
        let _doing = doing("calling `insert` for a key that is being computed");
        cache.insert("a", 5);
    }
    waiter
}

/// A waker that uses the cache while it is woken.
struct UsesWhenWoken {
    cache: &'static Cache,
    woken: AtomicBool,
}

impl Wake for UsesWhenWoken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let _doing = doing("waking a waker that uses the cache inside `wake`");
        use_cache(self.cache);
        self.woken.store(true, SeqCst);
    }
}

#[test]
fn a_waker_may_use_the_cache() {
    check(|| {
        for event in EVENTS {
            let cache = leaked();
            let waker = Arc::new(UsesWhenWoken { cache, woken: AtomicBool::new(false) });
            let _waiter = with_event(event, cache, || wait_with(cache, waker.clone().into()));
            let woken = waker.woken.load(SeqCst);
            assert!(woken, "a call waits for a value, and {event}, but the call is not woken");
        }
    });
}

/// A waker that uses the cache when the last clone of it is dropped.
struct UsesWhenDropped {
    cache: &'static Cache,
    of: &'static str,
    /// Keeps what was woken, so that it is not dropped where it is woken: that is the matter of
    /// another check.
    woken: &'static Mutex<Vec<Arc<Self>>>,
}

impl Wake for UsesWhenDropped {
    fn wake(self: Arc<Self>) {
        self.woken.lock().unwrap().push(self);
    }
}

impl Drop for UsesWhenDropped {
    fn drop(&mut self) {
        let _doing = doing(format!(
            "dropping the waker of {}: a waker may use the cache when it is dropped",
            self.of
        ));
        use_cache(self.cache);
    }
}

#[test]
fn a_dropped_waker_may_use_the_cache() {
    check(|| {
        let woken: &'static Mutex<Vec<_>> = Box::leak(Box::default());
        let waker = |cache, of| Waker::from(Arc::new(UsesWhenDropped { cache, of, woken }));

        let cache = leaked();
        let _computes = compute(cache, "a", &Work::default());
        let mut polled_again = wait_with(cache, waker(cache, "a call that is polled again"));
        assert!(polled_again.poll().is_pending(), "no value has come, but a call is ready");
        drop_call(wait_with(cache, waker(cache, "a call that is dropped")));

        for event in EVENTS {
            let cache = leaked();
            let of = "a call that was woken and is dropped";
            let waiter = with_event(event, cache, || wait_with(cache, waker(cache, of)));
            drop(mem::take(&mut *woken.lock().unwrap()));
            drop_call(waiter);
        }
    });
}

type AskingCache = cache::Cache<&'static str, Asks>;

/// A value that uses the cache when it is dropped.
#[derive(Clone)]
struct Asks {
    cache: &'static AskingCache,
    why: &'static str,
}

impl std::fmt::Debug for Asks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Asks")
    }
}

impl Drop for Asks {
    fn drop(&mut self) {
        let _doing = doing(format!(
            "dropping a value that {}: a value may use the cache when it is dropped",
            self.why
        ));
        self.cache.len();
        drop(self.cache.get(&"x"));
    }
}

#[test]
fn a_dropped_value_may_use_the_cache() {
    check(|| {
        let cache = || -> &'static AskingCache { Box::leak(Box::new(AskingCache::new(room(1)))) };
        let value = |cache, why| Asks { cache, why };

        let evicting = cache();
        evicting.insert("a", value(evicting, "an insert evicts"));
        evicting.insert("b", value(evicting, "a computation evicts"));
        let computed = value(evicting, "an overtaken computation made");
        let call = evicting.get_or_insert_with("c", || ready(Ok::<_, Failed>(computed)));
        drop(Polling::new(call).poll());

        let handing = cache();
        let call = |why| {
            let value = value(handing, why);
            Polling::new(handing.get_or_insert_with("a", move || {
                let mut polled = false;
                std::future::poll_fn(move |cx| {
                    if mem::replace(&mut polled, true) {
                        return std::task::Poll::Ready(Ok::<_, Failed>(value.clone()));
                    }
                    cx.waker().wake_by_ref();
                    std::task::Poll::Pending
                })
            }))
        };
        let mut computes = call("was computed");
        assert!(computes.poll().is_pending(), "a computation is pending, but its call is ready");
        let mut waits = call("nobody needs");
        assert!(waits.poll().is_pending(), "a value is being computed, but a second call is ready");
        drop(computes.poll());
        drop_call(waits);

        let overtaking = cache();
        let late = value(overtaking, "came after an insert");
        let mut call = Polling::new(overtaking.get_or_insert_with("a", || {
            overtaking.insert("a", value(overtaking, "was inserted during a computation"));
            ready(Ok::<_, Failed>(late))
        }));
        drop(call.poll());
    });
}
