// ANCHOR: all
use std::thread;
use std::time::Duration;

async fn polite(name: &str, wait: Duration) {
    println!("{name} begins");
    tokio::time::sleep(wait).await;
    println!("{name} ends");
}

async fn rude(name: &str, wait: Duration) {
    println!("{name} begins");
    thread::sleep(wait);
    println!("{name} ends");
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let short = Duration::from_millis(10);
    let long = 2 * short;
    tokio::join!(polite("polite A", short), polite("polite B", long));
    tokio::join!(rude("rude A", short), rude("rude B", long));
}
// ANCHOR_END: all
