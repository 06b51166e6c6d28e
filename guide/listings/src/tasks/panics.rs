// ANCHOR: all
async fn ask(model: &str) -> String {
    assert!(model == "llama3.2", "no model is called {model}");
    format!("{model} answers")
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for model in ["lama", "llama3.2"] {
        match tokio::spawn(ask(model)).await {
            Ok(answer) => println!("{answer}"),
            Err(error) if error.is_panic() => println!("a panic was contained: {error}"),
            Err(error) => println!("cancelled: {error}"),
        }
    }
}
// ANCHOR_END: all
