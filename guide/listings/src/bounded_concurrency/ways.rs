use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::{StreamExt, stream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

static RUNNING: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

async fn square(n: u32) -> u32 {
    MOST.fetch_max(RUNNING.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
    sleep(Duration::from_secs(1)).await;
    RUNNING.fetch_sub(1, Ordering::SeqCst);
    n * n
}

// ANCHOR: semaphore
/// A permit for each task. All tasks exist, and those without a permit wait.
async fn semaphore(numbers: Vec<u32>) -> Vec<u32> {
    let permits = Arc::new(Semaphore::new(3));
    let tasks: Vec<_> = numbers
        .into_iter()
        .map(|n| {
            let permits = permits.clone();
            tokio::spawn(async move {
                let _permit = permits.acquire().await.expect("it is never closed");
                square(n).await
            })
        })
        .collect();
    let mut squares = Vec::new();
    for task in tasks {
        squares.push(task.await.expect("it does not panic"));
    }
    squares
}
// ANCHOR_END: semaphore

// ANCHOR: join_set
/// A set of tasks that is never larger than three.
async fn join_set(numbers: Vec<u32>) -> Vec<u32> {
    let mut running = JoinSet::new();
    let mut squares = Vec::new();
    for n in numbers {
        if running.len() == 3 {
            let ended = running.join_next().await.expect("the set is not empty");
            squares.push(ended.expect("it does not panic"));
        }
        running.spawn(square(n));
    }
    squares.extend(running.join_all().await);
    squares
}
// ANCHOR_END: join_set

// ANCHOR: buffered
/// A stream that polls at most three futures at a time, in this task.
async fn buffered(numbers: Vec<u32>) -> Vec<u32> {
    stream::iter(numbers).map(square).buffer_unordered(3).collect().await
}
// ANCHOR_END: buffered

async fn show(name: &str, squares: impl Future<Output = Vec<u32>>) {
    MOST.store(0, Ordering::SeqCst);
    let start = Instant::now();
    let mut squares = squares.await;
    squares.sort();
    let (most, seconds) = (MOST.load(Ordering::SeqCst), start.elapsed().as_secs());
    println!("{name}: {squares:?}, {most} at a time, {seconds} s");
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let numbers: Vec<u32> = (1..=9).collect();
    show("semaphore       ", semaphore(numbers.clone())).await;
    show("JoinSet         ", join_set(numbers.clone())).await;
    show("buffer_unordered", buffered(numbers)).await;
}
