// ANCHOR: all
use std::time::Duration;

use tokio::time::{sleep, timeout};

async fn in_a_task() {
    let task = tokio::spawn(async {
        sleep(Duration::from_secs(3)).await;
        println!("the task ends, and nobody waits for it");
    });
    task.await.expect("it does not panic");
}

async fn in_the_call() {
    sleep(Duration::from_secs(3)).await;
    println!("this is never printed");
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let limit = Duration::from_secs(1);
    println!("in a task:   {:?}", timeout(limit, in_a_task()).await);
    println!("in the call: {:?}", timeout(limit, in_the_call()).await);
    sleep(Duration::from_secs(5)).await;
}
// ANCHOR_END: all
