//! The streams of the given client, against a mock of Ollama that holds each part.
//!
//! These checks use sockets and so the real clock. They wait for events and count; none waits for
//! time to pass, or measures it.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use futures::StreamExt;
use futures::stream::BoxStream;
use harness::doing;
use ollama::{Client, Error, GenerateRequest, GenerateResponse, GenerateStreaming};
use ollama_mock::{At, End, Fault, Gate, Mock};
use streaming::{Part, generate_stream_all};
use tokio::sync::mpsc::Receiver;
use tokio::task::yield_now;

use super::check_io;

struct Setup {
    mock: Mock,
    /// Holds each part of each answer.
    part: Gate,
    parts: Receiver<Part>,
    /// How many parts were read from all connections.
    read: Arc<AtomicUsize>,
}

/// The client, and how many parts were read.
struct Counted {
    client: Client,
    read: Arc<AtomicUsize>,
}

impl GenerateStreaming for Counted {
    type Parts = BoxStream<'static, Result<GenerateResponse, Error>>;

    async fn generate_stream(&self, request: &GenerateRequest) -> Result<Self::Parts, Error> {
        let parts = self.client.generate_stream(request).await?;
        let read = Arc::clone(&self.read);
        Ok(parts.inspect(move |_| _ = read.fetch_add(1, Relaxed)).boxed())
    }
}

impl Setup {
    async fn new(requests: usize, concurrency: usize) -> Self {
        let mock = Mock::builder().parallel(64).warm().start().await;
        let mock = mock.expect("there is a free port on this machine");
        let client = Client::new(&mock.uri()).expect("the mock has a valid address");
        let part = mock.gate(At::Object);
        part.close();
        let requests = (0..requests).map(|at| GenerateRequest::new("llama3.2", prompt(at)));
        let concurrency = NonZeroUsize::new(concurrency).expect("the checks use limits above zero");
        let read = Arc::default();
        let backend = Arc::new(Counted { client, read: Arc::clone(&read) });
        let parts = generate_stream_all(backend, requests.collect(), concurrency);
        Self { mock, part, parts, read }
    }

    /// Lets Ollama send one more part of an answer, and receives it.
    async fn receive(&mut self, at: usize) -> Part {
        let held = self.part.held();
        let request = held.iter().find(|request| request.json()["prompt"] == prompt(at));
        let id = request.unwrap_or_else(|| panic!("request {at} is not at the server")).id();
        self.part.release_id(id);
        let _doing = doing(format!("waiting for a part of answer {at}, which Ollama has sent"));
        self.parts.recv().await.expect("the channel ended before the last part")
    }
}

fn prompt(at: usize) -> String {
    format!("Tell me about the number {at}.")
}

#[test]
fn the_answers_of_ollama_are_interleaved() {
    check_io(|| async {
        let mut setup = Setup::new(2, 2).await;
        for _ in 0..3 {
            for at in [0, 1] {
                let _doing =
                    doing("waiting for 2 answers at the server, each before its next part");
                setup.part.wait_for(2).await;
                let part = setup.receive(at).await;
                assert!(
                    part.request == at,
                    "Ollama has sent a part of answer {at}, and it came as one of {}",
                    part.request
                );
                let result = part.result.map(|response| response.done);
                assert!(
                    matches!(result, Ok(false)),
                    "Ollama has sent a piece of answer {at}, and there came {result:?}"
                );
            }
        }
    });
}

#[test]
fn a_slow_reader_stops_the_connections() {
    check_io(|| async {
        let mut setup = Setup::new(4, 2).await;
        setup.part.open();
        {
            let _doing = doing("waiting until Ollama has sent 2 whole answers");
            setup.part.until(|counts| counts.finished >= 2).await;
        }
        // All of both answers is on this machine now, and nobody receives.
        for _ in 0..1000 {
            yield_now().await;
        }
        let read = setup.read.load(Relaxed);
        assert!(
            read <= 4,
            "with concurrency 2, nobody receives and {read} parts were read from the connections; \
             at most 2 wait in the channel, and 1 in the hand of each stream"
        );
        let sent = setup.mock.requests().len();
        assert!(sent == 2, "nobody receives, and {sent} requests were sent with concurrency 2");
        let mut done = 0;
        let _doing = doing("reading all parts up to the end of the channel");
        while let Some(part) = setup.parts.recv().await {
            done += usize::from(part.result.is_ok_and(|response| response.done));
        }
        assert!(
            done == 4,
            "of four answers {done} were complete, after nobody received for a while"
        );
    });
}

#[test]
fn a_dropped_receiver_closes_its_connections() {
    check_io(|| async {
        let mut setup = Setup::new(6, 3).await;
        {
            let _doing = doing("waiting for 3 answers at the server");
            setup.part.wait_for(3).await;
        }
        // One of them has begun; the others have not sent a byte of their answers.
        setup.receive(1).await;
        {
            let _doing = doing("waiting for the next part of an answer that has begun");
            setup.part.wait_for(3).await;
        }
        drop(setup.parts);
        let _doing = doing("waiting for the connections of a dropped receiver to be closed");
        setup.part.wait_for_left(3).await;
        let sent = setup.mock.requests().len();
        assert!(sent == 3, "the receiver was dropped after 3 requests, and {sent} were sent");
    });
}

#[test]
fn a_cut_connection_ends_one_answer() {
    check_io(|| async {
        let mut setup = Setup::new(3, 3).await;
        // Nothing is sent before this check waits. Which request is the first does not matter.
        let end = End::Fin;
        setup.mock.script([Fault::Cut { after: 1, end, then_refuse: false }]);
        setup.part.open();
        let (mut done, mut failed) = (0, 0);
        let _doing = doing("reading all parts up to the end of the channel");
        while let Some(part) = setup.parts.recv().await {
            match part.result {
                Ok(response) => done += usize::from(response.done),
                Err(_) => failed += 1,
            }
        }
        assert!(
            (done, failed) == (2, 1),
            "one of three connections was cut: {done} answers were complete, and {failed} failed"
        );
    });
}
