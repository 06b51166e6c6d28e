// ANCHOR: all
use tokio::task::JoinSet;

#[tokio::main]
async fn main() {
    let (sender, jobs) = async_channel::bounded(8);
    let mut workers = JoinSet::new();
    for _ in 0..3 {
        let jobs = jobs.clone();
        workers.spawn(async move {
            let mut sum = 0;
            while let Ok(job) = jobs.recv().await {
                sum += job;
            }
            sum
        });
    }
    for job in 1..=10 {
        sender.send(job).await.unwrap();
    }
    drop(sender);
    let sums = workers.join_all().await;
    println!("the jobs add up to {}", sums.iter().sum::<u64>());
}
// ANCHOR_END: all
