// ANCHOR: all
#[tokio::main]
async fn main() {
    let sum = tokio::spawn(async { 1 + 2 });
    println!("the task returned {}", sum.await.expect("it does not panic"));
}
// ANCHOR_END: all
