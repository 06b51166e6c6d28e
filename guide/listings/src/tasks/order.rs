// ANCHOR: all
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let task = tokio::spawn(async { println!("the task runs") });
    println!("main goes on");
    task.await.expect("it does not panic");
    println!("main has waited");
}
// ANCHOR_END: all
