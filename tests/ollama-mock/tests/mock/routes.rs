//! Successful replies on each route.

use ollama_mock::Mock;
use serde_json::{Value, json};

use crate::raw::{exchange, get, post, request};

const JSON: Option<&str> = Some("application/json; charset=utf-8");

/// The keys in alphabetical order; their order in the document does not matter.
fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn root_replies_that_ollama_is_running() {
    let mock = Mock::start().await;
    let reply = get(mock.address(), "/");
    assert_eq!((reply.status, reply.text()), (200, "Ollama is running"));
    assert!(reply.header("content-type").unwrap().starts_with("text/plain"));

    let reply = exchange(mock.address(), &request("HEAD", "/", "")).unwrap();
    assert_eq!((reply.status, reply.text()), (200, ""));
    assert!(reply.header("content-type").unwrap().starts_with("text/plain"));
}

#[tokio::test]
async fn unknown_paths_are_404_and_wrong_methods_are_405() {
    let mock = Mock::start().await;
    let reply = get(mock.address(), "/api/nope?x=1");
    assert_eq!((reply.status, reply.text()), (404, "404 page not found"));
    assert_eq!(reply.header("content-type"), Some("text/plain"));
    for (method, path, allow) in [
        ("GET", "/api/generate", "POST"),
        ("DELETE", "/api/chat", "POST"),
        ("POST", "/api/tags", "HEAD, GET"),
        ("PUT", "/api/ps", "GET"),
        ("POST", "/", "HEAD, GET"),
    ] {
        let reply = exchange(mock.address(), &request(method, path, "")).unwrap();
        assert_eq!((reply.status, reply.text()), (405, "405 method not allowed"));
        assert_eq!(reply.header("content-type"), Some("text/plain"));
        assert_eq!(reply.header("allow"), Some(allow));
    }
}

#[tokio::test]
async fn version_and_tags_and_ps() {
    let mock = Mock::start().await;
    let reply = get(mock.address(), "/api/version");
    assert_eq!((reply.status, reply.text()), (200, r#"{"version":"0.0.0"}"#));
    assert_eq!(reply.header("content-type"), JSON);
    assert_eq!(reply.header("content-length"), Some("19"));

    let tags = get(mock.address(), "/api/tags").json();
    let names: Vec<_> = tags["models"].as_array().unwrap().iter().map(|m| &m["name"]).collect();
    assert_eq!(names, ["llama3.2:latest", "all-minilm:latest"]);
    let llama = &tags["models"][0];
    assert_eq!(
        keys(llama),
        ["capabilities", "details", "digest", "model", "modified_at", "name", "size"]
    );
    assert_eq!(
        keys(&llama["details"]),
        [
            "context_length",
            "embedding_length",
            "families",
            "family",
            "format",
            "parameter_size",
            "parent_model",
            "quantization_level",
        ]
    );
    assert_eq!(llama["capabilities"], json!(["completion"]));
    let digest = llama["digest"].as_str().unwrap();
    assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()));

    assert_eq!(get(mock.address(), "/api/ps").json(), json!({"models": []}));
    post(mock.address(), "/api/generate", r#"{"model":"llama3.2"}"#);
    let ps = get(mock.address(), "/api/ps").json();
    assert_eq!(
        keys(&ps["models"][0]),
        ["context_length", "details", "digest", "expires_at", "model", "name", "size", "size_vram"]
    );
    post(mock.address(), "/api/generate", r#"{"model":"llama3.2","keep_alive":0}"#);
    assert_eq!(get(mock.address(), "/api/ps").json(), json!({"models": []}));
    post(mock.address(), "/api/embed", r#"{"model":"all-minilm","input":"a","keep_alive":-1}"#);
    let ps = get(mock.address(), "/api/ps").json();
    assert!(ps["models"][0]["expires_at"].as_str().unwrap() > "2300");
}

#[tokio::test]
async fn generate_streams_by_default() {
    let mock = Mock::start().await;
    let streamed = post(mock.address(), "/api/generate", r#"{"model":"Llama3.2","prompt":"Why?"}"#);
    assert_eq!(streamed.status, 200);
    let objects = streamed.stream();
    let (last, parts) = objects.split_last().unwrap();
    let mut text = String::new();
    for part in parts {
        assert_eq!(keys(part), ["created_at", "done", "model", "response"]);
        assert_eq!((&part["model"], &part["done"]), (&json!("Llama3.2"), &json!(false)));
        text += part["response"].as_str().unwrap();
    }
    assert_eq!(
        keys(last),
        [
            "context",
            "created_at",
            "done",
            "done_reason",
            "eval_count",
            "eval_duration",
            "load_duration",
            "model",
            "prompt_eval_count",
            "prompt_eval_duration",
            "response",
            "total_duration",
        ]
    );
    assert_eq!((&last["response"], &last["done"]), (&json!(""), &json!(true)));
    assert_eq!(last["done_reason"], "stop");
    assert_eq!(last["eval_count"], parts.len());

    let whole = r#"{"model":"llama3.2:latest","prompt":"Why?","stream":false}"#;
    let whole = post(mock.address(), "/api/generate", whole);
    assert_eq!(whole.header("content-type"), JSON);
    assert_eq!(whole.header("content-length"), Some(whole.body.len().to_string().as_str()));
    assert!(!whole.body.ends_with(b"\n"));
    let whole = whole.json();
    assert_eq!(whole["response"], text);
    assert_eq!(whole["model"], "llama3.2:latest");
    assert_eq!(whole["context"], last["context"]);
    assert_eq!(keys(&whole), keys(last));

    let other = r#"{"model":"llama3.2","prompt":"Who?","stream":false}"#;
    assert_ne!(post(mock.address(), "/api/generate", other).json()["response"], text);
}

#[tokio::test]
async fn generate_follows_options_and_format() {
    let mock = Mock::start().await;
    let ask = |more: &str| {
        let body = format!(r#"{{"model":"llama3.2","prompt":"Why?","stream":false{more}}}"#);
        post(mock.address(), "/api/generate", &body).json()
    };
    let short = ask(r#","options":{"num_predict":2}"#);
    assert_eq!((&short["done_reason"], &short["eval_count"]), (&json!("length"), &json!(2)));
    assert_eq!(ask(r#","raw":true"#).get("context"), None);
    let context = ask(r#","context":[7,8]"#)["context"].clone();
    assert_eq!(context.as_array().unwrap()[..2], [json!(7), json!(8)]);

    let text = ask(r#","format":"json""#)["response"].as_str().unwrap().to_owned();
    assert!(serde_json::from_str::<Value>(&text).unwrap().is_object());
    let sizes = json!({"type": "array", "items": {"type": "integer"}});
    let properties = json!({"name": {"type": "string"}, "sizes": sizes});
    let schema = json!({"type": "object", "properties": properties});
    let text = ask(&format!(r#","format":{schema}"#))["response"].as_str().unwrap().to_owned();
    let object: Value = serde_json::from_str(&text).unwrap();
    assert!(object["name"].is_string() && object["sizes"][0].is_u64());
}

#[tokio::test]
async fn an_empty_prompt_loads_or_unloads_the_model() {
    let mock = Mock::start().await;
    for (path, body, reason, kept) in [
        ("/api/generate", r#"{"model":"llama3.2"}"#, "load", "response"),
        ("/api/generate", r#"{"model":"llama3.2","keep_alive":"0s"}"#, "unload", "response"),
        ("/api/chat", r#"{"model":"llama3.2","messages":[]}"#, "load", "message"),
        ("/api/chat", r#"{"model":"llama3.2","keep_alive":0}"#, "unload", "message"),
    ] {
        let reply = post(mock.address(), path, body);
        assert_eq!(reply.header("content-type"), JSON);
        let reply = reply.json();
        assert_eq!((&reply["done"], &reply["done_reason"]), (&json!(true), &json!(reason)));
        let mut expected = ["created_at", "done", "done_reason", "model", kept];
        expected.sort_unstable();
        assert_eq!(keys(&reply), expected);
    }
}

#[tokio::test]
async fn chat_replies_with_messages() {
    let mock = Mock::start().await;
    let ask = |stream| {
        let body = json!({
            "model": "llama3.2",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Why?"},
            ],
            "stream": stream,
        });
        post(mock.address(), "/api/chat", &body.to_string())
    };
    let objects = ask(Value::Null).stream();
    let (last, parts) = objects.split_last().unwrap();
    let mut text = String::new();
    for part in parts {
        assert_eq!(keys(part), ["created_at", "done", "message", "model"]);
        assert_eq!(keys(&part["message"]), ["content", "role"]);
        text += part["message"]["content"].as_str().unwrap();
    }
    assert_eq!(last["message"], json!({"role": "assistant", "content": ""}));
    assert!(last.get("context").is_none() && last["done"] == true && last["eval_count"].is_u64());
    assert_eq!(ask(false.into()).json()["message"]["content"], text);
}

#[tokio::test]
async fn embed_returns_unit_vectors_in_the_order_of_the_inputs() {
    let mock = Mock::start().await;
    let ask = |input: Value, more: Value| {
        let mut body = json!({"model": "all-minilm", "input": input});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        post(mock.address(), "/api/embed", &body.to_string()).json()
    };
    let both = ask(json!(["one", "two words"]), json!({}));
    assert_eq!(
        keys(&both),
        ["embeddings", "load_duration", "model", "prompt_eval_count", "total_duration"]
    );
    for vector in both["embeddings"].as_array().unwrap() {
        let vector = vector.as_array().unwrap();
        assert_eq!(vector.len(), 384);
        let norm: f64 = vector.iter().map(|x| x.as_f64().unwrap().powi(2)).sum();
        assert!((norm - 1.0).abs() < 1e-5);
    }
    let two = ask(json!("two words"), json!({}));
    assert_eq!(two["embeddings"][0], both["embeddings"][1]);
    assert_ne!(two["embeddings"][0], both["embeddings"][0]);
    let short = ask(json!("one"), json!({"dimensions": 8}));
    assert_eq!(short["embeddings"][0].as_array().unwrap().len(), 8);
    for empty in [json!(""), json!([]), Value::Null] {
        let empty = ask(empty, json!({}));
        assert_eq!(empty, json!({"model": "all-minilm", "embeddings": []}));
    }
}

#[tokio::test]
async fn show_describes_a_model() {
    let mock = Mock::start().await;
    for body in [r#"{"model":"llama3.2"}"#, r#"{"name":"LLAMA3.2:latest"}"#] {
        let shown = post(mock.address(), "/api/show", body).json();
        assert_eq!(
            keys(&shown),
            ["capabilities", "details", "model_info", "modelfile", "modified_at", "template"]
        );
        assert_eq!(shown["details"]["family"], "llama");
        assert_eq!(shown["model_info"]["general.architecture"], "llama");
    }
}

#[tokio::test]
async fn json_is_decoded_as_leniently_as_go_does() {
    let mock = Mock::start().await;
    let body =
        r#" {"MODEL":"llama3.2","Prompt":"a","nope":[{}],"Stream":false,"options":null}}} tail"#;
    let reply = post(mock.address(), "/api/generate", body);
    assert_eq!(reply.status, 200);
    assert_eq!(mock.requests()[0].model().as_deref(), Some("llama3.2"));
}
