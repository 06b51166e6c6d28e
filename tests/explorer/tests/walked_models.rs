//! Walks what the models of checks need besides locks and atomics: channels, notes, meetings, and a
//! limit on preemptions where there are too many states.

use explorer::Answer;
use explorer::walk::sync::mpsc::{Receiver, Sender, channel};
use explorer::walk::sync::{Arc, AtomicU32, Mutex, Ordering::SeqCst, RwLock};
use explorer::walk::{Data, Gauge, Meeting, Walker, note, task, thread};
use schedule::Graph;
use schedule::graph::{Outcome, Status};

const PROGRAM: Answer =
    Answer { file: "tests/walked_models.rs", text: include_str!("walked_models.rs") };

fn walker(limit: usize) -> Walker {
    Walker { program: PROGRAM, scenario: "a test", limit }
}

fn walk(model: impl Fn() + Send + Sync + 'static) -> Graph {
    walker(10_000).walk(model)
}

/// What the threads do and are about to do, in words.
fn words(graph: &Graph) -> Vec<&str> {
    let states = graph.threads.iter().flat_map(|thread| &thread.states);
    let states = states.map(|state| &*state.words);
    graph.steps.iter().map(|step| &*step.words).chain(states).collect()
}

fn says(graph: &Graph, words_of_a_step: &str) -> bool {
    words(graph).contains(&words_of_a_step)
}

#[track_caller]
fn assert_says(graph: &Graph, expected: &str) {
    assert!(says(graph, expected), "{expected} is not in\n{}", words(graph).join("\n"));
}

fn failing(graph: &Graph) -> &str {
    graph.failing.as_deref().expect("the graph is whole")
}

#[test]
fn a_send_waits_for_a_slot_and_is_woken() {
    let graph = walk(|| {
        let (slots, taken) = channel(1);
        let (slots, taken) = (Arc::new(slots), Arc::new(Mutex::new(taken)));
        let work = |slots: &Sender<()>, taken: &Mutex<Receiver<()>>| {
            task::block_on(slots.send(())).expect("the receiver is there");
            taken.lock().expect("no panic").try_recv().expect("it has sent one");
        };
        let (others_slots, others_taken) = (Arc::clone(&slots), Arc::clone(&taken));
        let other = thread::spawn("other", move || work(&others_slots, &others_taken));
        work(&slots, &taken);
        other.join();
    });
    assert_eq!(failing(&graph), "0");
    assert_says(&graph, "slots: send waits for a slot (0/1 free)");
    assert_says(&graph, "slots: gets a slot to send (0/1 free)");
    assert_says(&graph, "slots: try_recv (1/1 free)");
    assert_says(&graph, "sleeps until it is woken");
    let slots = graph.objects.iter().find(|object| object.name == "slots").expect("it is shown");
    let values = slots.states.iter().filter_map(|state| state.value.as_deref());
    let values: Vec<&str> = values.collect();
    assert!(values.contains(&"free 0 of 1, waiting 1"), "{values:?}");
}

#[test]
fn a_slot_that_was_seen_free_may_be_gone() {
    let graph = walk(|| {
        let (slots, _taken) = channel(1);
        let slots = Arc::new(slots);
        let others = Arc::clone(&slots);
        let other = thread::spawn("other", move || others.try_send(()).is_ok());
        if slots.capacity() > 0 {
            slots.try_send(()).expect("a slot was free");
        }
        other.join();
    });
    assert_ne!(failing(&graph), "0");
    assert_says(&graph, "others: try_send fails: full (0/1 free)");
}

#[test]
fn a_waiting_send_that_is_dropped_passes_its_slot_on() {
    let graph = walk(|| {
        let (slots, taken) = channel(1);
        let (slots, mut taken) = (Arc::new(slots), taken);
        slots.try_send(()).expect("there is room");
        let (cancelled, waiting) = (Arc::clone(&slots), Arc::clone(&slots));
        let cancelled = thread::spawn("cancelled", move || {
            let mut send = Box::pin(cancelled.send(()));
            task::Task::new().poll(send.as_mut()).is_ready()
        });
        let waiting = thread::spawn("waiting", move || task::block_on(waiting.send(())).is_ok());
        taken.try_recv().expect("one was sent");
        let sent = cancelled.join();
        if sent {
            taken.try_recv().expect("one was sent");
        }
        assert!(waiting.join());
    });
    assert_eq!(failing(&graph), "0");
    assert_says(&graph, "slots: drops a send that has a slot (0/1 free)");
}

#[test]
fn a_lock_that_is_read_can_be_read_and_not_written() {
    let graph = walk(|| {
        let lock = Arc::new(RwLock::new(0));
        let other = Arc::clone(&lock);
        let reader = lock.read().expect("no panic");
        let other = thread::spawn("other", move || {
            assert!(other.try_read().is_ok(), "a reader keeps out a reader");
            assert!(other.try_write().is_err(), "a reader does not keep out a writer");
        });
        other.join();
        drop(reader);
        assert!(lock.try_write().is_ok());
    });
    assert_eq!(failing(&graph), "0");
    assert_says(&graph, "try-locks lock: taken");
}

#[test]
fn a_note_is_shown_with_the_next_step_and_is_none() {
    let graph = walk(|| {
        let count = Arc::new(AtomicU32::new(0));
        let other = Arc::clone(&count);
        let other = thread::spawn("other", move || {
            note("comes in");
            other.fetch_add(1, SeqCst);
            note("is in");
        });
        other.join();
        note("counts");
        assert_eq!(count.load(SeqCst), 1);
    });
    assert_eq!(graph.interleavings.as_deref(), Some("1"));
    assert_says(&graph, "comes in, other.fetch_add(1): 0 ➜ 1");
    assert_says(&graph, "is in, has ended");
    assert_says(&graph, "counts, loads other ➜ 1");
}

#[test]
fn a_gauge_finds_two_that_are_inside() {
    let graph = walk(|| {
        let gauge = Arc::new(Gauge::new());
        let other = Arc::clone(&gauge);
        let work = |gauge: &Gauge| {
            assert!(gauge.enter() == 1, "two are inside");
            gauge.leave();
        };
        let other = thread::spawn("other", move || work(&other));
        work(&gauge);
        other.join();
    });
    assert_ne!(failing(&graph), "0");
    assert_ne!(graph.failing, graph.interleavings);
}

#[test]
fn a_meeting_keeps_a_thread_until_the_others_are_there() {
    let graph = walk(|| {
        let (meeting, count) = (Arc::new(Meeting::new(2)), Arc::new(AtomicU32::new(0)));
        let (others_meeting, others_count) = (Arc::clone(&meeting), Arc::clone(&count));
        let other = thread::spawn("other", move || {
            others_count.store(1, SeqCst);
            others_meeting.wait();
        });
        meeting.wait();
        assert_eq!(count.load(SeqCst), 1, "the other has been there");
        other.join();
    });
    assert_eq!(failing(&graph), "0");
    assert_says(&graph, "waits until the others are there");
}

#[test]
fn a_yield_is_a_step() {
    let graph = walk(|| {
        let count = Arc::new(AtomicU32::new(0));
        let other = Arc::clone(&count);
        let other = thread::spawn("other", move || other.store(1, SeqCst));
        thread::yield_now();
        assert_eq!(count.load(SeqCst), 0);
        other.join();
    });
    assert_ne!(failing(&graph), "0");
    assert_ne!(graph.failing, graph.interleavings);
}

#[test]
#[should_panic(expected = "what one thread sees of the writes of another")]
fn a_model_with_data_is_not_walked() {
    walk(|| {
        let data = Arc::new(Data::new());
        data.write();
    });
}

/// Three threads that load and store, with more states than the limit.
fn lost_updates(limit: usize) -> Graph {
    walker(limit).walk_simplest(|| {
        let counter = Arc::new(AtomicU32::new(0));
        let threads = ["second", "third"].map(|name| {
            let counter = Arc::clone(&counter);
            thread::spawn(name, move || counter.store(counter.load(SeqCst) + 1, SeqCst))
        });
        counter.store(counter.load(SeqCst) + 1, SeqCst);
        threads.into_iter().for_each(thread::JoinHandle::join);
        assert_eq!(counter.load(SeqCst), 3, "an update is lost");
    })
}

#[test]
fn the_interleavings_with_the_fewest_preemptions_are_kept() {
    let whole = lost_updates(10_000);
    assert_eq!(whole.left_out, None);
    let cut = lost_updates(150);
    assert!(cut.cut);
    let expected =
        "There are too many interleavings: those with more than 1 preemption are left out.";
    assert_eq!(cut.left_out.as_deref(), Some(expected));
    assert_eq!(cut.simplest.as_ref().map(|way| way.preemptions), Some(1));
    // Nothing else is left out: each way goes to an end, and a thread without an edge is ready only
    // where it would take one preemption more.
    for node in &cut.nodes {
        assert_eq!(node.edges.is_empty(), node.outcome.is_some());
        assert!(!matches!(node.outcome, Some(Outcome::Endless)));
    }
    let is_ready = |node: &schedule::graph::Node, thread: usize| {
        cut.threads[thread].states[node.threads[thread]].status == Status::Ready
    };
    let left_out = |node: &&schedule::graph::Node| {
        let ready = (0..cut.threads.len()).filter(|&thread| is_ready(node, thread)).count();
        node.outcome.is_none() && ready > node.edges.len()
    };
    assert!(cut.nodes.iter().any(|node| left_out(&node)));
    assert!(!left_out(&&cut.nodes[0]), "the first step is free");
}

#[test]
fn without_preemptions_a_lost_update_does_not_show() {
    let cut = lost_updates(50);
    let expected = "There are too many interleavings: those with a preemption are left out.";
    assert_eq!(cut.left_out.as_deref(), Some(expected));
    assert_eq!(cut.simplest, None);
}
