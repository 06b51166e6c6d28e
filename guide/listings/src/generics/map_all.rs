// ANCHOR: all
use std::thread;

fn map_all<T, U, F>(items: Vec<T>, f: F) -> Vec<U>
where
    T: Send,
    U: Send,
    F: Fn(T) -> U + Sync,
{
    let f = &f;
    thread::scope(|scope| {
        let spawn = |item| scope.spawn(move || f(item));
        let threads: Vec<_> = items.into_iter().map(spawn).collect();
        let join = |thread: thread::ScopedJoinHandle<U>| thread.join().expect("no panic");
        threads.into_iter().map(join).collect()
    })
}

fn main() {
    let lengths = map_all(vec!["one", "three"], |word| word.len());
    let halves = map_all(vec![4, 10], |number| f64::from(number) / 2.0);
    println!("{lengths:?} {halves:?}");
}
// ANCHOR_END: all
