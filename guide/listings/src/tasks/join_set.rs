// ANCHOR: all
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let mut tasks = JoinSet::new();
    for seconds in [3, 1, 2] {
        tasks.spawn(async move {
            sleep(Duration::from_secs(seconds)).await;
            seconds
        });
    }
    while let Some(ended) = tasks.join_next().await {
        let seconds = ended.expect("it does not panic");
        println!("the task of {seconds} s has ended");
    }
}
// ANCHOR_END: all
