// ANCHOR: all
use std::time::Duration;

use tokio::time::sleep;

struct OnDrop(&'static str);

impl Drop for OnDrop {
    fn drop(&mut self) {
        println!("{}", self.0);
    }
}

async fn ask() -> &'static str {
    let _connection = OnDrop("the connection is closed");
    println!("sent");
    sleep(Duration::from_secs(10)).await;
    "an answer"
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let limit = Duration::from_secs(1);
    match tokio::time::timeout(limit, ask()).await {
        Ok(answer) => println!("{answer}"),
        Err(_) => println!("no answer in {limit:?}"),
    }
}
// ANCHOR_END: all
