use std::time::Duration;

use tokio::time::{sleep, timeout};

// ANCHOR: all
struct Says(&'static str);

impl Drop for Says {
    fn drop(&mut self) {
        println!("{}", self.0);
    }
}

async fn bake() {
    println!("into the oven");
    let _end = Says("the end, whichever");
    sleep(Duration::from_secs(3600)).await;
    println!("the bread is done");
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let never_polled = bake();
    drop(never_polled);

    println!("{}", timeout(Duration::from_secs(60), bake()).await.unwrap_err());
}
// ANCHOR_END: all
