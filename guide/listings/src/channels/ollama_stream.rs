use ollama::{Client, GenerateRequest};
use ollama_mock::Mock;

#[tokio::main]
async fn main() -> Result<(), ollama::Error> {
    let mock = Mock::start().await;
    let client = Client::new(&mock.uri())?;
    // ANCHOR: all
    let request = GenerateRequest::new("llama3.2", "Why is the sky blue?");
    let mut parts = client.generate_stream(&request).await?;
    let mut text = String::new();
    while let Some(part) = parts.next().await {
        let part = part?;
        println!("{:?}", part.response);
        text.push_str(&part.response);
        if text.len() > 20 {
            break;
        }
    }
    drop(parts); // closes the connection, and Ollama stops
    // ANCHOR_END: all
    Ok(())
}
