//! Streams: their parts, and the ways in which they end.

use futures_core::Stream;
use ollama::{Client, Error, GenerateRequest, GenerateStream, Transient};
use serde_json::json;
use tokio::join;
use wiremock::matchers::body_json;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::connections::settle;
use crate::ok;
use crate::server::{Connection, STREAM_END, STREAM_HEAD, Server};

const PART: &str = "{\"model\":\"x\",\"response\":\" is\",\"done\":false}\n";
const DONE: &str =
    "{\"model\":\"x\",\"response\":\"\",\"done\":true,\"done_reason\":\"stop\",\"eval_count\":2}\n";

/// A server that sends this reply at once, and the stream that the client makes of it.
async fn replied(reply: ResponseTemplate) -> (MockServer, Result<GenerateStream, Error>) {
    let server = MockServer::start().await;
    let asked = body_json(json!({"model": "x", "prompt": "y", "stream": true}));
    Mock::given(asked).respond_with(reply).mount(&server).await;
    let client = Client::new(&server.uri()).unwrap();
    let stream = client.generate_stream(&GenerateRequest::new("x", "y")).await;
    (server, stream)
}

/// The same where the reply is a stream.
async fn streamed(body: &str) -> (MockServer, GenerateStream) {
    let (server, stream) = replied(ok(body)).await;
    (server, stream.unwrap())
}

/// A stream that has begun, and the connection on which the test sends its parts.
async fn begin(server: &Server, client: &Client) -> (Connection, GenerateStream) {
    let request = GenerateRequest::new("x", "y");
    let serve = async {
        let mut connection = server.accept().await;
        connection.send(STREAM_HEAD).await;
        connection
    };
    let (stream, connection) = join!(client.generate_stream(&request), serve);
    (connection, stream.unwrap())
}

async fn begun() -> (Connection, GenerateStream) {
    let (server, client) = Server::start().await;
    begin(&server, &client).await
}

async fn text(stream: &mut GenerateStream) -> String {
    stream.next().await.expect("the stream has ended").expect("a part").response
}

async fn error(stream: &mut GenerateStream) -> Error {
    let error = stream.next().await.expect("the stream has ended").expect_err("an error");
    assert!(stream.next().await.is_none(), "a stream ends after an error");
    assert!(stream.next().await.is_none(), "a stream that has ended stays ended");
    error
}

#[tokio::test]
async fn parts_are_returned_as_they_arrive() {
    let (mut connection, mut stream) = begun().await;
    connection.chunk(PART).await;
    assert_eq!(text(&mut stream).await, " is");
    connection.chunk(PART).await;
    assert_eq!(text(&mut stream).await, " is");
    connection.chunk(DONE).await;
    let last = stream.next().await.unwrap().unwrap();
    assert!(last.done);
    assert_eq!((last.done_reason.as_deref(), last.eval_count), (Some("stop"), 2));
    connection.send(STREAM_END).await;
    assert!(stream.next().await.is_none());
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn an_object_may_be_split_between_reads() {
    let (mut connection, mut stream) = begun().await;
    // When the first object is returned, its whole chunk has been read; the rest of the second
    // object is another read.
    let (head, tail) = DONE.split_at(20);
    connection.chunk(&format!("{PART}{head}")).await;
    assert_eq!(text(&mut stream).await, " is");
    connection.chunk(tail).await;
    assert!(stream.next().await.unwrap().unwrap().done);
}

#[tokio::test]
async fn objects_may_share_a_read() {
    let body = format!("{PART}\n{PART}{}", DONE.trim_end());
    let (_server, mut stream) = streamed(&body).await;
    assert_eq!(text(&mut stream).await, " is");
    assert_eq!(text(&mut stream).await, " is");
    assert!(stream.next().await.unwrap().unwrap().done, "the last line needs no line break");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn next_is_cancel_safe() {
    let (mut connection, mut stream) = begun().await;
    connection.chunk(PART).await;
    assert_eq!(text(&mut stream).await, " is");
    let (head, tail) = DONE.split_at(20);
    connection.chunk(head).await;
    tokio::select! {
        biased;
        part = stream.next() => panic!("a part before its object is complete: {part:?}"),
        () = settle() => {}
    }
    connection.chunk(tail).await;
    assert!(stream.next().await.unwrap().unwrap().done);
}

#[tokio::test]
async fn an_end_without_done() {
    let (_server, mut stream) = streamed(PART).await;
    assert_eq!(text(&mut stream).await, " is");
    let error = error(&mut stream).await;
    assert!(matches!(error, Error::Unfinished), "{error:?}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn an_end_inside_an_object_or_before_the_first() {
    for body in [&DONE[..20], PART.trim_end(), ""] {
        let (_server, mut stream) = streamed(body).await;
        let error = error(&mut stream).await;
        assert!(matches!(error, Error::Unfinished), "{body}: {error:?}");
    }
}

#[tokio::test]
async fn an_error_in_mid_stream() {
    const CRASH: &str = "an error was encountered while running the model: unexpected EOF";
    let (_server, mut stream) = streamed(&format!("{PART}{{\"error\":\"{CRASH}\"}}\n")).await;
    assert_eq!(text(&mut stream).await, " is");
    let error = error(&mut stream).await;
    assert!(matches!(&error, Error::Failed { message } if message == CRASH), "{error:?}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_line_that_is_not_json() {
    let (_server, mut stream) = streamed(&format!("{PART}nonsense\n{DONE}")).await;
    assert_eq!(text(&mut stream).await, " is");
    let error = error(&mut stream).await;
    assert!(matches!(error, Error::BadJson(Some(_))), "{error:?}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn an_error_before_the_first_object() {
    let reply = ResponseTemplate::new(404);
    let reply = reply.set_body_string(r#"{"error":"model 'missing' not found"}"#);
    let (_server, stream) = replied(reply).await;
    match stream {
        Err(Error::Status { code: 404, message, .. }) => {
            assert_eq!(message, "model 'missing' not found")
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_cut_inside_a_chunk() {
    let (mut connection, mut stream) = begun().await;
    connection.chunk(PART).await;
    assert_eq!(text(&mut stream).await, " is");
    connection.send(&format!("{:x}\r\n{}", DONE.len(), &DONE[..20])).await;
    drop(connection);
    let error = error(&mut stream).await;
    assert!(matches!(error, Error::CutInside(Some(_))), "{error:?}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_cut_between_chunks() {
    let (mut connection, mut stream) = begun().await;
    connection.chunk(PART).await;
    assert_eq!(text(&mut stream).await, " is");
    drop(connection);
    let error = error(&mut stream).await;
    assert!(matches!(error, Error::CutInside(Some(_))), "{error:?}");
}

#[tokio::test]
async fn a_reset_in_mid_stream() {
    let (mut connection, mut stream) = begun().await;
    connection.chunk(PART).await;
    assert_eq!(text(&mut stream).await, " is");
    connection.reset();
    let error = error(&mut stream).await;
    assert!(matches!(error, Error::CutInside(Some(_))), "{error:?}");
}

#[tokio::test]
async fn a_cut_after_done_is_no_error() {
    let (mut connection, mut stream) = begun().await;
    connection.chunk(DONE).await;
    assert!(stream.next().await.unwrap().unwrap().done);
    drop(connection);
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_stream_that_is_read_to_its_end_frees_its_connection_for_the_next_request() {
    let (server, client) = Server::start().await;
    let (mut connection, mut stream) = begin(&server, &client).await;
    connection.chunk(DONE).await;
    assert!(stream.next().await.unwrap().unwrap().done);
    // The end of the body arrives late, and the stream waits for it.
    let read = async {
        assert!(stream.next().await.is_none());
        drop(stream);
    };
    let end = async {
        settle().await;
        connection.send(STREAM_END).await;
    };
    join!(read, end);
    settle().await;

    // A second connection would be refused.
    drop(server);
    let request = GenerateRequest::new("x", "y");
    let serve = async {
        connection.read_request().await;
        connection.send(STREAM_HEAD).await;
    };
    let (stream, ()) = join!(client.generate_stream(&request), serve);
    assert!(stream.is_ok(), "{stream:?}");
}

#[tokio::test]
async fn a_stream_that_is_dropped_closes_its_connection() {
    let (mut connection, mut stream) = begun().await;
    connection.chunk(PART).await;
    assert_eq!(text(&mut stream).await, " is");
    drop(stream);
    connection.closed().await;
}

// Stream adapters and tasks can take it without pinning.
const _: () = {
    const fn is_a_stream<T: Stream + Send + Sync + Unpin>() {}
    is_a_stream::<GenerateStream>();
};
