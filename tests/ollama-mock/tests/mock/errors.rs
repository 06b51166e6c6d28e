//! Errors that Ollama itself finds in a request.

use ollama_mock::Mock;
use serde_json::json;

use crate::raw::{exchange, post, request};

#[tokio::test]
async fn errors_have_ollamas_status_and_message() {
    let mock = Mock::start().await;
    let [generate, chat, embed, show] = ["/api/generate", "/api/chat", "/api/embed", "/api/show"];
    let missing = "model 'missing' not found";
    for (path, body, status, text) in [
        (generate, "", 400, "missing request body"),
        (chat, "", 400, "missing request body"),
        (embed, " ", 400, "missing request body"),
        (show, "", 400, "missing request body"),
        (
            generate,
            "{nope",
            400,
            "invalid character 'n' looking for beginning of object key string",
        ),
        (chat, r#"{"model":"llama3.2""#, 400, "unexpected EOF"),
        (
            generate,
            r#"{"prompt":7}"#,
            400,
            "json: cannot unmarshal number into Go struct field GenerateRequest.prompt of type string",
        ),
        (
            chat,
            r#"{"messages":[{"content":[]}]}"#,
            400,
            "json: cannot unmarshal array into Go struct field ChatRequest.messages.content of type string",
        ),
        (
            chat,
            r#"{"messages":"hi"}"#,
            400,
            "json: cannot unmarshal string into Go struct field ChatRequest.messages of type []api.Message",
        ),
        (
            generate,
            r#"{"stream":"no"}"#,
            400,
            "json: cannot unmarshal string into Go struct field GenerateRequest.stream of type bool",
        ),
        (embed, "[]", 400, "json: cannot unmarshal array into Go value of type api.EmbedRequest"),
        (generate, r#"{"model":"missing","prompt":"a"}"#, 404, missing),
        (chat, r#"{"model":"missing","messages":[]}"#, 404, missing),
        (
            embed,
            r#"{"model":"missing","input":"a"}"#,
            404,
            r#"model "missing" not found, try pulling it first"#,
        ),
        (show, r#"{"model":"missing"}"#, 404, "model 'missing:latest' not found"),
        (generate, "{}", 404, "model '' not found"),
        (embed, "{}", 404, "model '' not found"),
        (chat, "{}", 400, "model is required"),
        (show, "{}", 400, "model is required"),
        (generate, r#"{"model":"a b"}"#, 400, "invalid model name"),
        (chat, r#"{"model":"-"}"#, 400, "invalid model name"),
        (embed, r#"{"model":"x:"}"#, 400, "invalid model name"),
        (show, r#"{"model":"a/b/c/d"}"#, 400, "invalid model name"),
        (embed, r#"{"model":"all-minilm","input":7}"#, 400, "invalid input type"),
        (embed, r#"{"model":"all-minilm","input":["a",7]}"#, 400, "invalid input type"),
        (
            generate,
            r#"{"model":"llama3.2","keep_alive":"5x"}"#,
            400,
            r#"time: unknown unit "x" in duration "5x""#,
        ),
        (
            generate,
            r#"{"model":"llama3.2","options":{"temperature":"hot"}}"#,
            500,
            r#"option "temperature" must be of type float32"#,
        ),
        (
            chat,
            r#"{"model":"llama3.2","options":{"seed":"x"}}"#,
            500,
            r#"option "seed" must be of type integer"#,
        ),
        (
            generate,
            r#"{"model":"all-minilm","prompt":"a"}"#,
            400,
            r#""all-minilm" does not support generate"#,
        ),
        (
            chat,
            r#"{"model":"all-minilm","messages":[{}]}"#,
            400,
            r#""all-minilm" does not support chat"#,
        ),
        (
            generate,
            r#"{"model":"llama3.2","prompt":"a","think":true}"#,
            400,
            r#""llama3.2" does not support thinking"#,
        ),
        (
            chat,
            r#"{"model":"llama3.2","messages":[{}],"tools":[{}]}"#,
            400,
            "registry.ollama.ai/library/llama3.2:latest does not support tools",
        ),
    ] {
        let reply = post(mock.address(), path, body);
        assert_eq!((reply.status, reply.json()), (status, json!({"error": text})), "{body}");
        assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
        assert_eq!(reply.header("content-length"), Some(reply.body.len().to_string().as_str()));
        assert_eq!(reply.header("retry-after"), None);
    }
}

#[tokio::test]
async fn a_foreign_host_or_origin_is_forbidden() {
    let mock = Mock::start().await;
    let ask = |host: &str, origin: &str| {
        let request = request("GET", "/api/version", "")
            .replace("Host: localhost", &format!("Host: {host}\r\nOrigin: {origin}"));
        exchange(mock.address(), &request).unwrap()
    };
    for (host, origin) in [
        ("evil.example", "http://localhost"),
        ("localhost", "http://evil.example"),
        ("localhost", "null"),
        ("localhost.evil.example:80", "http://localhost"),
    ] {
        let reply = ask(host, origin);
        assert_eq!((reply.status, reply.text()), (403, ""), "{host} {origin}");
    }
    for (host, origin) in [
        ("localhost:11434", "http://localhost:3000"),
        ("127.0.0.1", "https://127.0.0.1"),
        ("[::1]:11434", "app://any"),
        ("192.168.1.9", "http://192.168.1.9"),
        ("box.local", "vscode-file://any"),
    ] {
        assert_eq!(ask(host, origin).status, 200, "{host} {origin}");
    }
}

#[tokio::test]
async fn a_server_for_other_machines_accepts_any_host_and_checks_the_origin() {
    let mock = Mock::builder().address(([0, 0, 0, 0], 0).into()).start().await.unwrap();
    let address = ([127, 0, 0, 1], mock.address().port()).into();
    let version = request("GET", "/api/version", "");
    let elsewhere = version.replace("Host: localhost", "Host: gpu.example");
    assert_eq!(exchange(address, &elsewhere).unwrap().status, 200);
    let origin = version.replace("Host: localhost", "Host: a\r\nOrigin: http://b");
    assert_eq!(exchange(address, &origin).unwrap().status, 403);
}

#[tokio::test]
async fn odd_requests_do_not_stop_the_mock() {
    let mock = Mock::start().await;
    let deep = "[".repeat(1_000_000);
    let long =
        format!(r#"{{"model":"llama3.2","prompt":"{}","stream":false}}"#, "a ".repeat(1 << 20));
    for body in ["\0", "\u{feff}{}", "nul", "\"", deep.as_str(), long.as_str()] {
        for path in ["/api/generate", "/api/chat", "/api/embed", "/api/show"] {
            post(mock.address(), path, body);
        }
    }
    for request in [
        "GET * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(),
        "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(),
        "GET http://a/api/version HTTP/1.1\r\nHost: \r\nConnection: close\r\n\r\n".to_owned(),
        "GET /%ff%00//..;?# HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(),
        "GET /\u{e9} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(),
        "nonsense\r\n\r\n".to_owned(),
        request("POST", "/api/generate", "{}").replace("Content-Length: 2", "Content-Length: x"),
        request("GET", "/api/version", "").replace("Host: localhost", "Mock-Failure: {"),
        request("GET", "/api/version", "").replace("Host: localhost", "Host: \u{e9}"),
        request("GET", "/api/version", "").replace("Host: localhost", "Mock-Fault: nonsense"),
    ] {
        let _ = exchange(mock.address(), &request);
    }
    let reply = post(mock.address(), "/api/generate", r#"{"model":"llama3.2","prompt":"a"}"#);
    assert_eq!(reply.stream().last().unwrap()["done"], true);
}
