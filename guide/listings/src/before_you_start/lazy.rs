// ANCHOR: all
async fn ask(prompt: &str) -> usize {
    println!("asks: {prompt}");
    prompt.len()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let future = ask("Why is the sky blue?");
    println!("the future is made");
    let length = future.await;
    println!("the future is done: {length}");
}
// ANCHOR_END: all
