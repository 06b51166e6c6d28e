//! Requests that succeed: what is sent, and what is read.

use std::env;
use std::process::Command;
use std::time::Duration;

use ollama::{
    ChatRequest, Client, Generate, GenerateRequest, GenerateResponse, Message, Options, Role,
};
use serde_json::json;
use wiremock::matchers::{body_json, method, path};
use wiremock::{Mock, MockServer};

use crate::{ok, replying};

pub const DONE: &str = concat!(
    r#"{"model":"llama3.2","created_at":"2026-11-23T23:25:10.429976457Z","response":"Rayleigh.","#,
    r#""done":true,"done_reason":"stop","context":[285,308],"total_duration":278867901,"#,
    r#""load_duration":266942242,"prompt_eval_count":22,"prompt_eval_duration":3296000,"#,
    r#""eval_count":6,"eval_duration":5161000}"#
);

#[tokio::test]
async fn generate_asks_for_no_stream_and_reads_all_fields() {
    let server = MockServer::start().await;
    let expected = json!({
        "model": "llama3.2",
        "prompt": "Why is the sky blue?",
        "stream": false,
        "options": {"temperature": 0.5},
    });
    let route = Mock::given(method("POST")).and(path("/api/generate")).and(body_json(expected));
    route.respond_with(ok(DONE)).mount(&server).await;

    let request = GenerateRequest {
        options: Some(Options { temperature: Some(0.5), ..Options::default() }),
        ..GenerateRequest::new("llama3.2", "Why is the sky blue?")
    };
    let client = Client::new(&server.uri()).unwrap();
    assert_eq!(
        client.generate(&request).await.unwrap(),
        GenerateResponse {
            model: "llama3.2".to_owned(),
            created_at: "2026-11-23T23:25:10.429976457Z".to_owned(),
            response: "Rayleigh.".to_owned(),
            thinking: String::new(),
            done: true,
            done_reason: Some("stop".to_owned()),
            context: vec![285, 308],
            total_duration: Duration::from_nanos(278_867_901),
            load_duration: Duration::from_nanos(266_942_242),
            prompt_eval_count: 22,
            prompt_eval_duration: Duration::from_nanos(3_296_000),
            eval_count: 6,
            eval_duration: Duration::from_nanos(5_161_000),
        }
    );
}

#[tokio::test]
async fn chat_asks_for_no_stream() {
    let server = MockServer::start().await;
    let expected = json!({
        "model": "llama3.2",
        "messages": [{"role": "user", "content": "Why?"}],
        "stream": false,
    });
    let reply = ok(concat!(
        r#"{"model":"llama3.2","message":{"role":"assistant","content":"Because."},"#,
        r#""done":true,"done_reason":"stop","eval_count":2}"#
    ));
    let route = Mock::given(method("POST")).and(path("/api/chat")).and(body_json(expected));
    route.respond_with(reply).mount(&server).await;

    let request = ChatRequest::new("llama3.2", vec![Message::new(Role::User, "Why?")]);
    let answer = Client::new(&server.uri()).unwrap().chat(&request).await.unwrap();
    assert_eq!(answer.message, Message::new(Role::Assistant, "Because."));
    assert_eq!(answer.eval_count, 2);
}

#[tokio::test]
async fn version_and_tags() {
    let server = MockServer::start().await;
    let version = Mock::given(method("GET")).and(path("/api/version"));
    version.respond_with(ok(r#"{"version":"0.0.0"}"#)).mount(&server).await;
    let tags = Mock::given(method("GET")).and(path("/api/tags"));
    let models = ok(concat!(
        r#"{"models":[{"name":"llama3.2:latest","model":"llama3.2:latest","#,
        r#""modified_at":"2026-11-23T23:23:18.472999191Z","size":487699,"digest":"ab","#,
        r#""details":{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"#,
        r#""parameter_size":"120K","quantization_level":"F32","context_length":2048,"#,
        r#""embedding_length":64},"capabilities":["completion"]}]}"#
    ));
    tags.respond_with(models).mount(&server).await;

    let client = Client::new(&server.uri()).unwrap();
    assert_eq!(client.version().await.unwrap(), "0.0.0");
    let models = client.tags().await.unwrap();
    let [model] = &models[..] else { panic!("there is one model: {models:?}") };
    assert_eq!((model.name.as_str(), model.size), ("llama3.2:latest", 487_699));
    assert_eq!(model.details.families, Some(vec!["llama".to_owned()]));
    assert_eq!(model.capabilities, ["completion"]);
}

#[tokio::test]
async fn a_path_in_the_host_is_a_prefix_of_every_route() {
    let server = MockServer::start().await;
    let route = Mock::given(path("/behind/a/proxy/api/version"));
    route.respond_with(ok(r#"{"version":"0.0.0"}"#)).mount(&server).await;
    let client = Client::new(&format!("{}/behind/a/proxy/", server.uri())).unwrap();
    assert_eq!(client.version().await.unwrap(), "0.0.0");
}

#[tokio::test]
async fn a_client_is_a_backend() {
    async fn ask<B: Generate>(backend: &B) -> String {
        backend.generate(&GenerateRequest::new("llama3.2", "Why?")).await.unwrap().response
    }
    let (_server, client) = replying(ok(DONE)).await;
    // In a task of its own, for which the future has to be `Send`.
    let answer = tokio::spawn(async move { ask(&client).await });
    assert_eq!(answer.await.unwrap(), "Rayleigh.");
}

/// A process cannot safely change its own environment, so the test starts itself with another one.
#[test]
fn from_env_reads_ollama_host() {
    const EXPECTED: &str = "OLLAMA_CLIENT_TEST_EXPECTS";
    if let Ok(expected) = env::var(EXPECTED) {
        assert_eq!(Client::from_env().unwrap().url(), expected);
        return;
    }
    for (host, url) in [
        (None, "http://127.0.0.1:11434"),
        (Some(""), "http://127.0.0.1:11434"),
        (Some(":1234"), "http://127.0.0.1:1234"),
    ] {
        let mut test = Command::new(env::current_exe().unwrap());
        test.args(["--exact", "replies::from_env_reads_ollama_host"]).env(EXPECTED, url);
        match host {
            Some(host) => test.env("OLLAMA_HOST", host),
            None => test.env_remove("OLLAMA_HOST"),
        };
        let output = test.output().unwrap();
        assert!(output.status.success(), "{host:?}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
