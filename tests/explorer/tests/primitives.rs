//! What each primitive does: every outcome that is possible occurs in some interleaving, and no
//! other one occurs.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Mutex as Seen;
use std::task::{Context, Poll, Wake};

use explorer::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use explorer::sync::{Arc, Condvar, Mutex, RwLock, Weak, mpsc};
use explorer::task::{Task, block_on};
use explorer::{Answer, Data, Explorer, Failure, GivenUp, thread};
use schedule::Interleaving;

const ANSWER: Answer = Answer { file: "tests/primitives.rs", text: include_str!("primitives.rs") };
const EXPLORER: Explorer = Explorer {
    answer: ANSWER,
    scenario: "a model of the tests",
    preemptions: None,
    limit: 100_000,
    limit_in_all: usize::MAX,
};

fn fail(failure: Failure) {
    // A model must not unwind.
    eprintln!("{failure:?}");
    std::process::exit(101);
}

/// Runs a model that does not fail, and collects its outcomes.
fn outcomes<T: Ord + Send + 'static>(
    model: impl Fn() -> T + Send + Sync + Clone + 'static,
) -> BTreeSet<T> {
    let seen: &'static Seen<BTreeSet<T>> = Box::leak(Box::default());
    let searched = EXPLORER.explore(fail, move || {
        let outcome = model();
        seen.lock().unwrap().insert(outcome);
    });
    searched.expect("there are few interleavings");
    std::mem::take(&mut seen.lock().unwrap())
}

/// Starts another thread on a shared value.
fn with<S: 'static, T: 'static>(
    shared: &Arc<S>,
    work: impl FnOnce(&S) -> T + 'static,
) -> thread::JoinHandle<T> {
    let shared = shared.clone();
    thread::spawn("other", move || work(&shared))
}

#[test]
fn a_mutex_excludes() {
    let sums = outcomes(|| {
        let sum = Arc::new(Mutex::new(0));
        let add = |sum: &Mutex<u32>, n| {
            let mut sum = sum.lock().unwrap();
            let seen = *sum;
            *sum = seen + n;
        };
        let other = with(&sum, move |sum| add(sum, 2));
        add(&sum, 1);
        other.join();
        *sum.lock().unwrap()
    });
    assert_eq!(sums, [3].into());
}

#[test]
fn a_try_lock_finds_the_lock_free_or_taken() {
    let tries = outcomes(|| {
        let lock = Arc::new(Mutex::new(()));
        let other = with(&lock, |lock| drop(lock.lock()));
        let got = lock.try_lock().is_ok();
        other.join();
        got
    });
    assert_eq!(tries, [false, true].into());
}

#[test]
fn readers_share_and_writers_exclude() {
    let together = outcomes(|| {
        let lock = Arc::new(RwLock::new(1));
        let other = with(&lock, |lock| *lock.write().unwrap() += 1);
        let third = with(&lock, |lock| *lock.read().unwrap());
        let seen = *lock.read().unwrap();
        other.join();
        (seen, third.join())
    });
    assert_eq!(together, [(1, 1), (1, 2), (2, 1), (2, 2)].into());
}

#[test]
fn readers_do_not_wait_for_each_other() {
    outcomes(|| {
        let lock = Arc::new(RwLock::new(()));
        let read = lock.read().unwrap();
        // If it waited for the guard above, this would be a deadlock.
        with(&lock, |lock| drop(lock.read())).join();
        drop(read);
    });
}

#[test]
fn a_try_read_and_a_try_write_find_the_lock_free_or_taken() {
    let tries = outcomes(|| {
        let lock = Arc::new(RwLock::new(0));
        let other = with(&lock, |lock| *lock.write().unwrap() += 1);
        let read = lock.try_read().is_ok();
        let written = lock.try_write().is_ok();
        other.join();
        (read, written)
    });
    assert!(tries.contains(&(false, true)) && tries.contains(&(true, false)), "{tries:?}");
}

#[test]
fn a_condition_variable_wakes_a_waiting_thread() {
    let values = outcomes(|| {
        let shared = Arc::new((Mutex::new(0), Condvar::new()));
        let other = with(&shared, |(value, changed)| {
            *value.lock().unwrap() = 7;
            changed.notify_all();
        });
        let (value, changed) = &*shared;
        let value = changed.wait_while(value.lock().unwrap(), |value| *value == 0).unwrap();
        let seen = *value;
        drop(value);
        other.join();
        seen
    });
    assert_eq!(values, [7].into());
}

#[test]
fn relaxed_flags_can_both_be_missed_and_fenced_ones_cannot() {
    let look = |fenced: bool| {
        move || {
            let flags = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
            let raise = move |mine: &AtomicBool, others: &AtomicBool| {
                mine.store(true, Ordering::Relaxed);
                if fenced {
                    fence(Ordering::SeqCst);
                }
                others.load(Ordering::Relaxed)
            };
            let other = with(&flags, move |flags| raise(&flags[1], &flags[0]));
            let mine = raise(&flags[0], &flags[1]);
            (mine, other.join())
        }
    };
    assert!(outcomes(look(false)).contains(&(false, false)));
    assert!(!outcomes(look(true)).contains(&(false, false)));
}

#[test]
fn sequentially_consistent_flags_cannot_both_be_missed() {
    let look = |store: Ordering| {
        move || {
            let flags = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
            let raise = move |mine: &AtomicBool, others: &AtomicBool| {
                mine.store(true, store);
                others.load(Ordering::SeqCst)
            };
            let other = with(&flags, move |flags| raise(&flags[1], &flags[0]));
            let mine = raise(&flags[0], &flags[1]);
            (mine, other.join())
        }
    };
    let all = [(false, true), (true, false), (true, true)].into();
    assert_eq!(outcomes(look(Ordering::SeqCst)), all);
    // It takes both the store and the load.
    assert!(outcomes(look(Ordering::Release)).contains(&(false, false)));
}

#[test]
fn read_modify_writes_lose_nothing() {
    let sums = outcomes(|| {
        let sum = Arc::new(AtomicUsize::new(0));
        let other = with(&sum, |sum| {
            sum.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| Some(n + 2)).is_ok()
        });
        sum.fetch_add(1, Ordering::AcqRel);
        other.join();
        sum.load(Ordering::Acquire)
    });
    assert_eq!(sums, [3].into());
}

#[test]
fn an_arc_is_unwrapped_by_its_last_owner() {
    let unwrapped = outcomes(|| {
        let arc = Arc::new(());
        let other = arc.clone();
        let other = thread::spawn("other", move || Arc::try_unwrap(other).is_ok());
        let mine = Arc::try_unwrap(arc).is_ok();
        (mine, other.join())
    });
    assert!(!unwrapped.contains(&(true, true)), "{unwrapped:?}");
    assert!(unwrapped.contains(&(true, false)) && unwrapped.contains(&(false, true)));
}

#[test]
fn an_arc_counts_its_owners() {
    let counts = outcomes(|| {
        let arc = Arc::new(());
        let other = arc.clone();
        assert!(Arc::ptr_eq(&arc, &other));
        let other = thread::spawn("other", move || drop(other));
        let count = Arc::strong_count(&arc);
        other.join();
        (count, Arc::strong_count(&arc))
    });
    assert_eq!(counts, [(1, 1), (2, 1)].into());
}

#[test]
fn one_owner_at_most_gets_the_value_out_of_an_arc() {
    let got = outcomes(|| {
        let arc = Arc::new(());
        let other = arc.clone();
        let other = thread::spawn("other", move || Arc::into_inner(other).is_some());
        let mine = Arc::into_inner(arc).is_some();
        (mine, other.join())
    });
    assert_eq!(got, [(true, false), (false, true)].into());
}

#[test]
fn an_arc_that_is_shared_is_not_changed() {
    let changed = outcomes(|| {
        let mut arc = Arc::new(1);
        let other = arc.clone();
        let other = thread::spawn("other", move || *other);
        let alone = Arc::get_mut(&mut arc).is_some();
        *Arc::make_mut(&mut arc) += 1;
        (alone, *arc, other.join())
    });
    assert_eq!(changed, [(false, 2, 1), (true, 2, 1)].into());
}

#[test]
fn a_weak_reference_finds_the_value_or_nothing() {
    let found = outcomes(|| {
        let arc = Arc::new(5);
        let weak = Arc::downgrade(&arc);
        assert_eq!((Arc::weak_count(&arc), weak.strong_count()), (1, 1));
        let other = thread::spawn("other", move || weak.upgrade().map(|arc| *arc));
        drop(arc);
        other.join()
    });
    assert_eq!(found, [None, Some(5)].into());
    assert_eq!(outcomes(|| Weak::<u8>::new().upgrade().is_none()), [true].into());
}

#[test]
fn a_value_may_refer_to_itself_weakly() {
    struct Node {
        own: Weak<Node>,
    }
    outcomes(|| {
        let node = Arc::new_cyclic(|own| {
            assert!(own.upgrade().is_none());
            Node { own: own.clone() }
        });
        assert!(node.own.upgrade().is_some_and(|own| Arc::ptr_eq(&own, &node)));
    });
}

#[test]
fn the_last_owner_sees_what_the_others_did() {
    struct Used(Data);
    impl Drop for Used {
        fn drop(&mut self) {
            self.0.write();
        }
    }
    outcomes(|| {
        let used = Arc::new(Used(Data::new()));
        let other = with(&used, |used| used.0.read());
        used.0.read();
        drop(used);
        other.join();
    });
}

#[test]
fn a_channel_keeps_the_order_and_its_bound() {
    let received = outcomes(|| {
        let (sender, mut receiver) = mpsc::channel(1);
        let other = thread::spawn("other", move || {
            block_on(async {
                sender.send(1).await.unwrap();
                sender.send(2).await.unwrap();
            });
        });
        let mut all = Vec::new();
        while let Some(value) = block_on(receiver.recv()) {
            all.push(value);
        }
        other.join();
        all
    });
    assert_eq!(received, [vec![1, 2]].into());
}

#[test]
fn a_free_slot_of_a_channel_goes_to_the_first_sender() {
    outcomes(|| {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.try_send(0).unwrap();
        let task = Task::new();
        let (mut first, mut second) = (pin!(sender.send(1)), pin!(sender.send(2)));
        assert!(task.poll(first.as_mut()).is_pending());
        assert!(task.poll(second.as_mut()).is_pending());
        assert_eq!(receiver.try_recv(), Ok(0));
        assert_eq!(sender.capacity(), 0, "the room is promised");
        assert_eq!(sender.try_send(3), Err(mpsc::TrySendError::Full(3)));
        assert!(task.poll(second.as_mut()).is_pending());
        assert!(task.poll(first.as_mut()).is_ready());
        assert_eq!(receiver.try_recv(), Ok(1));
        assert!(task.poll(second.as_mut()).is_ready());
    });
}

#[test]
fn a_dropped_send_passes_its_slot_on() {
    outcomes(|| {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.try_send(0).unwrap();
        let task = Task::new();
        let mut first = Box::pin(sender.send(1));
        assert!(task.poll(first.as_mut()).is_pending());
        let receive = receiver.try_recv();
        drop(first);
        assert_eq!((receive, sender.capacity()), (Ok(0), 1));
    });
}

#[test]
fn a_closed_channel_returns_errors() {
    outcomes(|| {
        let (sender, mut receiver) = mpsc::channel(2);
        sender.try_send(1).unwrap();
        receiver.close();
        assert_eq!(sender.try_send(2), Err(mpsc::TrySendError::Closed(2)));
        assert_eq!(block_on(sender.send(3)), Err(mpsc::SendError(3)));
        assert_eq!(block_on(receiver.recv()), Some(1));
        assert_eq!(block_on(receiver.recv()), None);
        assert_eq!(receiver.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    });
}

#[test]
fn a_permit_of_a_channel_holds_a_slot() {
    outcomes(|| {
        let (sender, mut receiver) = mpsc::channel(1);
        let permit = block_on(sender.reserve()).unwrap();
        assert!(sender.try_reserve().is_err());
        drop(permit);
        sender.try_reserve().unwrap().send(5);
        assert_eq!((receiver.try_recv(), sender.capacity()), (Ok(5), 1));
    });
}

#[test]
fn a_task_that_wakes_itself_lets_others_run() {
    let polls = outcomes(|| {
        let ready = Arc::new(AtomicBool::new(false));
        let other = with(&ready, |ready| ready.store(true, Ordering::Release));
        block_on(std::future::poll_fn(|cx| {
            if ready.load(Ordering::Acquire) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }));
        other.join();
    });
    assert_eq!(polls.len(), 1);
}

#[test]
fn a_spin_lock_lets_its_holder_run() {
    let sums = outcomes(|| {
        let shared = Arc::new((AtomicBool::new(false), AtomicUsize::new(0)));
        let add = |(taken, sum): &(AtomicBool, AtomicUsize)| {
            while taken
                .compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed)
                .is_err()
            {}
            sum.store(sum.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            taken.store(false, Ordering::Release);
        };
        let other = with(&shared, add);
        add(&shared);
        other.join();
        shared.1.load(Ordering::Relaxed)
    });
    assert_eq!(sums, [2].into());
}

#[test]
fn a_loop_on_try_lock_lets_the_holder_run() {
    let sums = outcomes(|| {
        let sum = Arc::new(Mutex::new(0));
        let add = |sum: &Mutex<u32>| loop {
            if let Ok(mut sum) = sum.try_lock() {
                *sum += 1;
                return;
            }
        };
        let other = with(&sum, add);
        add(&sum);
        other.join();
        *sum.lock().unwrap()
    });
    assert_eq!(sums, [2].into());
}

/// A waker that polls at once what it wakes.
struct Poller<F>(Seen<Option<Pin<Box<F>>>>);

impl<F: Future<Output = ()> + Send + 'static> Wake for Poller<F> {
    fn wake(self: std::sync::Arc<Self>) {
        let waker = self.clone().into();
        let mut future = self.0.lock().unwrap();
        if let Some(polled) = &mut *future
            && polled.as_mut().poll(&mut Context::from_waker(&waker)).is_ready()
        {
            *future = None;
        }
    }
}

#[test]
fn a_waker_may_poll_the_future_that_it_wakes() {
    let received = outcomes(|| {
        let (sender, mut receiver) = mpsc::channel(1);
        let sum = Arc::new(AtomicUsize::new(0));
        let total = sum.clone();
        let receive = async move {
            while let Some(n) = receiver.recv().await {
                total.fetch_add(n, Ordering::AcqRel);
            }
        };
        let poller = std::sync::Arc::new(Poller(Seen::new(Some(Box::pin(receive)))));
        poller.clone().wake();
        let other = thread::spawn("other", move || block_on(sender.send(2)).is_ok());
        assert!(other.join());
        assert!(poller.0.lock().unwrap().is_none(), "the channel has ended");
        sum.load(Ordering::Acquire)
    });
    assert_eq!(received, [2].into());
}

#[test]
fn an_answer_with_chance_in_it_is_run_twice() {
    static RUNS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let model = || {
        let run = RUNS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if run.is_multiple_of(3) {
            explorer::note("every third time");
        }
        let lock = Arc::new(Mutex::new(0));
        let other = with(&lock, |lock| *lock.lock().unwrap() += 1);
        *lock.lock().unwrap() += 1;
        other.join();
    };
    let text = "use std::collections::HashMap;";
    let with_map = Explorer { answer: Answer { text, ..ANSWER }, ..EXPLORER };
    assert_eq!(with_map.explore(fail, model), Err(GivenUp::Differs));
    assert!(with_map.explore(fail, handed_over).is_ok());
}

#[test]
fn a_search_ends_at_a_number_of_interleavings() {
    let explorer = Explorer { preemptions: Some(2), ..EXPLORER };
    let few = Explorer { limit: 3, ..explorer.clone() };
    assert_eq!(few.explore(fail, handed_over), Err(GivenUp::TooMany { tried: Some(0) }));
    let none = Explorer { limit_in_all: 0, ..explorer };
    assert_eq!(none.explore(fail, handed_over), Err(GivenUp::TooMany { tried: None }));
}

fn handed_over() {
    let (sender, mut receiver) = mpsc::channel(1);
    let other = thread::spawn("other", move || block_on(sender.send(1)).is_ok());
    let lock = Arc::new(Mutex::new(0));
    let third = with(&lock, |lock| *lock.lock().unwrap() += 1);
    *lock.lock().unwrap() += 1;
    assert!(block_on(receiver.recv()).is_some());
    assert!(other.join());
    third.join();
}

#[test]
fn recording_changes_neither_the_verdict_nor_the_number_of_interleavings() {
    let bounded = Explorer { preemptions: Some(2), ..EXPLORER };
    let number = bounded.explore(fail, handed_over).expect("it is small").interleavings;
    assert!(number > 10, "{number}");
    for recorded in [1, number / 2, number] {
        let recorded = Interleaving::Counted {
            model: 0,
            preemptions: Some(2),
            stale_loads: true,
            number: recorded,
        };
        assert_eq!(bounded.replay(recorded, fail, handed_over), number);
    }
}

#[test]
fn futures_are_send_where_the_real_ones_are() {
    fn is_send(_: &impl Send) {}
    fn is_debug<T: std::fmt::Debug>() {}
    outcomes(|| {
        let (sender, mut receiver) = mpsc::channel::<u32>(1);
        fn send(sender: &mpsc::Sender<u32>) -> impl Future + Send {
            sender.send(1)
        }
        is_send(&send(&sender));
        is_send(&receiver.recv());
    });
    is_debug::<Mutex<fn(&u8)>>();
    is_debug::<Arc<Mutex<Condvar>>>();
    is_debug::<mpsc::Sender<()>>();
    is_debug::<mpsc::Receiver<()>>();
    is_debug::<Result<(), mpsc::SendError<fn(&u8)>>>();
}
