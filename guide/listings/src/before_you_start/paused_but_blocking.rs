// ANCHOR: all
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let start = Instant::now();
    let short = async {
        thread::sleep(Duration::from_millis(10));
        println!("short, after {:?}", start.elapsed());
    };
    let long = async {
        thread::sleep(Duration::from_millis(60));
        println!("long, after {:?}", start.elapsed());
    };
    tokio::join!(long, short);
}
// ANCHOR_END: all
