//! How the client uses connections: it keeps them, shares them, and closes them when a request is
//! dropped.

use ollama::GenerateRequest;
use tokio::{join, task};

use crate::replies::DONE;
use crate::server::{Connection, Server, reply};

/// Lets hyper's task take back a connection, for which it only has to be polled.
pub async fn settle() {
    for _ in 0..16 {
        task::yield_now().await;
    }
}

/// Answers so many requests on one connection.
async fn answer_on(mut connection: Connection, requests: usize) {
    connection.send(&reply(DONE)).await;
    for _ in 1..requests {
        connection.read_request().await;
        connection.send(&reply(DONE)).await;
    }
}

#[tokio::test]
async fn a_connection_is_used_for_one_request_after_the_other() {
    let (server, client) = Server::start().await;
    let serve = async {
        let connection = server.accept().await;
        // From here on, a second connection would be refused.
        drop(server);
        answer_on(connection, 10).await;
    };
    let ask = async {
        for _ in 0..10 {
            client.generate(&GenerateRequest::default()).await.unwrap();
            settle().await;
        }
    };
    join!(ask, serve);
}

#[tokio::test]
async fn clones_share_their_connections() {
    let (server, client) = Server::start().await;
    let serve = async {
        let connection = server.accept().await;
        drop(server);
        answer_on(connection, 2).await;
    };
    let ask = async {
        client.clone().generate(&GenerateRequest::default()).await.unwrap();
        settle().await;
        client.generate(&GenerateRequest::default()).await.unwrap();
    };
    join!(ask, serve);
}

#[tokio::test]
async fn a_request_that_is_dropped_closes_its_connection() {
    let (server, client) = Server::start().await;
    let request = GenerateRequest::default();
    let mut connection = tokio::select! {
        answer = client.generate(&request) => panic!("an answer without a reply: {answer:?}"),
        connection = server.accept() => connection,
    };
    connection.closed().await;
}
