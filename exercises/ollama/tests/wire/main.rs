//! The client against servers on this machine: wiremock where a fixed reply will do, else a
//! server that the test drives by hand.
//!
//! No test sleeps or looks at a clock.

mod connections;
mod failures;
mod replies;
mod server;
mod streams;

use ollama::Client;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

/// A server that gives this reply to every request, and a client of it.
async fn replying(reply: ResponseTemplate) -> (MockServer, Client) {
    let server = MockServer::start().await;
    Mock::given(matchers::any()).respond_with(reply).mount(&server).await;
    let client = Client::new(&server.uri()).unwrap();
    (server, client)
}

/// A reply with status 200 and this body.
fn ok(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(body)
}
