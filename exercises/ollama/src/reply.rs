//! Parses replies that are not streamed, and the errors in all replies.

use reqwest::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Error, retry_after};

/// An error of Ollama's, which looks the same under every status. Other replies have no `error`.
#[derive(Deserialize)]
struct ErrorReply {
    error: Option<String>,
}

/// Returns the reply if its status is a success, and otherwise the error that it contains.
pub(crate) async fn successful(response: Response) -> Result<Response, Error> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let retry_after = retry_after::of(response.headers());
    let body = response.bytes().await.map_err(Error::reading)?;
    let message = match serde_json::from_slice(&body) {
        Ok(ErrorReply { error: Some(message) }) => message,
        _ => String::from_utf8_lossy(&body).trim().to_owned(),
    };
    Err(Error::Status { code: status.as_u16(), message, retry_after })
}

/// Parses a reply that is not streamed.
pub(crate) async fn whole<T: DeserializeOwned>(response: Response) -> Result<T, Error> {
    let response = successful(response).await?;
    // Not `Response::json`, which reports a cut and bad JSON as the same error.
    let body = response.bytes().await.map_err(Error::reading)?;
    parse(&body)
}

/// Parses an object of a reply with a status of success. It may still be an error.
pub(crate) fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, Error> {
    match serde_json::from_slice(json).map_err(Error::parsing)? {
        ErrorReply { error: Some(message) } => Err(Error::Failed { message }),
        ErrorReply { error: None } => serde_json::from_slice(json).map_err(Error::parsing),
    }
}
