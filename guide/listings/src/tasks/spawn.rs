// ANCHOR: all
#[tokio::main]
async fn main() {
    let task = tokio::spawn(async { 1 + 2 });
    let sum = task.await.expect("it does not panic");
    println!("the task returned {sum}");
}
// ANCHOR_END: all
