//! Scripted faults, as they look on the wire.

use std::io::ErrorKind;
use std::net::TcpStream;

use ollama_mock::{At, End, Failure, Fault, Gate, Mock};
use serde_json::json;

use crate::raw::{Ended, Reply, exchange, get, post, request};

const STREAMED: &str = r#"{"model":"llama3.2","prompt":"Why?"}"#;
const WHOLE: &str = r#"{"model":"llama3.2","prompt":"Why?","stream":false}"#;
const CRASH: &str = "an error was encountered while running the model: unexpected EOF";

fn generate(mock: &Mock, body: &str) -> Reply {
    post(mock.address(), "/api/generate", body)
}

#[tokio::test]
async fn two_503_and_then_200() {
    let mock = Mock::start().await;
    mock.script([Failure::busy(), Failure::busy()]);
    for _ in 0..2 {
        let reply = generate(&mock, STREAMED);
        let text = "server busy, please try again.  maximum pending requests exceeded";
        assert_eq!((reply.status, reply.json()), (503, json!({"error": text})));
        assert_eq!(reply.header("retry-after"), None);
    }
    assert_eq!(generate(&mock, STREAMED).status, 200);
    assert_eq!(mock.requests().len(), 3);
}

#[tokio::test]
async fn a_held_reply_keeps_its_slot_until_it_is_released() {
    let mock = Mock::start().await;
    let gate = Gate::new();
    mock.script([Fault::Hold(gate.clone())]);
    let address = mock.address();
    let reply = tokio::task::spawn_blocking(move || post(address, "/api/generate", STREAMED));
    gate.wait_for(1).await;
    assert_eq!(mock.queue().running, 1);
    assert!(gate.release(0));
    assert_eq!(reply.await.unwrap().stream().last().unwrap()["done"], true);
}

#[tokio::test]
async fn a_crash_is_an_error_in_the_stream_or_a_500() {
    let mock = Mock::start().await;
    mock.script([0, 2, 99, 1].map(|after| Fault::Crash { after }));
    // Before the first object it has a status, and is sent in a chunk as the stream would be.
    let reply = generate(&mock, STREAMED);
    assert_eq!((reply.status, reply.header("content-type")), (500, Some("application/json")));
    assert_eq!(reply.chunks(), (vec![json!({"error": CRASH}).to_string()], Ended::InOrder));

    let objects = generate(&mock, STREAMED).stream();
    assert_eq!(objects.len(), 3);
    assert_eq!(objects[2], json!({"error": CRASH}));
    let objects = generate(&mock, STREAMED).stream();
    assert!(objects.iter().all(|object| object["done"] != true));
    assert_eq!(objects.last().unwrap(), &json!({"error": CRASH}));

    let reply = generate(&mock, WHOLE);
    assert_eq!((reply.status, reply.json()), (500, json!({"error": CRASH})));
    assert!(reply.header("content-length").is_some());
}

#[tokio::test]
async fn a_reply_without_done() {
    let mock = Mock::start().await;
    mock.script([2, 0, 0].map(|after| Fault::NoDone { after }));
    let objects = generate(&mock, STREAMED).stream();
    assert!(objects.len() == 2 && objects.iter().all(|object| object["done"] == false));
    assert!(generate(&mock, STREAMED).stream().is_empty());
    let reply = generate(&mock, WHOLE);
    let zero =
        json!({"model": "", "created_at": "0001-01-01T00:00:00Z", "response": "", "done": false});
    assert_eq!((reply.status, reply.json()), (200, zero));
}

#[tokio::test]
async fn a_cut_inside_a_chunk() {
    let mock = Mock::start().await;
    let cut = |after, end| Fault::Cut { after, end, then_refuse: false };
    mock.script([cut(2, End::Fin), cut(0, End::Reset), cut(99, End::Fin), cut(1, End::Fin)]);
    let reply = generate(&mock, STREAMED);
    let (chunks, ended) = reply.chunks();
    assert_eq!((reply.status, chunks.len(), ended, reply.error), (200, 3, Ended::Inside, None));
    assert!(chunks[1].ends_with("}\n") && chunks[2].starts_with(r#"{"model":"#));

    // After a reset the client may lose bytes that were sent before it.
    match exchange(mock.address(), &request("POST", "/api/generate", STREAMED)) {
        Ok(reply) => assert_eq!(reply.error, Some(ErrorKind::ConnectionReset)),
        Err(error) => assert_eq!(error, Some(ErrorKind::ConnectionReset)),
    }

    let (chunks, ended) = generate(&mock, STREAMED).chunks();
    // The cut is in the last object at the latest.
    assert!(ended == Ended::Inside && !chunks.last().unwrap().contains('\n'));

    let reply = generate(&mock, WHOLE);
    let length: usize = reply.header("content-length").unwrap().parse().unwrap();
    assert_eq!((reply.status, reply.body.len()), (200, length / 2));
    assert_eq!(generate(&mock, WHOLE).status, 200);
}

#[tokio::test]
async fn after_a_cut_the_server_may_be_down() {
    let mock = Mock::start().await;
    let idle = TcpStream::connect(mock.address()).unwrap();
    mock.script([Fault::Cut { after: 1, end: End::Fin, then_refuse: true }]);
    let (chunks, ended) = generate(&mock, STREAMED).chunks();
    assert_eq!((chunks.len(), ended), (2, Ended::Inside));
    let refused = TcpStream::connect(mock.address()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    // Other connections are closed as well.
    assert_eq!(std::io::copy(&mut &idle, &mut std::io::sink()).unwrap(), 0);

    mock.come_up().await.unwrap();
    assert_eq!(generate(&mock, STREAMED).status, 200);
    mock.go_down().await;
    mock.go_down().await;
    assert!(TcpStream::connect(mock.address()).is_err());
    mock.come_up().await.unwrap();
    mock.come_up().await.unwrap();
    assert_eq!(get(mock.address(), "/api/version").status, 200);
}

#[tokio::test]
async fn a_connection_that_is_closed_before_the_reply() {
    let mock = Mock::start().await;
    mock.script([Fault::HangUp(End::Fin), Fault::HangUp(End::Reset)]);
    let ask = || exchange(mock.address(), &request("POST", "/api/generate", WHOLE));
    assert_eq!(ask().unwrap_err(), None);
    assert_eq!(ask().unwrap_err(), Some(ErrorKind::ConnectionReset));
    assert_eq!(ask().unwrap().status, 200);
}

#[tokio::test]
async fn a_stall_in_mid_stream() {
    for body in [STREAMED, WHOLE] {
        let mock = Mock::start().await;
        let gate = Gate::new();
        mock.script([Fault::Stall { after: 2, gate: gate.clone() }]);
        let mut reply = reqwest::Client::new()
            .post(mock.uri() + "/api/generate")
            .body(body)
            .send()
            .await
            .unwrap();
        gate.wait_for(1).await;
        // Two objects, or half of a body, have arrived.
        let mut came = Vec::new();
        for _ in 0..if body == STREAMED { 2 } else { 1 } {
            came.extend(reply.chunk().await.unwrap().unwrap());
        }
        gate.open();
        while let Some(bytes) = reply.chunk().await.unwrap() {
            came.extend(bytes);
        }
        let last = came.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty()).unwrap();
        let last: serde_json::Value = serde_json::from_slice(last).unwrap();
        assert_eq!(last["done"], true);
    }
}

#[tokio::test]
async fn a_client_that_disconnects_in_a_stall_frees_its_slot() {
    let mock = Mock::start().await;
    let gate = Gate::new();
    mock.script([Fault::Stall { after: 1, gate: gate.clone() }]);
    let client = reqwest::Client::new();
    let reply = client.post(mock.uri() + "/api/generate").body(STREAMED).send().await.unwrap();
    gate.wait_for(1).await;
    assert_eq!(mock.queue().running, 1);
    drop(reply);
    gate.wait_for_left(1).await;
    mock.queue_until(|queue| queue.running == 0).await;
    assert_eq!(mock.gate(At::Arrival).wait_for_left(1).await.in_flight, 0);
    assert_eq!(generate(&mock, STREAMED).status, 200);
}

#[tokio::test]
async fn objects_in_two_chunks() {
    let mock = Mock::start().await;
    mock.script([Fault::Split]);
    let (chunks, ended) = generate(&mock, STREAMED).chunks();
    assert_eq!(ended, Ended::InOrder);
    for pair in chunks.chunks(2) {
        assert!(!pair[0].contains('\n') && pair[1].ends_with("}\n"));
        let object: serde_json::Value = serde_json::from_str(&pair.concat()).unwrap();
        assert!(object["done"].is_boolean());
    }
    assert!(chunks.len() > 2);
}

#[tokio::test]
async fn permanent_errors_and_those_of_a_proxy() {
    let mock = Mock::start().await;
    mock.script([
        Failure::new(400, "bad"),
        Failure::new(404, "gone"),
        Failure::new(500, "a \"text\"\u{7f} of é\n"),
        Failure::from_a_proxy(429, 7),
        Failure::from_a_proxy(502, 1),
    ]);
    for (status, text) in [(400, "bad"), (404, "gone"), (500, "a \"text\"\u{7f} of é\n")] {
        let reply = generate(&mock, STREAMED);
        assert_eq!((reply.status, reply.json()), (status, json!({"error": text})));
        assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
    }
    for (status, seconds) in [(429, "7"), (502, "1")] {
        let reply = generate(&mock, STREAMED);
        assert_eq!((reply.status, reply.header("retry-after")), (status, Some(seconds)));
        assert!(reply.json()["error"].as_str().unwrap().contains("not from a local Ollama"));
    }
}

#[tokio::test]
async fn an_overflow_has_a_message_in_json() {
    let mock = Mock::start().await;
    mock.script([Failure::overflow(), Failure::overflow()]);
    let inner = |text: &str| {
        let outer: serde_json::Value = serde_json::from_str(text).unwrap();
        serde_json::from_str::<serde_json::Value>(outer["error"].as_str().unwrap()).unwrap()
    };
    let reply = generate(&mock, WHOLE);
    assert_eq!((reply.status, &inner(reply.text())["error"]["code"]), (400, &json!(400)));
    // In place of a stream, the error is sent in a chunk.
    let reply = generate(&mock, STREAMED);
    assert_eq!((reply.status, reply.header("content-type")), (400, Some("application/json")));
    let (chunks, ended) = reply.chunks();
    assert_eq!((chunks.len(), ended), (1, Ended::InOrder));
    assert!(!chunks[0].ends_with('\n'));
    assert_eq!(inner(&chunks[0])["error"]["n_ctx"], 2048);
}

#[tokio::test]
async fn faults_can_be_scripted_for_some_requests_only() {
    let mock = Mock::start().await;
    mock.script_when(|request| request.path() == "/api/version", [Failure::new(500, "no")]);
    mock.script_when(
        |request| request.json()["prompt"] == "b",
        [Fault::None, Failure::busy().into(), Fault::HangUp(End::Fin)],
    );
    mock.script([Failure::new(400, "the first")]);
    let ask = |prompt: &str| {
        let body = json!({"model": "llama3.2", "prompt": prompt}).to_string();
        let request = request("POST", "/api/generate", &body);
        exchange(mock.address(), &request).map(|reply| reply.status).unwrap_or_default()
    };
    assert_eq!([ask("b"), ask("a"), ask("a")], [200, 400, 200]);
    assert_eq!([ask("b"), ask("b"), ask("b")], [503, 0, 200]);
    assert_eq!(get(mock.address(), "/api/tags").status, 200);
    assert_eq!(get(mock.address(), "/api/version").status, 500);
    assert_eq!(get(mock.address(), "/api/version").status, 200);
}

#[tokio::test]
async fn a_request_can_ask_for_a_fault_in_a_header() {
    let mock = Mock::start().await;
    let ask = |fault: &str| {
        let request = request("POST", "/api/generate", WHOLE)
            .replace("Host:", &format!("Mock-Fault: {fault}\r\nHost:"));
        exchange(mock.address(), &request).map(|reply| reply.status).unwrap_or_default()
    };
    assert_eq!(["busy", "fin", "ok", "nonsense"].map(ask), [503, 0, 200, 400]);
}
