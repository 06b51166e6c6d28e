// ANCHOR: all
use ollama::{Error, Generate, GenerateRequest, GenerateResponse};

/// Passes each request on to another backend, and prints how it went.
struct Logged<B>(B);

impl<B: Generate> Generate for Logged<B> {
    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, Error> {
        println!("-> {}", request.prompt);
        let result = self.0.generate(request).await;
        match &result {
            Ok(reply) => println!("<- {}", reply.response),
            Err(error) => println!("<- error: {error}"),
        }
        result
    }
}

struct Offline;

impl Generate for Offline {
    async fn generate(&self, _: &GenerateRequest) -> Result<GenerateResponse, Error> {
        Err(Error::Refused(None))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let request = GenerateRequest::new("llama3.2", "Why is the sky blue?");
    let result = Logged(Offline).generate(&request).await;
    assert!(result.is_err(), "a log changes nothing");
}
// ANCHOR_END: all
