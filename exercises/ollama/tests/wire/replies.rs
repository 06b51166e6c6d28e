//! What goes well.

use std::env;
use std::process::Command;
use std::time::Duration;

use ollama::{
    ChatRequest, Client, Generate, GenerateRequest, GenerateResponse, Message, Options, Role,
};
use serde_json::json;
use tokio::{join, task};

use crate::server::{Server, reply};

const DONE: &str = concat!(
    r#"{"model":"llama3.2","created_at":"2026-11-23T23:25:10.429976457Z","response":"Rayleigh.","#,
    r#""done":true,"done_reason":"stop","context":[285,308],"total_duration":278867901,"#,
    r#""load_duration":266942242,"prompt_eval_count":22,"prompt_eval_duration":3296000,"#,
    r#""eval_count":6,"eval_duration":5161000}"#
);

#[tokio::test]
async fn generate_asks_for_no_stream_and_reads_everything() {
    let (server, client) = Server::start().await;
    let request = GenerateRequest {
        options: Some(Options { temperature: Some(0.5), ..Options::default() }),
        ..GenerateRequest::new("llama3.2", "Why is the sky blue?")
    };
    let replied = reply("200 OK", DONE);
    let (answer, (_, asked)) = join!(client.generate(&request), server.answer(&replied));

    assert_eq!(asked.line, "POST /api/generate HTTP/1.1");
    assert_eq!(
        asked.json(),
        json!({
            "model": "llama3.2",
            "prompt": "Why is the sky blue?",
            "stream": false,
            "options": {"temperature": 0.5},
        })
    );
    assert_eq!(
        answer.unwrap(),
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
    let (server, client) = Server::start().await;
    let request = ChatRequest::new("llama3.2", vec![Message::new(Role::User, "Why?")]);
    let replied = reply(
        "200 OK",
        concat!(
            r#"{"model":"llama3.2","message":{"role":"assistant","content":"Because."},"#,
            r#""done":true,"done_reason":"stop","eval_count":2}"#
        ),
    );
    let (answer, (_, asked)) = join!(client.chat(&request), server.answer(&replied));

    assert_eq!(asked.line, "POST /api/chat HTTP/1.1");
    assert_eq!(
        asked.json(),
        json!({
            "model": "llama3.2",
            "messages": [{"role": "user", "content": "Why?"}],
            "stream": false,
        })
    );
    let answer = answer.unwrap();
    assert_eq!(answer.message, Message::new(Role::Assistant, "Because."));
    assert_eq!(answer.eval_count, 2);
}

#[tokio::test]
async fn version_and_tags() {
    let (server, client) = Server::start().await;
    let replied = reply("200 OK", r#"{"version":"0.0.0"}"#);
    let (version, (connection, asked)) = join!(client.version(), server.answer(&replied));
    assert_eq!(asked.line, "GET /api/version HTTP/1.1");
    assert_eq!(version.unwrap(), "0.0.0");
    drop(connection);

    let (server, client) = Server::start().await;
    let replied = reply(
        "200 OK",
        concat!(
            r#"{"models":[{"name":"llama3.2:latest","model":"llama3.2:latest","#,
            r#""modified_at":"2026-11-23T23:23:18.472999191Z","size":487699,"digest":"ab","#,
            r#""details":{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"#,
            r#""parameter_size":"120K","quantization_level":"F32","context_length":2048,"#,
            r#""embedding_length":64},"capabilities":["completion"]}]}"#
        ),
    );
    let (models, (_, asked)) = join!(client.tags(), server.answer(&replied));
    assert_eq!(asked.line, "GET /api/tags HTTP/1.1");
    let [model] = &models.unwrap()[..] else { panic!("there is one model") };
    assert_eq!((model.name.as_str(), model.size), ("llama3.2:latest", 487_699));
    assert_eq!(model.details.families, Some(vec!["llama".to_owned()]));
    assert_eq!(model.capabilities, ["completion"]);
}

#[tokio::test]
async fn one_connection_serves_one_request_after_the_other() {
    let (server, client) = Server::start().await;
    let replied = reply("200 OK", DONE);
    let serve = async {
        let mut connection = server.accept().await;
        // From here on a second connection would be refused.
        drop(server);
        for _ in 0..10 {
            connection.request().await;
            connection.send(&replied).await;
        }
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
    let replied = reply("200 OK", DONE);
    let serve = async {
        let mut connection = server.accept().await;
        drop(server);
        for _ in 0..2 {
            connection.request().await;
            connection.send(&replied).await;
        }
    };
    let ask = async {
        client.clone().generate(&GenerateRequest::default()).await.unwrap();
        settle().await;
        client.generate(&GenerateRequest::default()).await.unwrap();
    };
    join!(ask, serve);
}

/// Lets hyper's task put the connection back, for which it needs turns and nothing from outside.
pub async fn settle() {
    for _ in 0..16 {
        task::yield_now().await;
    }
}

#[tokio::test]
async fn a_client_that_goes_away_closes_its_connection() {
    let (server, client) = Server::start().await;
    let mut connection = {
        let request = GenerateRequest::default();
        let asking = client.generate(&request);
        let arrive = async {
            let mut connection = server.accept().await;
            connection.request().await;
            connection
        };
        tokio::select! {
            answer = asking => panic!("nobody answered, and yet: {answer:?}"),
            connection = arrive => connection,
        }
    };
    connection.closed().await;
}

#[tokio::test]
async fn a_prefix_comes_before_every_path() {
    let (server, client) = Server::start().await;
    let client = Client::new(&format!("{}/behind/a/proxy/", client.url())).unwrap();
    let replied = reply("200 OK", r#"{"version":"0.0.0"}"#);
    let (version, (_, asked)) = join!(client.version(), server.answer(&replied));
    assert!(version.is_ok());
    assert_eq!(asked.line, "GET /behind/a/proxy/api/version HTTP/1.1");
}

#[tokio::test]
async fn code_that_takes_any_backend_takes_a_client() {
    async fn ask<B: Generate>(backend: &B) -> String {
        backend.generate(&GenerateRequest::new("llama3.2", "Why?")).await.unwrap().response
    }
    let (server, client) = Server::start().await;
    let replied = reply("200 OK", DONE);
    // A task of its own, which the future has to be `Send` for.
    let asking = tokio::spawn(async move { ask(&client).await });
    let (answer, _) = join!(asking, server.answer(&replied));
    assert_eq!(answer.unwrap(), "Rayleigh.");
}

/// A process cannot safely change its own environment, so this runs itself with another one.
#[test]
fn from_env_reads_ollama_host() {
    const INSIDE: &str = "OLLAMA_CLIENT_TEST_EXPECTS";
    if let Ok(expected) = env::var(INSIDE) {
        assert_eq!(Client::from_env().unwrap().url(), expected);
        return;
    }
    for (host, url) in [
        (None, "http://127.0.0.1:11434"),
        (Some(""), "http://127.0.0.1:11434"),
        (Some(":1234"), "http://127.0.0.1:1234"),
    ] {
        let mut itself = Command::new(env::current_exe().unwrap());
        itself.args(["--exact", "replies::from_env_reads_ollama_host"]).env(INSIDE, url);
        match host {
            Some(host) => itself.env("OLLAMA_HOST", host),
            None => itself.env_remove("OLLAMA_HOST"),
        };
        let output = itself.output().unwrap();
        assert!(output.status.success(), "{host:?}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
