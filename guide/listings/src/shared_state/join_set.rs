// ANCHOR: all
use tokio::task::JoinSet;

#[tokio::main]
async fn main() {
    let mut tasks = JoinSet::new();
    for word in ["tasks", "channels", "locks"] {
        tasks.spawn(async move { word.len() });
    }
    let mut lengths = Vec::new();
    while let Some(result) = tasks.join_next().await {
        lengths.push(result.expect("no task panics"));
    }
    // They end in any order.
    lengths.sort();
    println!("{lengths:?}");
}
// ANCHOR_END: all
