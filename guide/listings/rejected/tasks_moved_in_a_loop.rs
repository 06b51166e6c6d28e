// ANCHOR: all
#[tokio::main]
async fn main() {
    let model = String::from("llama3.2");
    for i in 0..3 {
        tokio::spawn(async move { println!("item {i} to {model}") });
    }
}
// ANCHOR_END: all
