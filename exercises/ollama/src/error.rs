//! The errors of the client, by what happened.

use std::error::Error as StdError;
use std::time::Duration;
use std::{fmt, io, iter};

/// The underlying error, for people and logs.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// Why there is no answer, or no complete one.
///
/// Tests can construct each variant, so that a fake can fail in each of these ways.
/// [`Transient`](crate::Transient) tells for which of them a retry may help.
#[derive(Debug)]
pub enum Error {
    /// The host, from the caller or from `OLLAMA_HOST`, cannot be used. Nothing was sent.
    Host {
        /// The host as it was given.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no connection: no server listens there, or the host was not found or not reached.
    /// Nothing was sent.
    Refused(Option<Cause>),
    /// The connection was closed or reset before the reply began. Ollama may have worked on the
    /// request.
    CutBefore(Option<Cause>),
    /// The connection was closed or reset inside the reply.
    CutInside(Option<Cause>),
    /// A time limit passed. The client itself sets none: it is the operating system's limit for
    /// connecting, or the limit of a caller that constructs this error.
    TimedOut(Option<Cause>),
    /// The status of the reply is not a success.
    Status {
        /// The status, such as 404.
        code: u16,
        /// Ollama's message. If the reply is not Ollama's JSON, its text, which may be empty.
        message: String,
        /// How long to wait before a retry, from the arrival of the reply. A local Ollama never
        /// sends this; a proxy or a cloud model does.
        retry_after: Option<Duration>,
    },
    /// The reply or the stream has ended without a connection error, but without `done`: the text
    /// is not complete.
    Unfinished,
    /// The generation failed after the reply had begun with a status of success.
    Failed {
        /// Ollama's message.
        message: String,
    },
    /// The reply is complete, but is not the JSON that Ollama would send: the server is probably not
    /// Ollama.
    BadJson(Option<Cause>),
    /// Anything else, such as a server that does not speak HTTP.
    Other(Cause),
}

impl Error {
    /// The error for a request whose reply has not begun.
    pub(crate) fn sending(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::TimedOut(Some(error.into()))
        } else if error.is_connect() {
            Self::Refused(Some(error.into()))
        } else if error.is_request() && !is_garbled(&error) {
            Self::CutBefore(Some(error.into()))
        } else {
            Self::Other(error.into())
        }
    }

    /// The error for a reply that has begun. Only the caller knows that: reqwest reports a cut body
    /// as an error of decoding.
    pub(crate) fn reading(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::TimedOut(Some(error.into()))
        } else if is_garbled(&error) {
            Self::Other(error.into())
        } else {
            Self::CutInside(Some(error.into()))
        }
    }

    /// The error for a reply that is complete, and cannot be parsed.
    pub(crate) fn parsing(error: serde_json::Error) -> Self {
        // The object has no end, although the reply was closed without an error.
        if error.is_eof() { Self::Unfinished } else { Self::BadJson(Some(error.into())) }
    }
}

/// Whether the server sent something that is not HTTP, rather than nothing. reqwest reports both as
/// the same error.
fn is_garbled(error: &reqwest::Error) -> bool {
    let first: &(dyn StdError + 'static) = error;
    iter::successors(Some(first), |&error| error.source()).any(|error| {
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            error.is_parse()
        } else if let Some(error) = error.downcast_ref::<io::Error>() {
            // hyper's error for a chunk whose length is not a number.
            matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
        } else {
            false
        }
    })
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host { host, reason } => write!(f, "the host {host:?} cannot be used: {reason}"),
            Self::Refused(_) => write!(f, "no connection to Ollama: is it running?"),
            Self::CutBefore(_) => write!(f, "the connection was closed before the reply began"),
            Self::CutInside(_) => write!(f, "the connection was closed inside the reply"),
            Self::TimedOut(_) => write!(f, "the time limit has passed"),
            Self::Status { code, message, .. } if message.is_empty() => {
                write!(f, "Ollama answered {code}")
            }
            Self::Status { code, message, .. } => write!(f, "Ollama answered {code}: {message}"),
            Self::Unfinished => write!(f, "the reply ended without \"done\""),
            Self::Failed { message } => {
                write!(f, "Ollama failed while it generated the answer: {message}")
            }
            Self::BadJson(_) => write!(f, "the reply is not the JSON that Ollama would send"),
            Self::Other(_) => write!(f, "the request failed"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let cause = match self {
            Self::Refused(cause)
            | Self::CutBefore(cause)
            | Self::CutInside(cause)
            | Self::TimedOut(cause)
            | Self::BadJson(cause) => cause.as_ref()?,
            Self::Other(cause) => cause,
            Self::Host { .. } | Self::Status { .. } | Self::Unfinished | Self::Failed { .. } => {
                return None;
            }
        };
        Some(&**cause)
    }
}

// Tasks return errors to other threads.
const _: () = {
    const fn is_send_and_sync<T: Send + Sync + 'static>() {}
    is_send_and_sync::<Error>();
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_is_the_cause() {
        for error in [
            Error::Refused(Some("cause".into())),
            Error::CutBefore(Some("cause".into())),
            Error::CutInside(Some("cause".into())),
            Error::TimedOut(Some("cause".into())),
            Error::BadJson(Some("cause".into())),
            Error::Other("cause".into()),
        ] {
            let source = error.source().map(ToString::to_string);
            assert_eq!(source.as_deref(), Some("cause"), "{error:?}");
        }
        assert!(Error::Refused(None).source().is_none());
        assert!(Error::Unfinished.source().is_none());
    }

    #[test]
    fn a_status_is_displayed_with_its_message() {
        let message = "model 'missing' not found".to_owned();
        let error = Error::Status { code: 404, message, retry_after: None };
        assert_eq!(error.to_string(), "Ollama answered 404: model 'missing' not found");
        let error = Error::Status { code: 403, message: String::new(), retry_after: None };
        assert_eq!(error.to_string(), "Ollama answered 403");
    }
}
