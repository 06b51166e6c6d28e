//! What a reply says: an error, or the thing that was asked for.

use reqwest::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Error, retry_after};

/// Every error of Ollama's, whatever its status; anything else has no `error`.
#[derive(Deserialize)]
struct Complaint {
    error: Option<String>,
}

/// The reply if its status is a success, else the error that it tells.
pub(crate) async fn successful(response: Response) -> Result<Response, Error> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let retry_after = retry_after::of(response.headers());
    let body = response.bytes().await.map_err(Error::reading)?;
    let message = match serde_json::from_slice(&body) {
        Ok(Complaint { error: Some(message) }) => message,
        _ => String::from_utf8_lossy(&body).trim().to_owned(),
    };
    Err(Error::Status { code: status.as_u16(), message, retry_after })
}

/// The JSON of a single reply.
pub(crate) async fn whole<T: DeserializeOwned>(response: Response) -> Result<T, Error> {
    let response = successful(response).await?;
    // Not `Response::json`, which calls a cut and bad JSON by the same name.
    let body = response.bytes().await.map_err(Error::reading)?;
    parse(&body)
}

/// One object of a reply that had promised success, which may still be an error.
pub(crate) fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, Error> {
    match serde_json::from_slice(json).map_err(Error::parsing)? {
        Complaint { error: Some(message) } => Err(Error::Failed { message }),
        Complaint { error: None } => serde_json::from_slice(json).map_err(Error::parsing),
    }
}
