use std::any::Any;
use std::panic::catch_unwind;
use std::sync::mpsc;
use std::thread;

fn square_root(n: i32) -> f64 {
    assert!(n >= 0, "{n} has no square root");
    f64::from(n).sqrt()
}

// ANCHOR: all
/// One worker runs three jobs. What it does with a job is up to `work`.
fn results_of<R: Send + 'static>(work: fn(i32) -> R) -> Vec<R> {
    let (results, receiver) = mpsc::channel();
    let worker = thread::Builder::new().name("worker".to_owned());
    let worker = worker.spawn(move || {
        for job in [4, -4, 9] {
            let _ = results.send(work(job));
        }
    });
    let results = receiver.iter().collect();
    // An error means that the worker has panicked.
    let _ = worker.expect("the system has a thread for us").join();
    results
}

fn main() {
    println!("the panic ends the worker:  {:?}", results_of(square_root));
    let results = results_of(|n| catch_unwind(|| square_root(n)).map_err(message));
    println!("the panic is a result:      {results:?}");
}

fn message(panic: Box<dyn Any + Send>) -> String {
    *panic.downcast().expect("the message is formatted, so it is a `String`")
}
// ANCHOR_END: all
