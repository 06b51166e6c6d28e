// ANCHOR: all
use std::time::Duration;

use tokio::time::sleep;

struct OnDrop(&'static str);

impl Drop for OnDrop {
    fn drop(&mut self) {
        println!("dropped: {}", self.0);
    }
}

fn start() {
    tokio::spawn(async {
        let _guard = OnDrop("what the task holds");
        sleep(Duration::from_secs(3600)).await;
        println!("done: never printed");
    });
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    start();
    println!("start has returned, its task runs");
    sleep(Duration::from_millis(1)).await;
    println!("main ends");
}
// ANCHOR_END: all
