// ANCHOR: all
async fn ask(model: &str) -> String {
    assert!(model == "llama3.2", "no model {model}");
    format!("{model} answers")
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for model in ["lama", "llama3.2"] {
        match tokio::spawn(ask(model)).await {
            Ok(answer) => println!("{answer}"),
            Err(error) => println!("error: {error}"),
        }
    }
}
// ANCHOR_END: all
