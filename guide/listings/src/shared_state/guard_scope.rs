// ANCHOR: all
use std::sync::Mutex;

fn main() {
    let queue = Mutex::new(vec!["a", "b", "c", "d", "e", "f"]);
    let locked = || if queue.try_lock().is_err() { "locked" } else { "free" };

    let mut jobs = queue.lock().unwrap();
    jobs.pop();
    println!("while the guard lives:            {}", locked());
    drop(jobs);
    println!("after drop(jobs):                 {}", locked());

    let job = queue.lock().unwrap().pop();
    println!("after let job = ...:              {}, {job:?}", locked());

    let Some(job) = queue.lock().unwrap().pop() else { return };
    println!("after let Some(job) = ... else:   {}, {job:?}", locked());

    if let Some(job) = queue.lock().unwrap().pop() {
        println!("in the body of if let:            {}, {job:?}", locked());
    }

    while let Some(job) = queue.lock().unwrap().pop() {
        println!("in the body of while let:         {}, {job:?}", locked());
    }
}
// ANCHOR_END: all
