// ANCHOR: all
use std::time::Duration;

use tokio::time::sleep;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let task = tokio::spawn(async {
        println!("the task starts");
        sleep(Duration::from_secs(10)).await;
        println!("never printed");
    });
    sleep(Duration::from_secs(1)).await;
    task.abort();
    let error = task.await.expect_err("it was aborted");
    println!("cancelled: {}", error.is_cancelled());
}
// ANCHOR_END: all
