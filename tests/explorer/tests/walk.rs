//! Walks small programs, and holds what comes out against what is known of them.

use explorer::Answer;
use explorer::walk::sync::atomic::{AtomicU32, Ordering::SeqCst};
use explorer::walk::sync::{Arc, Condvar, Mutex, RwLock, TryLockError};
use explorer::walk::{Walker, task, thread};
use schedule::Graph;
use schedule::graph::{Node, Outcome, Status};

const PROGRAM: Answer = Answer { file: "tests/walk.rs", text: include_str!("walk.rs") };

fn walk(model: impl Fn() + Send + Sync + 'static) -> Graph {
    Walker { program: PROGRAM, scenario: "a test", limit: 10_000 }.walk(model)
}

fn counts(graph: &Graph) -> (&str, &str) {
    let count = |count: &'_ Option<String>| count.clone().expect("the graph is whole");
    let (all, failing) = (count(&graph.interleavings), count(&graph.failing));
    (String::leak(all), String::leak(failing))
}

/// Starts threads that each load an atomic of their own, this often.
fn independent(loads: &'static [usize]) -> Graph {
    walk(move || {
        let threads = loads.iter().map(|&loads| {
            thread::spawn("one", move || {
                let own = AtomicU32::new(0);
                (0..loads).for_each(|_| {
                    own.load(SeqCst);
                });
            })
        });
        threads.collect::<Vec<_>>().into_iter().for_each(thread::JoinHandle::join);
    })
}

#[test]
fn independent_steps_have_as_many_orders_as_there_are_ways_to_mix_them() {
    assert_eq!(counts(&independent(&[1, 1])), ("2", "0"));
    assert_eq!(counts(&independent(&[2, 3])), ("10", "0"));
    assert_eq!(counts(&independent(&[4, 4])), ("70", "0"));
    // 9! / (3! 3! 3!)
    assert_eq!(counts(&independent(&[3, 3, 3])), ("1680", "0"));
    assert_eq!(independent(&[4, 4]).nodes.len(), 25, "as many as there are pairs of places");
}

/// The node that these choices lead to.
fn after<'a>(graph: &'a Graph, choices: &[usize]) -> &'a Node {
    choices.iter().fold(&graph.nodes[0], |node, thread| {
        let edge = node.edges.iter().find(|edge| edge.thread == *thread);
        &graph.nodes[edge.unwrap_or_else(|| panic!("{thread} cannot go on")).to]
    })
}

/// What a thread can do after these choices, in words.
fn thread_after<'a>(graph: &'a Graph, thread: usize, choices: &[usize]) -> (Status, &'a str) {
    let state = &graph.threads[thread].states[after(graph, choices).threads[thread]];
    (state.status, &state.words)
}

fn steps(graph: &Graph, choices: &[usize]) -> Vec<String> {
    let mut node = &graph.nodes[0];
    let mut steps = Vec::new();
    for thread in choices {
        let edge = node.edges.iter().find(|edge| edge.thread == *thread).expect("it is ready");
        steps.push(format!("{}: {}", graph.threads[*thread].name, graph.steps[edge.step].words));
        node = &graph.nodes[edge.to];
    }
    steps
}

#[test]
fn a_lost_update_is_found_with_one_preemption() {
    let graph = walk(|| {
        let counter = Arc::new(AtomicU32::new(0));
        let other = Arc::clone(&counter);
        let count_up = |counter: &AtomicU32| counter.store(counter.load(SeqCst) + 1, SeqCst);
        let other = thread::spawn("other", move || count_up(&other));
        count_up(&counter);
        other.join();
        assert_eq!(counter.load(SeqCst), 2, "an update is lost");
    });
    assert_eq!(counts(&graph), ("6", "4"));
    let simplest = graph.simplest.as_ref().expect("it fails");
    assert_eq!((simplest.preemptions, simplest.choices.len()), (1, 5));
    assert_eq!(
        steps(&graph, &simplest.choices),
        [
            "main: loads counter ➜ 0",
            "other: loads counter ➜ 0",
            "other: stores 1 in counter",
            "main: stores 1 in counter",
            "main: loads counter ➜ 1"
        ]
    );
    let end = after(&graph, &simplest.choices);
    let Some(Outcome::Failed { message, thread: 0 }) = &end.outcome else {
        panic!("{:?}", end.outcome)
    };
    assert!(message.contains("an update is lost"), "{message}");
}

#[test]
fn locks_in_opposite_orders_deadlock() {
    let graph = walk(|| {
        let locks = Arc::new((Mutex::new("a"), Mutex::new("b")));
        let (left, right) = (&locks.0, &locks.1);
        let others = Arc::clone(&locks);
        let other = thread::spawn("other", move || {
            let (left, right) = (&others.0, &others.1);
            let _b = right.lock();
            let _a = left.lock();
        });
        {
            let _a = left.lock();
            let _b = right.lock();
        }
        other.join();
    });
    let (_, failing) = counts(&graph);
    assert_eq!(failing, "2", "each takes one lock, in either order");
    let node = after(&graph, &[0, 1]);
    assert!(matches!(node.outcome, Some(Outcome::Deadlock { .. })), "{node:?}");
    let main = thread_after(&graph, 0, &[0, 1]);
    assert_eq!(main, (Status::Waiting, "waits for right, which other has"));
    assert_eq!(thread_after(&graph, 1, &[0]), (Status::Ready, "locks right"));
    // What a lock guards is known before anyone has taken it.
    let values = graph.objects.iter().zip(&graph.nodes[0].objects);
    let values = values.map(|(object, state)| object.states[state.unwrap()].value.clone());
    assert_eq!(values.flatten().collect::<Vec<_>>(), ["\"a\"", "\"b\""]);
}

#[test]
fn a_wait_releases_its_lock_and_takes_it_again() {
    let graph = walk(|| {
        let shared = Arc::new((Mutex::new(false), Condvar::new()));
        let waiter = Arc::clone(&shared);
        let waiter = thread::spawn("waiter", move || {
            let (ready, changed) = (&waiter.0, &waiter.1);
            let mut guard = ready.lock().unwrap();
            while !*guard {
                guard = changed.wait(guard).unwrap();
            }
        });
        let (ready, changed) = (&shared.0, &shared.1);
        let mut guard = ready.lock().unwrap();
        *guard = true;
        changed.notify_one();
        drop(guard);
        waiter.join();
    });
    assert_eq!(counts(&graph).1, "0");
    let waits = thread_after(&graph, 1, &[1, 1]);
    assert_eq!(waits, (Status::Waiting, "waits on changed until it is notified"));
    let notified = thread_after(&graph, 1, &[1, 1, 0, 0]);
    assert_eq!(notified, (Status::Waiting, "is notified, waits for ready, which main has"));
    assert_eq!(
        steps(&graph, &[1, 1, 0, 0, 0, 1]),
        [
            "waiter: locks ready, sees false",
            "waiter: unlocks ready and waits on changed",
            "main: locks ready, sees false",
            "main: notifies one on changed: wakes waiter",
            "main: unlocks ready, leaves true",
            "waiter: wakes up and locks ready, sees true"
        ]
    );
    let unheard = steps(&graph, &[0, 0]);
    assert_eq!(unheard[1], "main: notifies one on changed: nobody waits");
}

#[test]
fn a_try_lock_can_find_the_lock_taken() {
    let graph = walk(|| {
        let lock = Arc::new(Mutex::new(0));
        let others = Arc::clone(&lock);
        let other = thread::spawn("other", move || {
            let lock = others;
            drop(lock.lock());
        });
        match lock.try_lock() {
            Ok(_) => {}
            Err(TryLockError::WouldBlock) => panic!("it is taken"),
            Err(TryLockError::Poisoned(_)) => unreachable!("it is never poisoned"),
        }
        other.join();
    });
    let simplest = graph.simplest.as_ref().expect("it fails");
    assert_eq!(simplest.choices, [1, 0]);
    assert_eq!(steps(&graph, &simplest.choices)[1], "main: try-locks lock: taken");
}

#[test]
fn readers_share_a_lock_and_a_writer_does_not() {
    let graph = walk(|| {
        let lock = Arc::new(RwLock::new(1));
        let reader = Arc::clone(&lock);
        let reader = thread::spawn("reader", move || drop(reader.read()));
        let writer = Arc::clone(&lock);
        let writer = thread::spawn("writer", move || *writer.write().unwrap() += 1);
        let value = lock.read().unwrap();
        drop(value);
        reader.join();
        writer.join();
    });
    assert_eq!(counts(&graph).1, "0");
    assert_eq!(thread_after(&graph, 1, &[0]).0, Status::Ready);
    assert_eq!(thread_after(&graph, 2, &[0]).0, Status::Waiting);
    assert_eq!(thread_after(&graph, 0, &[2]).0, Status::Waiting);
}

#[test]
fn a_task_sleeps_until_it_is_woken() {
    use std::task::{Poll, Waker};
    let graph = walk(|| {
        let door = Arc::new(Mutex::new((false, None::<Waker>)));
        let other = Arc::clone(&door);
        let other = thread::spawn("other", move || {
            let mut door = other.lock().unwrap();
            door.0 = true;
            let waker = door.1.take();
            drop(door);
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        task::block_on(std::future::poll_fn(|context| {
            let mut door = door.lock().unwrap();
            if door.0 {
                return Poll::Ready(());
            }
            door.1 = Some(context.waker().clone());
            Poll::Pending
        }));
        other.join();
    });
    assert_eq!(counts(&graph).1, "0");
    let asleep = thread_after(&graph, 0, &[0, 0]);
    assert_eq!(asleep, (Status::Waiting, "sleeps until it is woken"));
    let way = steps(&graph, &[0, 0, 1, 1, 1, 0]);
    assert_eq!(way[4..], ["other: wakes main", "main: wakes up and polls again"]);
}

#[test]
fn a_program_with_too_many_states_is_cut() {
    let walker = Walker { program: PROGRAM, scenario: "a test", limit: 10 };
    let graph = walker.walk(|| {
        let threads = [(); 3].map(|()| {
            thread::spawn("one", || {
                let own = AtomicU32::new(0);
                own.load(SeqCst) + own.load(SeqCst)
            })
        });
        let [a, b, c] = threads.map(thread::JoinHandle::join);
        assert_eq!(a + b + c, 0);
    });
    assert!(graph.cut);
    assert_eq!((graph.interleavings, graph.failing), (None, None));
}

#[test]
fn an_endless_interleaving_is_cut() {
    let graph = walk(|| {
        let stop = Arc::new(AtomicU32::new(0));
        let other = Arc::clone(&stop);
        let other = thread::spawn("other", move || other.store(1, SeqCst));
        while stop.load(SeqCst) == 0 {}
        other.join();
    });
    assert!(graph.cut);
    assert!(graph.nodes.iter().any(|node| node.outcome == Some(Outcome::Endless)));
}

#[test]
#[should_panic(expected = "took another course")]
fn a_program_that_is_not_deterministic_is_refused() {
    let runs = std::sync::atomic::AtomicUsize::new(0);
    walk(move || {
        let lock = Arc::new(Mutex::new(0));
        let other = Arc::clone(&lock);
        let other = thread::spawn("other", move || drop(other.lock()));
        if runs.fetch_add(1, SeqCst) == 0 {
            drop(lock.lock());
        }
        other.join();
    });
}

#[test]
fn locks_that_are_held_at_a_failure_are_released() {
    // The other thread holds a lock and has a value whose drop locks.
    struct Locks(Arc<Mutex<u32>>);
    impl Drop for Locks {
        fn drop(&mut self) {
            *self.0.lock().unwrap() += 1;
        }
    }
    let graph = walk(|| {
        let lock = Arc::new(Mutex::new(0));
        let other = Locks(Arc::clone(&lock));
        let other = thread::spawn("other", move || {
            let _guard = other.0.lock();
            other.0.try_lock().expect("this thread has it");
        });
        drop(Locks(lock));
        other.join();
    });
    assert_ne!(counts(&graph).1, "0");
}

#[test]
fn a_graph_is_the_same_each_time_and_fits_into_a_page() {
    let graph = || {
        walk(|| {
            let text = Arc::new(Mutex::new("</script>"));
            let other = Arc::clone(&text);
            let other = thread::spawn("other", move || drop(other.lock()));
            drop(text.lock());
            other.join();
        })
    };
    let json = graph().to_json();
    assert_eq!(json, graph().to_json());
    assert!(!json.contains('<'));
    assert_eq!(serde_json::from_str::<Graph>(&json).expect("it is JSON"), graph());
}
