//! How long a call has taken: from its first poll to its end, by tokio's clock.

use super::*;

#[test]
fn the_time_is_that_to_the_end() {
    check_async(|| async {
        for (end, what, rest) in [
            (responds(), "a response", 2_250),
            (fails(), "an error", 2_250),
            // Almost two months: more milliseconds than there are numbers in a `u32`.
            (responds(), "a response", 5_000_000_000),
        ] {
            let recorder = Recorder::new();
            let _listening = recorder.listen();
            let backend = Backend::new();
            let (logged, request) = (Logged::new(backend.clone()), request(0));
            let mut call = Polling::new(logged.generate(&request));
            for wait in [100, rest] {
                poll_pending(&mut call);
                sleep(ms(wait)).await;
            }
            backend.tell(0, end);
            let _ = poll_ready(&mut call);
            let took = (100 + rest).to_string();
            let when = format!("a call returned {what} after {took} ms");
            assert_field(&the_event(&recorder, &when), "elapsed_ms", &took, &when);
        }
    });
}

#[test]
fn the_time_before_the_first_poll_does_not_count() {
    check_async(|| async {
        let recorder = Recorder::new();
        let _listening = recorder.listen();
        let backend = Backend::new();
        let (logged, request) = (Logged::new(backend.clone()), request(0));
        let mut call = Polling::new(logged.attempt(1, &request));
        sleep(ms(1_000)).await;
        poll_pending(&mut call);
        sleep(ms(70)).await;
        backend.tell(0, responds());
        let _ = poll_ready(&mut call);
        let when = "a call was first polled after 1000 ms, and returned 70 ms later";
        assert_field(&the_event(&recorder, when), "elapsed_ms", "70", when);
    });
}
