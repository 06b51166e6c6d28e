use explorer::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use explorer::sync::{Arc, Mutex};
use explorer::{Answer, Explorer, thread};

/// Runs a step on two threads, and returns what it left.
fn twice<T: 'static>(shared: T, step: fn(&T)) -> Arc<T> {
    let shared = Arc::new(shared);
    let other = {
        let shared = shared.clone();
        thread::spawn("other", move || step(&shared))
    };
    step(&shared);
    other.join();
    shared
}

fn increments_are_kept() -> bool {
    let counter = twice(AtomicUsize::new(0), |counter| {
        let value = counter.load(SeqCst);
        counter.store(value + 1, SeqCst);
    });
    counter.load(SeqCst) == 2
}

fn deposits_are_kept() -> bool {
    let account = twice(Mutex::new(0), |balance| {
        let before = *balance.lock().unwrap();
        *balance.lock().unwrap() = before + 50;
    });
    *account.lock().unwrap() == 100
}

fn nothing_is_overdrawn() -> bool {
    let account = twice(Mutex::new(100), |balance| {
        if *balance.lock().unwrap() >= 80 {
            *balance.lock().unwrap() -= 80;
        }
    });
    *account.lock().unwrap() == 20
}

fn increments_in_one_step_are_kept() -> bool {
    let counter = twice(AtomicUsize::new(0), |counter| {
        counter.fetch_add(1, SeqCst);
    });
    counter.load(SeqCst) == 2
}

/// How many interleavings with at most so many preemptions there are, and how many of them fail.
fn count(preemptions: Option<usize>, model: fn() -> bool) -> (usize, usize) {
    let failing = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let explorer = Explorer {
        answer: Answer { file: file!(), text: "" },
        scenario: "two threads that take the same step",
        preemptions: None,
        limit: 10_000,
        limit_in_all: usize::MAX,
    };
    let all = explorer.search_within(preemptions, |failure| panic!("{failure:?}"), {
        let failing = failing.clone();
        move || {
            if !model() {
                failing.fetch_add(1, SeqCst);
            }
        }
    });
    (all, failing.load(SeqCst))
}

fn main() {
    println!("{:<23}{:>7}{:>8}{:>9}", "preemptions, at most:", 0, 1, "any");
    type Model = (&'static str, fn() -> bool);
    let models: [Model; 4] = [
        ("load, then store", increments_are_kept),
        ("two locks, one deposit", deposits_are_kept),
        ("check, then withdraw", nothing_is_overdrawn),
        ("fetch_add", increments_in_one_step_are_kept),
    ];
    for (name, model) in models {
        let [none, one, any] = [Some(0), Some(1), None].map(|preemptions| {
            let (all, failing) = count(preemptions, model);
            format!("{failing} of {all}")
        });
        println!("{name:<23}{none:>7}{one:>8}{any:>9}");
    }
}
