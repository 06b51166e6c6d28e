//! Gates hold requests and count them.

use ollama_mock::{At, Counts, Gate, Mock, Request};
use tokio::task::JoinSet;

fn ask(mock: &Mock, client: &reqwest::Client, prompt: usize) -> reqwest::RequestBuilder {
    let body = format!(r#"{{"model":"llama3.2","prompt":"{prompt}","stream":false}}"#);
    client.post(mock.uri() + "/api/generate").body(body)
}

fn prompt(request: &Request) -> usize {
    request.json()["prompt"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn requests_are_held_and_released_in_any_order() {
    let mock = Mock::start().await;
    let (client, gate) = (reqwest::Client::new(), mock.gate(At::Arrival));
    gate.close();
    let mut asking = JoinSet::new();
    for number in 0..3 {
        let sent = ask(&mock, &client, number).send();
        asking.spawn(async move { (number, sent.await.unwrap().status().as_u16()) });
        gate.wait_for(number + 1).await;
    }
    assert_eq!((gate.in_flight(), gate.max_in_flight(), gate.left()), (3, 3, 0));
    assert_eq!(gate.held().iter().map(|held| prompt(held)).collect::<Vec<_>>(), [0, 1, 2]);
    // No fourth request is held, and none with this number.
    assert!(!gate.release(3) && !gate.release_id(7));

    assert!(gate.release(1));
    assert_eq!(asking.join_next().await.unwrap().unwrap(), (1, 200));
    assert_eq!((gate.in_flight(), gate.max_in_flight()), (2, 3));
    let last = gate.held()[1].id();
    assert!(gate.release_id(last) && !gate.release_id(last));
    assert_eq!(asking.join_next().await.unwrap().unwrap(), (2, 200));
    gate.open();
    assert_eq!(asking.join_next().await.unwrap().unwrap(), (0, 200));
    let all = Counts { stops: 3, max_in_flight: 3, finished: 3, ..Counts::default() };
    assert_eq!(gate.counts(), all);
}

/// A request has ended before its client has the whole reply, so a client that sends one request
/// after the other is never counted with two.
#[tokio::test]
async fn a_sequential_client_never_has_two_in_flight() {
    let mock = Mock::start().await;
    // No connection is used twice, so each request runs in another task of the mock.
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
    for number in 0..500 {
        ask(&mock, &client, number).send().await.unwrap().bytes().await.unwrap();
    }
    assert_eq!(mock.gate(At::Arrival).max_in_flight(), 1);
    assert_eq!(mock.gate(At::Arrival).counts().finished, 500);
}

#[tokio::test]
async fn a_client_that_disconnects_is_counted() {
    let mock = Mock::start().await;
    let (client, gate) = (reqwest::Client::new(), mock.gate(At::Arrival));
    gate.close();
    let stays = tokio::spawn(ask(&mock, &client, 0).send());
    gate.wait_for(1).await;
    let leaves = tokio::spawn(ask(&mock, &client, 1).send());
    gate.wait_for(2).await;
    leaves.abort();
    let counts = gate.wait_for_left(1).await;
    assert_eq!((counts.held, counts.in_flight, counts.finished), (1, 1, 0));
    assert_eq!(prompt(&gate.held()[0]), 0);
    gate.open();
    assert_eq!(stays.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn a_stream_is_held_before_each_object() {
    let mock = Mock::start().await;
    let (client, gate) = (reqwest::Client::new(), mock.gate(At::Object));
    gate.close();
    let body = r#"{"model":"llama3.2","prompt":"a"}"#;
    let mut reply = client.post(mock.uri() + "/api/generate").body(body).send().await.unwrap();
    let mut objects = 0;
    loop {
        gate.until(|counts| counts.stops > objects).await;
        assert!(gate.release(0));
        objects += 1;
        let object: serde_json::Value =
            serde_json::from_slice(&reply.chunk().await.unwrap().unwrap()).unwrap();
        if object["done"] == true {
            break;
        }
    }
    assert!(reply.chunk().await.unwrap().is_none());
    let counts = Counts { stops: objects, max_in_flight: 1, finished: 1, ..Counts::default() };
    assert_eq!(gate.counts(), counts);
}

#[tokio::test]
async fn only_requests_that_run_a_model_are_held() {
    let mock = Mock::start().await;
    mock.gate(At::Arrival).close();
    for path in ["/", "/api/version", "/api/tags", "/api/ps"] {
        assert_eq!(crate::raw::get(mock.address(), path).status, 200);
    }
    let show = crate::raw::post(mock.address(), "/api/show", r#"{"model":"llama3.2"}"#);
    assert_eq!(show.status, 200);
    assert_eq!(mock.requests().len(), 5);
}

#[test]
fn gates_work_without_a_runtime_and_are_cancel_safe() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let gate = Gate::new();
    drop(is_send(gate.wait_for(1)));
    assert_eq!(gate.counts(), Counts::default());
}

/// A thousand connections at once, released in another order than that of their arrival.
#[tokio::test]
async fn a_thousand_are_held_at_once() {
    const COUNT: usize = 1000;
    // Both ends of each connection are in this process.
    rlimit::increase_nofile_limit(8192).unwrap();
    let mock = Mock::start().await;
    let (client, gate) = (reqwest::Client::new(), mock.gate(At::Arrival));
    gate.close();
    let mut asking = JoinSet::new();
    for number in 0..COUNT {
        let sent = ask(&mock, &client, number).send();
        asking.spawn(async move { (number, sent.await.unwrap().status().as_u16()) });
    }
    let counts = gate.wait_for(COUNT).await;
    assert_eq!((counts.in_flight, counts.max_in_flight), (COUNT, COUNT));

    let held = gate.held();
    let mut id_of = [0; COUNT];
    held.iter().for_each(|request| id_of[prompt(request)] = request.id());
    for step in 0..COUNT {
        // 617 and 1000 have no common divisor, so each number comes once.
        let number = step * 617 % COUNT;
        assert!(gate.release_id(id_of[number]));
        assert_eq!(asking.join_next().await.unwrap().unwrap(), (number, 200));
    }
    assert_eq!((gate.in_flight(), gate.counts().finished), (0, COUNT));
}
