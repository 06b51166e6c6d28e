// ANCHOR: all
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let task = tokio::spawn(async { panic!("the disk is full") });
    drop(task); // nobody will ask how it ended
    tokio::task::yield_now().await;
    println!("main ends as if all were well");
}
// ANCHOR_END: all
