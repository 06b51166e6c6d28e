//! Calls of one backend on real threads: however they are scheduled, none logs for another.

use std::thread;

use harness::{block_on, doing};
use logging::Logged;
use ollama::Generate;

use super::backend::{Backend, End, request, response};
use super::check;
use super::recorder::Recorder;

#[test]
fn calls_on_many_threads_do_not_mix() {
    check(|| {
        const THREADS: usize = 4;
        const ROUNDS: usize = 300;
        let _doing = doing("calling `generate` on four threads");
        let backend = Backend::new();
        let logged = Logged::new(backend.clone());
        let recorder = Recorder::new();
        thread::scope(|scope| {
            for number in 0..THREADS {
                let (backend, logged, recorder) = (&backend, &logged, &recorder);
                scope.spawn(move || {
                    let _listening = recorder.listen();
                    let mut request = request(number);
                    request.prompt = "?".repeat(number);
                    for _ in 0..ROUNDS {
                        backend.tell(number, End::Responds(response("blue")));
                        let _ = block_on(logged.generate(&request));
                    }
                });
            }
        });
        let (events, spans) = (recorder.events(), recorder.spans());
        for number in 0..THREADS {
            let of_this = |span: u64| {
                let fields = |name| spans.get(&span).map_or("", |span| span.field(name));
                let number = number.to_string();
                fields("model") == number && fields("prompt_bytes") == number
            };
            let logged = events.iter().filter(|event| event.span.is_some_and(of_this)).count();
            assert!(
                logged == ROUNDS,
                "one of four threads made {ROUNDS} calls, and {logged} of its calls were logged"
            );
        }
        assert!(events.len() == THREADS * ROUNDS, "{} events were logged", events.len());
    });
}
