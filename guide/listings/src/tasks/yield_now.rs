// ANCHOR: all
use tokio::task::yield_now;

async fn count(name: &str) {
    for part in 1..=2 {
        println!("{name}, part {part}"); // a part of a long computation
        yield_now().await;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let tasks = ["A", "B"].map(|name| tokio::spawn(count(name)));
    for task in tasks {
        task.await.expect("it does not panic");
    }
}
// ANCHOR_END: all
