// ANCHOR: all
#[tokio::main]
async fn main() {
    let mut tasks = Vec::new();
    for i in 0..3 {
        let task = tokio::spawn(async { println!("item {i}") });
        tasks.push(task);
    }
    for task in tasks {
        task.await.unwrap();
    }
}
// ANCHOR_END: all
