//! What goes wrong, each in its own way.

use std::error::Error as _;
use std::time::Duration;

use ollama::{ChatRequest, Client, Error, GenerateRequest, GenerateResponse, Transient};
use tokio::join;
use tokio::net::TcpSocket;

use crate::server::{Server, reply, reply_with};

/// What the client makes of these bytes, after which the server closes the connection and is gone.
async fn answered_with(bytes: &str) -> Result<GenerateResponse, Error> {
    let (server, client) = Server::start().await;
    let request = GenerateRequest::default();
    let serve = async move { drop(server.answer(bytes).await) };
    let (answer, ()) = join!(client.generate(&request), serve);
    answer
}

#[tokio::test]
async fn a_status_comes_with_what_ollama_says() {
    for (status, body, code, says, transient) in [
        (
            "404 Not Found",
            r#"{"error":"model 'missing' not found"}"#,
            404,
            "model 'missing' not found",
            false,
        ),
        ("404 Not Found", "404 page not found", 404, "404 page not found", false),
        ("403 Forbidden", "", 403, "", false),
        (
            "400 Bad Request",
            r#"{"error":"missing request body"}"#,
            400,
            "missing request body",
            false,
        ),
        (
            "400 Bad Request",
            r#"{"error":"{\"error\":{\"code\":400,\"message\":\"too long\"}}"}"#,
            400,
            r#"{"error":{"code":400,"message":"too long"}}"#,
            false,
        ),
        (
            "503 Service Unavailable",
            r#"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#,
            503,
            "server busy, please try again.  maximum pending requests exceeded",
            true,
        ),
        (
            "500 Internal Server Error",
            r#"{"error":"option \"temperature\" must be of type float32"}"#,
            500,
            r#"option "temperature" must be of type float32"#,
            false,
        ),
        (
            "500 Internal Server Error",
            r#"{"error":"an error was encountered while running the model: unexpected EOF"}"#,
            500,
            "an error was encountered while running the model: unexpected EOF",
            true,
        ),
        ("502 Bad Gateway", "<h1>Bad Gateway</h1>\n", 502, "<h1>Bad Gateway</h1>", true),
    ] {
        let error = answered_with(&reply(status, body)).await.unwrap_err();
        assert_eq!(error.is_transient(), transient, "{error:?}");
        match error {
            Error::Status { code: its_code, message, retry_after: None } => {
                assert_eq!((its_code, message.as_str()), (code, says));
            }
            other => panic!("{status}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn retry_after_is_told_with_the_status() {
    for (header, expected) in [
        ("Retry-After: 7\r\n", Some(Duration::from_secs(7))),
        ("retry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n", Some(Duration::ZERO)),
        ("Retry-After: -7\r\n", None),
        ("Retry-After: soon\r\n", None),
    ] {
        let replied = reply_with("429 Too Many Requests", header, r#"{"error":"slow down"}"#);
        let error = answered_with(&replied).await.unwrap_err();
        assert!(
            matches!(&error, Error::Status { code: 429, message, .. } if message == "slow down"),
            "{error:?}"
        );
        assert!(error.is_transient());
        assert_eq!(error.retry_after(), expected, "{header:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let replied = reply_with("307 Temporary Redirect", "Location: /elsewhere\r\n", "");
    let error = answered_with(&replied).await.unwrap_err();
    assert!(matches!(error, Error::Status { code: 307, .. }), "{error:?}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn refused() {
    // Bound, so that it is nobody else's port, and not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let client = Client::new(&address.to_string()).unwrap();
    let error = client.generate(&GenerateRequest::default()).await.unwrap_err();
    assert!(matches!(error, Error::Refused(Some(_))), "{error:?}");
    assert!(error.is_transient());
    assert!(error.source().is_some());
}

#[tokio::test]
async fn closed_before_any_reply() {
    let error = answered_with("").await.unwrap_err();
    assert!(matches!(error, Error::CutBefore(Some(_))), "{error:?}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn closed_inside_the_headers() {
    let error = answered_with("HTTP/1.1 200 OK\r\nContent-Type: appl").await.unwrap_err();
    assert!(matches!(error, Error::CutBefore(Some(_))), "{error:?}");
}

#[tokio::test]
async fn reset_before_any_reply() {
    let (server, client) = Server::start().await;
    let request = GenerateRequest::default();
    let serve = async { server.answer("").await.0.reset() };
    let (answer, ()) = join!(client.generate(&request), serve);
    let error = answer.unwrap_err();
    assert!(matches!(error, Error::CutBefore(Some(_))), "{error:?}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn cut_inside_the_body() {
    let whole = reply("200 OK", r#"{"model":"x","response":"y","done":true}"#);
    let error = answered_with(&whole[..whole.len() - 10]).await.unwrap_err();
    assert!(matches!(error, Error::CutInside(Some(_))), "{error:?}");
    assert!(error.is_transient());

    // Inside the body of an error as well: what was to be said about it is lost.
    let whole = reply(
        "500 Internal Server Error",
        r#"{"error":"an error was encountered while running the model"}"#,
    );
    let error = answered_with(&whole[..whole.len() - 10]).await.unwrap_err();
    assert!(matches!(error, Error::CutInside(Some(_))), "{error:?}");
}

#[tokio::test]
async fn a_whole_reply_that_is_not_done() {
    let empty = r#"{"model":"","created_at":"0001-01-01T00:00:00Z","response":"","done":false}"#;
    let error = answered_with(&reply("200 OK", empty)).await.unwrap_err();
    assert!(matches!(error, Error::Unfinished), "{error:?}");
    assert!(error.is_transient());

    let (server, client) = Server::start().await;
    let request = ChatRequest::default();
    let replied = reply("200 OK", empty);
    let (answer, _) = join!(client.chat(&request), server.answer(&replied));
    assert!(matches!(answer, Err(Error::Unfinished)), "{answer:?}");
}

#[tokio::test]
async fn an_error_under_a_good_status() {
    let error = answered_with(&reply("200 OK", r#"{"error":"it broke"}"#)).await.unwrap_err();
    assert!(matches!(&error, Error::Failed { message } if message == "it broke"), "{error:?}");
}

#[tokio::test]
async fn what_is_not_ollamas_json() {
    for body in [
        "Ollama is running",
        "<html></html>",
        "null",
        "7",
        r#"{"done":"yes"}"#,
        r#"{"done":true}}"#,
    ] {
        let error = answered_with(&reply("200 OK", body)).await.unwrap_err();
        assert!(matches!(error, Error::BadJson(Some(_))), "{body}: {error:?}");
        assert!(!error.is_transient());
    }

    let (server, client) = Server::start().await;
    let replied = reply("200 OK", r#"{"edition":"0.0.0"}"#);
    let (version, _) = join!(client.version(), server.answer(&replied));
    assert!(matches!(version, Err(Error::BadJson(_))), "{version:?}");
}

#[tokio::test]
async fn what_is_not_http() {
    for bytes in [
        "SSH-2.0-OpenSSH_9.9\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a length\r\n",
    ] {
        let error = answered_with(bytes).await.unwrap_err();
        assert!(matches!(error, Error::Other(_)), "{bytes:?}: {error:?}");
        assert!(!error.is_transient());
    }
}
