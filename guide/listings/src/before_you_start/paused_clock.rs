// ANCHOR: all
use std::time::Duration;

use tokio::time::{Instant, sleep};

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let start = Instant::now();
    let short = async {
        sleep(Duration::from_secs(60)).await;
        println!("after {:?}", start.elapsed());
    };
    let long = async {
        sleep(Duration::from_secs(3600)).await;
        println!("after {:?}", start.elapsed());
    };
    tokio::join!(long, short);
}
// ANCHOR_END: all
