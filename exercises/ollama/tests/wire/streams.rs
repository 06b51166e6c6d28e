//! Streams: their parts, and how they may end.

use futures_core::Stream;
use ollama::{Client, Error, GenerateRequest, GenerateStream, Transient};
use serde_json::json;
use tokio::join;

use crate::replies::settle;
use crate::server::{Connection, STREAM_END, STREAM_HEAD, Server};

const PART: &str = "{\"model\":\"x\",\"response\":\" is\",\"done\":false}\n";
const DONE: &str =
    "{\"model\":\"x\",\"response\":\"\",\"done\":true,\"done_reason\":\"stop\",\"eval_count\":2}\n";

/// A stream that has begun, with nothing in it yet.
async fn begun() -> (Connection, GenerateStream) {
    let (server, client) = Server::start().await;
    begin(&server, &client).await
}

async fn begin(server: &Server, client: &Client) -> (Connection, GenerateStream) {
    let request = GenerateRequest::new("x", "y");
    let (stream, (connection, asked)) =
        join!(client.generate_stream(&request), server.answer(STREAM_HEAD));
    assert_eq!(asked.json(), json!({"model": "x", "prompt": "y", "stream": true}));
    (connection, stream.unwrap())
}

async fn text(stream: &mut GenerateStream) -> String {
    stream.next().await.expect("there is more").expect("it is a part").response
}

async fn error(stream: &mut GenerateStream) -> Error {
    let error = stream.next().await.expect("there is more").expect_err("it is an error");
    assert!(stream.next().await.is_none(), "an error is the last that a stream says");
    assert!(stream.next().await.is_none(), "and it stays ended");
    error
}

#[tokio::test]
async fn parts_come_as_they_are_sent() {
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
async fn an_object_may_be_split_over_reads() {
    let (mut connection, mut stream) = begun().await;
    // Once the first object has been read, so has what came along with it; the rest is a read of
    // its own.
    let (head, tail) = DONE.split_at(20);
    connection.chunk(&format!("{PART}{head}")).await;
    assert_eq!(text(&mut stream).await, " is");
    connection.chunk(tail).await;
    assert!(stream.next().await.unwrap().unwrap().done);
}

#[tokio::test]
async fn objects_may_share_a_read() {
    let (mut connection, mut stream) = begun().await;
    connection.chunk(&format!("{PART}\n{PART}{}", DONE.trim_end())).await;
    connection.send(STREAM_END).await;
    assert_eq!(text(&mut stream).await, " is");
    assert_eq!(text(&mut stream).await, " is");
    assert!(stream.next().await.unwrap().unwrap().done, "the last line needs no line break");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn next_may_be_dropped_and_called_again() {
    let (mut connection, mut stream) = begun().await;
    connection.chunk(PART).await;
    assert_eq!(text(&mut stream).await, " is");
    let (head, tail) = DONE.split_at(20);
    connection.chunk(head).await;
    tokio::select! {
        biased;
        part = stream.next() => panic!("half an object, and yet: {part:?}"),
        () = settle() => {}
    }
    connection.chunk(tail).await;
    assert!(stream.next().await.unwrap().unwrap().done);
}

#[tokio::test]
async fn an_end_without_done() {
    let (mut connection, mut stream) = begun().await;
    connection.chunk(PART).await;
    connection.send(STREAM_END).await;
    assert_eq!(text(&mut stream).await, " is");
    let error = error(&mut stream).await;
    assert!(matches!(error, Error::Unfinished), "{error:?}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn an_end_in_good_order_inside_an_object() {
    for last in [&DONE[..20], PART.trim_end()] {
        let (mut connection, mut stream) = begun().await;
        connection.chunk(last).await;
        connection.send(STREAM_END).await;
        let error = error(&mut stream).await;
        assert!(matches!(error, Error::Unfinished), "{last}: {error:?}");
    }
}

#[tokio::test]
async fn an_end_with_nothing_in_it() {
    let (mut connection, mut stream) = begun().await;
    connection.send(STREAM_END).await;
    let error = error(&mut stream).await;
    assert!(matches!(error, Error::Unfinished), "{error:?}");
}

#[tokio::test]
async fn an_error_in_mid_stream() {
    const SAID: &str = "an error was encountered while running the model: unexpected EOF";
    let (mut connection, mut stream) = begun().await;
    connection.chunk(PART).await;
    connection.chunk(&format!("{{\"error\":\"{SAID}\"}}\n")).await;
    connection.send(STREAM_END).await;
    assert_eq!(text(&mut stream).await, " is");
    let error = error(&mut stream).await;
    assert!(matches!(&error, Error::Failed { message } if message == SAID), "{error:?}");
    assert!(error.is_transient());
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
async fn a_cut_after_done_changes_nothing() {
    let (mut connection, mut stream) = begun().await;
    connection.chunk(DONE).await;
    assert!(stream.next().await.unwrap().unwrap().done);
    drop(connection);
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_line_that_is_not_json() {
    let (mut connection, mut stream) = begun().await;
    connection.chunk(&format!("{PART}nonsense\n{DONE}")).await;
    connection.send(STREAM_END).await;
    assert_eq!(text(&mut stream).await, " is");
    let error = error(&mut stream).await;
    assert!(matches!(error, Error::BadJson(Some(_))), "{error:?}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn an_error_before_the_first_object_keeps_its_status() {
    let (server, client) = Server::start().await;
    let request = GenerateRequest::new("missing", "y");
    let head = "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n";
    let serve = async {
        let (mut connection, _) = server.answer(head).await;
        connection.chunk(r#"{"error":"model 'missing' not found"}"#).await;
        connection.send(STREAM_END).await;
    };
    let (answer, ()) = join!(client.generate_stream(&request), serve);
    match answer {
        Err(Error::Status { code: 404, message, .. }) => {
            assert_eq!(message, "model 'missing' not found")
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_stream_that_is_read_to_its_end_leaves_its_connection_to_the_next() {
    let (server, client) = Server::start().await;
    let (mut connection, mut stream) = begin(&server, &client).await;
    connection.chunk(DONE).await;
    assert!(stream.next().await.unwrap().unwrap().done);
    // The end of the body comes late, and the stream waits for it.
    let read_on = async {
        assert!(stream.next().await.is_none());
        drop(stream);
    };
    let end = async {
        settle().await;
        connection.send(STREAM_END).await;
    };
    join!(read_on, end);
    settle().await;

    // A second connection would be refused.
    drop(server);
    let request = GenerateRequest::new("x", "y");
    let serve = async {
        connection.request().await;
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

// Adapters and tasks take it as it is.
const _: () = {
    const fn is_a_stream<T: Stream + Send + Sync + Unpin>() {}
    is_a_stream::<GenerateStream>();
};
