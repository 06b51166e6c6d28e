//! The cache on real threads: under any schedule, values belong to their keys, and no computation
//! runs beside another of its key.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use harness::{Polling, block_on, doing};

use super::{check, room};

type Cache = cache::Cache<usize, usize>;

const THREADS: usize = 4;
const ROUNDS: usize = 400;
const KEYS: usize = 3;
const CAPACITY: usize = 2;

fn on_threads(work: impl Fn(usize) + Sync) {
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let work = &work;
            scope.spawn(move || (0..ROUNDS).for_each(|round| work(thread + round)));
        }
    });
}

/// Yields once, so that others run while a value is being computed.
async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut paused, true) {
            return std::task::Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

#[test]
fn values_belong_to_their_keys_under_load() {
    check(|| {
        let _doing = doing("running four threads that get, insert and compute values");
        let cache = Cache::new(room(CAPACITY));
        on_threads(|round| {
            let key = round / 3 % KEYS;
            let value = match round % 3 {
                0 => cache.get(&key),
                1 => cache.insert(key, key + KEYS),
                _ => block_on(cache.get_or_insert_with(key, || async {
                    pause().await;
                    if round % 7 == 0 { Err(()) } else { Ok(key) }
                }))
                .ok(),
            };
            if let Some(value) = value {
                assert!(value % KEYS == key, "the key {key} has a value of {}", value % KEYS);
            }
            let len = cache.len();
            assert!(len <= CAPACITY, "`len` is {len} in a cache for {CAPACITY} values");
        });
    });
}

#[test]
fn a_key_is_computed_once_at_a_time_under_load() {
    check(|| {
        let _doing = doing("running four threads that compute values and drop half of the calls");
        let cache = Cache::new(room(1));
        let running = [(); KEYS].map(|()| AtomicUsize::new(0));
        on_threads(|round| {
            let key = round % KEYS;
            if round % 2 == 0 {
                // Dropped after one poll, whether it waits or computes.
                let compute = || async {
                    pause().await;
                    Ok::<_, ()>(key)
                };
                let _ = Polling::new(cache.get_or_insert_with(key, compute)).poll();
            } else {
                let compute = || async {
                    let _running = Running::begin(&running[key]);
                    pause().await;
                    if round % 3 == 0 { Err(()) } else { Ok(key) }
                };
                let value = block_on(cache.get_or_insert_with(key, compute));
                assert!(value.is_ok() || round % 3 == 0, "no computation of this call has failed");
            }
        });
    });
}

/// A computation that runs.
struct Running<'a>(&'a AtomicUsize);

impl<'a> Running<'a> {
    fn begin(running: &'a AtomicUsize) -> Self {
        let others = running.fetch_add(1, SeqCst);
        assert!(others == 0, "a key is computed by {} calls at the same time", others + 1);
        Self(running)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}
