//! Ollama's queue: loading models, and waiting for slots.

use std::time::Duration;

use ollama_mock::{At, Mock, Waiting};
use tokio::task::JoinSet;

fn ask(mock: &Mock, client: &reqwest::Client) -> impl Future<Output = u16> + Send + 'static {
    ask_for(mock, client, r#"{"model":"llama3.2","prompt":"a","stream":false}"#, "generate")
}

fn ask_for(
    mock: &Mock,
    client: &reqwest::Client,
    body: &'static str,
    route: &str,
) -> impl Future<Output = u16> + Send + 'static {
    let sent = client.post(format!("{}/api/{route}", mock.uri())).body(body).send();
    async move {
        let reply = sent.await.unwrap();
        let status = reply.status().as_u16();
        reply.bytes().await.unwrap();
        status
    }
}

#[tokio::test]
async fn requests_beyond_the_queue_for_a_cold_model_get_503() {
    let mock = Mock::builder().parallel(2).max_queue(2).start().await.unwrap();
    let (client, load) = (reqwest::Client::new(), mock.gate(At::Load));
    load.close();
    let mut asking: JoinSet<u16> = (0..16).map(|_| ask(&mock, &client)).collect();
    for _ in 0..13 {
        assert_eq!(asking.join_next().await.unwrap().unwrap(), 503);
    }
    load.wait_for(1).await;
    let waiting = Waiting { loading: true, for_load: 2, for_slot: 0, running: 0 };
    assert_eq!(mock.queue(), waiting);
    load.open();
    assert_eq!(asking.join_all().await, [200; 3]);
    assert_eq!(load.counts().max_in_flight, 1);
}

#[tokio::test]
async fn requests_for_a_warm_model_wait_without_a_limit() {
    let mock = Mock::builder().parallel(2).max_queue(2).warm().start().await.unwrap();
    let (client, slot) = (reqwest::Client::new(), mock.gate(At::Slot));
    slot.close();
    let mut asking: JoinSet<u16> = (0..16).map(|_| ask(&mock, &client)).collect();
    mock.queue_until(|queue| queue.for_slot == 14 && queue.running == 2).await;
    for _ in 0..8 {
        slot.wait_for(2).await;
        assert!(slot.release(1) && slot.release(0));
        for _ in 0..2 {
            assert_eq!(asking.join_next().await.unwrap().unwrap(), 200);
        }
    }
    assert_eq!(slot.max_in_flight(), 2);
    assert_eq!(slot.counts().finished, 16);
    assert_eq!(mock.queue(), Waiting::default());
}

/// For the request that loads the model, and for one that waits for it.
#[tokio::test]
async fn load_duration_contains_the_wait_for_the_load() {
    let mock = Mock::builder().parallel(2).start().await.unwrap();
    let load = mock.gate(At::Load);
    load.close();
    let address = mock.address();
    let body = r#"{"model":"llama3.2","prompt":"a","stream":false}"#;
    let ask = move || crate::raw::post(address, "/api/generate", body).json();
    let asking = [(); 2].map(|()| tokio::task::spawn_blocking(ask));
    mock.queue_until(|queue| queue.loading && queue.for_load == 1).await;
    load.open();
    for reply in asking {
        let reply = reply.await.unwrap();
        let [total, load] = ["total_duration", "load_duration"].map(|key| reply[key].as_u64());
        // With a loaded model it is one nanosecond.
        assert!(load > Some(1) && total > load);
    }
}

#[tokio::test]
async fn slots_are_given_out_in_the_order_of_arrival() {
    let mock = Mock::start().await;
    let (client, slot) = (reqwest::Client::new(), mock.gate(At::Slot));
    slot.close();
    let mut asking = JoinSet::new();
    for come in 0..5 {
        asking.spawn(ask(&mock, &client));
        mock.queue_until(|queue| queue.running + queue.for_slot == come + 1).await;
    }
    for id in 0..5 {
        slot.wait_for(1).await;
        assert_eq!(slot.held()[0].id(), id);
        slot.release(0);
        asking.join_next().await;
    }
}

#[tokio::test]
async fn a_client_that_disconnects_gives_up_its_place() {
    let mock = Mock::start().await;
    let (client, load) = (reqwest::Client::new(), mock.gate(At::Load));
    load.close();
    let first = tokio::spawn(ask(&mock, &client));
    load.wait_for(1).await;
    let second = tokio::spawn(ask(&mock, &client));
    mock.queue_until(|queue| queue.for_load == 1).await;
    let third = tokio::spawn(ask(&mock, &client));
    mock.queue_until(|queue| queue.for_load == 2).await;
    // First the one that waits disconnects, then the one that loads.
    second.abort();
    mock.gate(At::Arrival).wait_for_left(1).await;
    first.abort();
    load.wait_for_left(1).await;
    load.wait_for(1).await;
    assert_eq!(load.held()[0].id(), 2);
    load.open();
    assert_eq!(third.await.unwrap(), 200);
    assert_eq!(mock.queue(), Waiting::default());
}

#[tokio::test]
async fn one_model_is_loaded_at_a_time() {
    let mock = Mock::start().await;
    let (client, load) = (reqwest::Client::new(), mock.gate(At::Load));
    load.close();
    let embed = ask_for(&mock, &client, r#"{"model":"all-minilm","input":"a"}"#, "embed");
    let embed = tokio::spawn(embed);
    load.wait_for(1).await;
    let generate = tokio::spawn(ask(&mock, &client));
    mock.queue_until(|queue| queue.for_load == 1).await;
    load.release(0);
    assert_eq!(embed.await.unwrap(), 200);
    load.wait_for(1).await;
    assert_eq!(load.held()[0].path(), "/api/generate");
    load.release(0);
    assert_eq!(generate.await.unwrap(), 200);
    assert_eq!(load.max_in_flight(), 1);
}

#[tokio::test]
async fn errors_need_no_slot() {
    let mock = Mock::start().await;
    let (client, load) = (reqwest::Client::new(), mock.gate(At::Load));
    load.close();
    let first = tokio::spawn(ask(&mock, &client));
    load.wait_for(1).await;
    for (body, status) in
        [(r#"{"model":"missing"}"#, 404), (r#"{"model":"llama3.2","options":{"seed":""}}"#, 500)]
    {
        assert_eq!(ask_for(&mock, &client, body, "generate").await, status);
    }
    load.open();
    assert_eq!(first.await.unwrap(), 200);
}

#[tokio::test]
async fn durations_add_up_with_a_loaded_model() {
    let mock = Mock::builder().warm().start().await.unwrap();
    let reply = crate::raw::post(
        mock.address(),
        "/api/generate",
        r#"{"model":"llama3.2","prompt":"a","stream":false}"#,
    );
    let reply = reply.json();
    let [total, load, read, said] =
        ["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"]
            .map(|key| Duration::from_nanos(reply[key].as_u64().unwrap()));
    assert_eq!(load, Duration::from_nanos(1));
    assert!(total > read + said);
}
