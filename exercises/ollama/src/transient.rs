//! Which errors a retry may overcome.

use std::time::Duration;

use crate::Error;

/// An error that knows whether a retry may help.
pub trait Transient {
    /// Whether the same request may succeed if it is sent again later.
    fn is_transient(&self) -> bool;

    /// How long the server asked the client to wait before a retry, from the arrival of the error;
    /// `None` if it did not.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

impl Transient for Error {
    fn is_transient(&self) -> bool {
        match self {
            Error::Refused(_)
            | Error::CutBefore(_)
            | Error::CutInside(_)
            | Error::TimedOut(_)
            | Error::Unfinished
            | Error::Failed { .. } => true,
            // Request timeout, too many requests, bad gateway, unavailable, gateway timeout.
            Error::Status { code: 408 | 429 | 502 | 503 | 504, .. } => true,
            Error::Status { code: 500, message, .. } => reports_a_crash(message),
            Error::Status { .. } | Error::Host { .. } | Error::BadJson(_) | Error::Other(_) => {
                false
            }
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// Whether the message of a 500 reports that the model's process has crashed; the next request
/// starts it again. Ollama also answers 500 to requests that can never succeed, such as one with an
/// option of the wrong type. Only the message distinguishes them; an unknown message counts as
/// permanent.
fn reports_a_crash(message: &str) -> bool {
    const SIGNS: [&str; 13] = [
        "an error was encountered while running the model",
        "runner has unexpectedly stopped",
        "runner exited unexpectedly",
        "process has terminated",
        "process no longer running",
        "waiting for llama",
        "waiting for mlx",
        "error reading llama-server",
        "error reading llm",
        "unexpected eof",
        "connection refused",
        "connection reset",
        "forcibly closed",
    ];
    let message = message.to_ascii_lowercase();
    SIGNS.iter().any(|sign| message.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16, message: &str) -> Error {
        Error::Status { code, message: message.to_owned(), retry_after: None }
    }

    #[test]
    fn these_errors_are_transient() {
        for error in [
            Error::Refused(None),
            Error::CutBefore(None),
            Error::CutInside(None),
            Error::TimedOut(None),
            Error::Unfinished,
            Error::Failed {
                message: "an error was encountered while running the model: unexpected EOF"
                    .to_owned(),
            },
            status(503, "server busy, please try again.  maximum pending requests exceeded"),
            status(503, ""),
            status(429, "too many requests"),
            status(502, ""),
            status(504, ""),
            status(408, ""),
            status(500, "an error was encountered while running the model: unexpected EOF"),
            status(500, "an error was encountered while running the model: CUDA error"),
            status(
                500,
                "model runner has unexpectedly stopped, this may be due to resource limitations or an \
                 internal error, check ollama server logs for details",
            ),
            status(500, "llama-server process has terminated: signal: killed"),
            status(500, "llama runner process has terminated: exit status 2"),
            status(500, "llama runner process no longer running: -1 "),
            status(500, "timed out waiting for llama-server to start - "),
            status(500, "timeout waiting for mlx runner to start"),
            status(500, "mlx runner exited unexpectedly: signal: killed"),
            status(500, "Post \"http://127.0.0.1:4000/completion\": dial tcp: connection refused"),
            status(500, "wsarecv: An existing connection was forcibly closed by the remote host."),
            status(500, "error reading llama-server response: read: connection reset by peer"),
            status(500, "error reading llm response: EOF"),
        ] {
            assert!(error.is_transient(), "{error:?}");
        }
    }

    #[test]
    fn these_errors_are_permanent() {
        for error in [
            status(400, "missing request body"),
            status(400, "invalid character 'n' looking for beginning of object key string"),
            status(400, "unexpected EOF"),
            status(
                400,
                "json: cannot unmarshal number into Go struct field GenerateRequest.prompt of type \
                 string",
            ),
            status(400, "model is required"),
            status(400, "invalid model name"),
            status(400, "invalid input type"),
            status(400, "time: unknown unit \"x\" in duration \"5x\""),
            // A prompt that is too long. The message is JSON.
            status(400, r#"{"error":{"code":400,"message":"exceeds the available context size"}}"#),
            status(404, "model 'missing' not found"),
            status(404, "model \"missing\" not found, try pulling it first"),
            status(404, "model '' not found"),
            status(404, "404 page not found"),
            status(403, ""),
            status(405, "405 method not allowed"),
            status(501, ""),
            status(500, "option \"temperature\" must be of type float32"),
            status(500, ""),
            status(301, ""),
            Error::Host { host: "https://x".to_owned(), reason: "https".to_owned() },
            Error::BadJson(None),
            Error::Other("not HTTP".into()),
        ] {
            assert!(!error.is_transient(), "{error:?}");
        }
    }

    #[test]
    fn retry_after_comes_from_the_status() {
        let wait = Some(Duration::from_secs(7));
        let limited = Error::Status { code: 429, message: String::new(), retry_after: wait };
        assert_eq!(limited.retry_after(), wait);
        assert_eq!(status(429, "").retry_after(), None);
        assert_eq!(Error::Refused(None).retry_after(), None);
    }
}
