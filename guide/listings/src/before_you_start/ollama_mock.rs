// ANCHOR: all
use ollama::{Client, GenerateRequest};
use ollama_mock::{Failure, Mock};

#[tokio::main]
async fn main() -> Result<(), ollama::Error> {
    let mock = Mock::start().await;
    let client = Client::new(&mock.uri())?;
    let request = GenerateRequest::new("llama3.2", "Why is the sky blue?");

    println!("{}", client.generate(&request).await?.response);

    mock.script([Failure::busy()]); // the next request fails
    if let Err(error) = client.generate(&request).await {
        println!("{error}");
    }
    Ok(())
}
// ANCHOR_END: all
