//! The client against a server that is nothing but a socket, so that a test decides every byte and
//! every cut.
//!
//! Client and server take turns in one task. Nothing here sleeps, and nothing looks at a clock.

mod failures;
mod replies;
mod server;
mod streams;
