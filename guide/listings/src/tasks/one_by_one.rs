// ANCHOR: all
use std::time::Duration;

use tokio::time::{Instant, sleep};

async fn ask(prompt: &'static str) -> usize {
    sleep(Duration::from_secs(1)).await; // as slow as a model
    prompt.len()
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let start = Instant::now();
    for prompt in ["one", "two", "three"] {
        tokio::spawn(ask(prompt)).await.expect("it does not panic");
    }
    println!("waited for each in the loop: {:?}", start.elapsed());

    let start = Instant::now();
    let prompts = ["one", "two", "three"];
    let tasks = prompts.map(|prompt| tokio::spawn(ask(prompt)));
    for task in tasks {
        task.await.expect("it does not panic");
    }
    println!("started all, then waited: {:?}", start.elapsed());
}
// ANCHOR_END: all
