//! Requests that fail: each failure is an error of its own.

use std::error::Error as _;
use std::time::Duration;

use ollama::{ChatRequest, Client, Error, GenerateRequest, GenerateResponse, Transient};
use tokio::join;
use tokio::net::TcpSocket;
use wiremock::ResponseTemplate;

use crate::server::{Server, reply};
use crate::{ok, replying};

async fn generate(client: &Client) -> Result<GenerateResponse, Error> {
    client.generate(&GenerateRequest::default()).await
}

/// The error for this reply.
async fn error(reply: ResponseTemplate) -> Error {
    let (_server, client) = replying(reply).await;
    generate(&client).await.unwrap_err()
}

/// The error for these bytes, after which the server closes the connection.
async fn error_after(bytes: &str) -> Error {
    let (server, client) = Server::start().await;
    let serve = async { server.accept().await.send(bytes).await };
    let (answer, ()) = join!(generate(&client), serve);
    answer.unwrap_err()
}

#[tokio::test]
async fn a_status_comes_with_ollamas_message() {
    for (status, body, expected, transient) in [
        (404, r#"{"error":"model 'missing' not found"}"#, "model 'missing' not found", false),
        (404, "404 page not found", "404 page not found", false),
        (403, "", "", false),
        (400, r#"{"error":"missing request body"}"#, "missing request body", false),
        (
            400,
            r#"{"error":"{\"error\":{\"code\":400,\"message\":\"too long\"}}"}"#,
            r#"{"error":{"code":400,"message":"too long"}}"#,
            false,
        ),
        (
            503,
            r#"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#,
            "server busy, please try again.  maximum pending requests exceeded",
            true,
        ),
        (
            500,
            r#"{"error":"option \"temperature\" must be of type float32"}"#,
            r#"option "temperature" must be of type float32"#,
            false,
        ),
        (
            500,
            r#"{"error":"an error was encountered while running the model: unexpected EOF"}"#,
            "an error was encountered while running the model: unexpected EOF",
            true,
        ),
        (502, "<h1>Bad Gateway</h1>\n", "<h1>Bad Gateway</h1>", true),
    ] {
        let error = error(ResponseTemplate::new(status).set_body_string(body)).await;
        assert_eq!(error.is_transient(), transient, "{error:?}");
        match error {
            Error::Status { code, message, retry_after: None } => {
                assert_eq!((code, message.as_str()), (status, expected));
            }
            other => panic!("{status}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn retry_after_comes_with_the_status() {
    for (value, expected) in [
        ("7", Some(Duration::from_secs(7))),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(Duration::ZERO)),
        ("-7", None),
        ("soon", None),
    ] {
        let reply = ResponseTemplate::new(429).insert_header("retry-after", value);
        let error = error(reply.set_body_string(r#"{"error":"slow down"}"#)).await;
        assert!(
            matches!(&error, Error::Status { code: 429, message, .. } if message == "slow down"),
            "{error:?}"
        );
        assert!(error.is_transient());
        assert_eq!(error.retry_after(), expected, "{value:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_error_and_is_not_followed() {
    let error = error(ResponseTemplate::new(307).insert_header("location", "/elsewhere")).await;
    assert!(matches!(error, Error::Status { code: 307, .. }), "{error:?}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn a_connection_that_is_refused() {
    // Bound, so that no other program gets the port, and not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let error = generate(&Client::new(&address.to_string()).unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::Refused(Some(_))), "{error:?}");
    assert!(error.is_transient());
    assert!(error.source().is_some());
}

#[tokio::test]
async fn a_connection_that_is_closed_before_the_reply() {
    for bytes in ["", "HTTP/1.1 200 OK\r\nContent-Type: appl"] {
        let error = error_after(bytes).await;
        assert!(matches!(error, Error::CutBefore(Some(_))), "{bytes:?}: {error:?}");
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn a_connection_that_is_reset_before_the_reply() {
    let (server, client) = Server::start().await;
    let serve = async { server.accept().await.reset() };
    let (answer, ()) = join!(generate(&client), serve);
    let error = answer.unwrap_err();
    assert!(matches!(error, Error::CutBefore(Some(_))), "{error:?}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_connection_that_is_cut_inside_the_body() {
    let success = reply(r#"{"model":"x","response":"y","done":true}"#);
    // In the body of an error, the cut hides the message, and may be all there is to report.
    let failure = reply(r#"{"error":"the model is gone"}"#).replace("200 OK", "500 Oops");
    for whole in [success, failure] {
        let error = error_after(&whole[..whole.len() - 10]).await;
        assert!(matches!(error, Error::CutInside(Some(_))), "{error:?}");
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn a_reply_that_is_not_done() {
    let empty = r#"{"model":"","created_at":"0001-01-01T00:00:00Z","response":"","done":false}"#;
    let (_server, client) = replying(ok(empty)).await;
    let error = generate(&client).await.unwrap_err();
    assert!(matches!(error, Error::Unfinished), "{error:?}");
    assert!(error.is_transient());
    let answer = client.chat(&ChatRequest::default()).await;
    assert!(matches!(answer, Err(Error::Unfinished)), "{answer:?}");
}

#[tokio::test]
async fn an_error_under_status_200() {
    let error = error(ok(r#"{"error":"it broke"}"#)).await;
    assert!(matches!(&error, Error::Failed { message } if message == "it broke"), "{error:?}");
}

#[tokio::test]
async fn a_reply_that_is_not_ollamas_json() {
    for body in [
        "Ollama is running",
        "<html></html>",
        "null",
        "7",
        r#"{"done":"yes"}"#,
        r#"{"done":true}}"#,
    ] {
        let error = error(ok(body)).await;
        assert!(matches!(error, Error::BadJson(Some(_))), "{body}: {error:?}");
        assert!(!error.is_transient());
    }
    let (_server, client) = replying(ok(r#"{"edition":"0.0.0"}"#)).await;
    let version = client.version().await;
    assert!(matches!(version, Err(Error::BadJson(_))), "{version:?}");
}

#[tokio::test]
async fn a_reply_that_is_not_http() {
    for bytes in [
        "SSH-2.0-OpenSSH_9.9\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a length\r\n",
    ] {
        let error = error_after(bytes).await;
        assert!(matches!(error, Error::Other(_)), "{bytes:?}: {error:?}");
        assert!(!error.is_transient());
    }
}
