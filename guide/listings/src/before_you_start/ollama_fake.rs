// ANCHOR: all
use ollama::{Error, Generate, GenerateRequest, GenerateResponse, Transient};

/// A backend that never has an answer.
struct Offline;

impl Generate for Offline {
    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, Error> {
        match request.model.as_str() {
            "llama3.2" => Err(Error::Refused(None)),
            _ => Err(Error::Status {
                code: 404,
                message: format!("model '{}' not found", request.model),
                retry_after: None,
            }),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for model in ["llama3.2", "lama"] {
        let request = GenerateRequest::new(model, "Why is the sky blue?");
        match Offline.generate(&request).await {
            Ok(reply) => println!("{}", reply.response),
            Err(error) if error.is_transient() => println!("{error} (try again)"),
            Err(error) => println!("{error} (do not try again)"),
        }
    }
}
// ANCHOR_END: all
