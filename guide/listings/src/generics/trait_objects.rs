// ANCHOR: all
use std::collections::VecDeque;

type Job = Box<dyn FnOnce() -> String + Send>;

fn shout(word: &'static str) -> impl FnOnce() -> String + Send {
    move || word.to_uppercase()
}

fn count(word: &'static str) -> impl FnOnce() -> String + Send {
    move || format!("{} letters", word.len())
}

fn main() {
    let mut queue: VecDeque<Job> = VecDeque::new();
    queue.push_back(Box::new(shout("quiet")));
    queue.push_back(Box::new(count("quiet")));
    while let Some(job) = queue.pop_front() {
        println!("{}", job());
    }
}
// ANCHOR_END: all
