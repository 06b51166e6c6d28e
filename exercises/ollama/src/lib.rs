//! A client for [Ollama](https://ollama.com), the server that runs language models on your own
//! machine.
//!
//! It asks once and says precisely what happened. Trying again, limiting how many requests are in
//! flight, and giving up after a while are the business of the caller; so no request here has a
//! time limit of its own.
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
//! Two traits let code be written without a server in mind: [`Generate`] is whatever answers a
//! prompt, and [`Transient`] is whatever error may be worth another attempt. Fakes in tests
//! implement them as [`Client`] and [`Error`] do.
//!
//! Dropping a future or a stream of this crate is always safe. It closes the connection if the
//! reply was still outstanding, and Ollama stops generating when its client has gone.

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
pub use generate::Generate;
pub use stream::GenerateStream;
pub use transient::Transient;
pub use types::{
    ChatRequest, ChatResponse, GenerateRequest, GenerateResponse, Message, Model, ModelDetails,
    Options, Role,
};
