//! Finds the kind of an error in its `Debug` text, which begins with the variant's name. Nothing else of that text is
//! kept.

use std::future::poll_fn;
use std::pin::pin;

use ollama::{Error, Generate, GenerateRequest, GenerateResponse};
use tokio::time::Instant;
use tracing::{Instrument, error, error_span, info, warn};

/// A backend that logs each call.
pub struct Logged<B> {
    inner: B,
}

impl<B> Logged<B> {
    pub fn new(inner: B) -> Self {
        Self { inner }
    }
}

impl<B: Generate> Logged<B> {
    pub async fn attempt(
        &self,
        attempt: u32,
        request: &GenerateRequest,
    ) -> Result<GenerateResponse, Error> {
        let span = error_span!(
            "generate",
            prompt_bytes = request.prompt.bytes().count(),
            model = &request.model[..],
            attempt = u64::from(attempt),
        );
        let call = async {
            let mut log = Log { begun: Instant::now(), outcome: "cancelled" };
            let mut reply = pin!(self.inner.generate(request));
            let result = poll_fn(|context| {
                log.outcome = "panicked";
                let poll = reply.as_mut().poll(context);
                log.outcome = "cancelled";
                poll
            })
            .await;
            log.outcome = "";
            let elapsed_ms = log.elapsed_ms();
            match &result {
                Ok(_) => info!(outcome = %"ok", elapsed_ms),
                Err(error) => {
                    let status = match error {
                        Error::Status { code, .. } => Some(u64::from(*code)),
                        _ => None,
                    };
                    warn!(outcome = %"error", elapsed_ms, error = %kind(error), status);
                }
            }
            result
        };
        call.instrument(span).await
    }
}

impl<B: Generate> Generate for Logged<B> {
    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, Error> {
        self.attempt(1, request).await
    }
}

struct Log {
    begun: Instant,
    /// How the call has ended if it ends now, or nothing if that is logged already.
    outcome: &'static str,
}

impl Log {
    fn elapsed_ms(&self) -> u64 {
        (Instant::now() - self.begun).as_millis() as u64
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let elapsed_ms = self.elapsed_ms();
        match self.outcome {
            "" => {}
            outcome @ "panicked" => error!(outcome, elapsed_ms),
            outcome => warn!(outcome, elapsed_ms),
        }
    }
}

/// The variant's name, in small letters.
fn kind(error: &Error) -> String {
    let text = format!("{error:?}");
    let name = text.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    let mut kind = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_uppercase() && at > 0 {
            kind.push('_');
        }
        kind.extend(letter.to_lowercase());
    }
    kind
}
