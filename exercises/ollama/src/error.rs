//! What can go wrong, told apart by what happened.

use std::error::Error as StdError;
use std::time::Duration;
use std::{fmt, io, iter};

/// The error beneath, whatever its type; for people and logs.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// Why there is no answer, or no whole one.
///
/// Every variant can be made by hand, so that a fake can fail in each of these ways.
/// [`Transient`](crate::Transient) says which of them may be worth another attempt.
#[derive(Debug)]
pub enum Error {
    /// The host that was given, or that `OLLAMA_HOST` names, cannot be used. Nothing was sent.
    Host {
        /// As it was given.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No connection: nothing listens there, or the host was not found or not reached. Nothing was
    /// sent.
    Refused(Option<Cause>),
    /// The connection was closed or reset before the reply began. The request may have been worked
    /// on.
    CutBefore(Option<Cause>),
    /// The connection was closed or reset inside the reply.
    CutInside(Option<Cause>),
    /// A time limit passed: the operating system's for connecting, or that of whoever made this
    /// error. The client itself sets none.
    TimedOut(Option<Cause>),
    /// A reply whose status is not a success.
    Status {
        /// The status, such as 404.
        code: u16,
        /// Ollama's own words; if the reply was not Ollama's JSON, its text, which may be empty.
        message: String,
        /// How long the reply asked to wait, counted from its arrival. Never from Ollama itself:
        /// from a proxy or the cloud.
        retry_after: Option<Duration>,
    },
    /// A reply or a stream that ended in good order, but without `done`: the text is not complete.
    Unfinished,
    /// The generation failed after the reply had begun, under a status that had promised success.
    Failed {
        /// Ollama's own words.
        message: String,
    },
    /// A reply that arrived whole and is not the JSON it should be: whoever answers there is not
    /// Ollama.
    BadJson(Option<Cause>),
    /// Anything else, such as a peer that does not speak HTTP.
    Other(Cause),
}

impl Error {
    /// What went wrong before the reply began.
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

    /// What went wrong inside the reply. That is known from where it is called: reqwest calls a cut
    /// body an error of decoding.
    pub(crate) fn reading(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::TimedOut(Some(error.into()))
        } else if is_garbled(&error) {
            Self::Other(error.into())
        } else {
            Self::CutInside(Some(error.into()))
        }
    }

    /// What serde says of a reply that has ended.
    pub(crate) fn parsing(error: serde_json::Error) -> Self {
        // An object without its end, and yet the sender closed the reply in good order.
        if error.is_eof() { Self::Unfinished } else { Self::BadJson(Some(error.into())) }
    }
}

/// Whether the peer sent something that is not HTTP, rather than nothing. reqwest does not tell
/// these apart.
fn is_garbled(error: &reqwest::Error) -> bool {
    let first: &(dyn StdError + 'static) = error;
    iter::successors(Some(first), |&error| error.source()).any(|error| {
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            error.is_parse()
        } else if let Some(error) = error.downcast_ref::<io::Error>() {
            // What hyper makes of a chunk whose length is not a number.
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
            Self::CutBefore(_) => write!(f, "the connection was cut before there was a reply"),
            Self::CutInside(_) => write!(f, "the connection was cut inside the reply"),
            Self::TimedOut(_) => write!(f, "the time was up"),
            Self::Status { code, message, .. } if message.is_empty() => {
                write!(f, "Ollama answered {code}")
            }
            Self::Status { code, message, .. } => write!(f, "Ollama answered {code}: {message}"),
            Self::Unfinished => write!(f, "the reply ended before it was done"),
            Self::Failed { message } => {
                write!(f, "Ollama failed while it was answering: {message}")
            }
            Self::BadJson(_) => write!(f, "the reply is not what Ollama would say"),
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

// Errors cross threads with the tasks that had them.
const _: () = {
    const fn crosses_threads<T: Send + Sync + 'static>() {}
    crosses_threads::<Error>();
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_the_source() {
        for error in [
            Error::Refused(Some("beneath".into())),
            Error::CutBefore(Some("beneath".into())),
            Error::CutInside(Some("beneath".into())),
            Error::TimedOut(Some("beneath".into())),
            Error::BadJson(Some("beneath".into())),
            Error::Other("beneath".into()),
        ] {
            let source = error.source().map(ToString::to_string);
            assert_eq!(source.as_deref(), Some("beneath"), "{error:?}");
        }
        assert!(Error::Refused(None).source().is_none());
        assert!(Error::Unfinished.source().is_none());
    }

    #[test]
    fn a_status_is_told_with_its_words() {
        let message = "model 'missing' not found".to_owned();
        let error = Error::Status { code: 404, message, retry_after: None };
        assert_eq!(error.to_string(), "Ollama answered 404: model 'missing' not found");
        let error = Error::Status { code: 403, message: String::new(), retry_after: None };
        assert_eq!(error.to_string(), "Ollama answered 403");
    }
}
