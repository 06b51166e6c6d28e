// ANCHOR: all
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let task = tokio::spawn(async {
        let model: Option<&str> = None;
        model.expect("no such model")
    });
    match task.await {
        Ok(model) => println!("{model}"),
        Err(error) if error.is_panic() => println!("the task panicked: {error}"),
        Err(error) => println!("the task was cancelled: {error}"),
    }
    println!("main goes on");
}
// ANCHOR_END: all
