// ANCHOR: all
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

async fn measure(text: String) -> Result<usize, &'static str> {
    if text.is_empty() { Err("nothing to measure") } else { Ok(text.len()) }
}

async fn measure_all(texts: Vec<String>, limit: usize) -> Vec<Result<usize, &'static str>> {
    let mut results = vec![Err("not measured"); texts.len()];
    let slots = Arc::new(Semaphore::new(limit));
    let mut tasks = JoinSet::new();
    for (i, text) in texts.into_iter().enumerate() {
        let slot = slots.clone().acquire_owned().await.expect("it is never closed");
        tasks.spawn(async move {
            let _slot = slot;
            (i, measure(text).await)
        });
    }
    while let Some(joined) = tasks.join_next().await {
        let (i, result) = joined.expect("no task panics");
        results[i] = result;
    }
    results
}

#[tokio::main]
async fn main() {
    let texts = ["one", "", "three"].map(str::to_owned).to_vec();
    for result in measure_all(texts, 2).await {
        println!("{result:?}");
    }
}
// ANCHOR_END: all
