//! A client for [Ollama](https://ollama.com), the server that runs language models on your own
//! machine.
//!
//! The client sends each request once and reports precisely what happened. Retries, time limits and
//! a limit on the requests in flight are left to the caller.
//!
//! ```no_run
//! use ollama::{Client, GenerateRequest};
//!
//! # async fn ask() -> Result<(), ollama::Error> {
//! let client = Client::from_env()?;
//! let reply = client.generate(&GenerateRequest::new("llama3.2", "Why is the sky blue?")).await?;
//! println!("{}", reply.response);
//! # Ok(())
//! # }
//! ```
//!
//! Traits let code work without a server: [`Generate`] and [`GenerateStreaming`] are implemented by
//! everything that answers prompts, and [`Transient`] by errors that know whether a retry may help.
//! [`Client`] and [`Error`] implement them, and so do the fakes in tests.
//!
//! It is always safe to drop a future or a stream of this crate. If the reply is not complete, that
//! closes the connection, and Ollama stops generating.

#![warn(missing_docs)]

mod client;
mod error;
mod generate;
mod host;
mod lines;
mod reply;
mod retry_after;
mod stream;
mod transient;
mod types;

pub use client::Client;
pub use error::{Cause, Error};
pub use generate::{Generate, GenerateStreaming};
pub use stream::GenerateStream;
pub use transient::Transient;
pub use types::{
    ChatRequest, ChatResponse, GenerateRequest, GenerateResponse, Message, Model, ModelDetails,
    Options, Role,
};
