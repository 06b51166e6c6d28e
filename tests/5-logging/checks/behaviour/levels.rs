//! What each level shows, and what is the same with none of them.

use tracing::Level;
use tracing::level_filters::LevelFilter;

use super::*;

/// Lets a call end in each way, and returns what each did and logged.
fn each_end(recorder: Option<&Recorder>) -> Vec<(&'static str, Vec<Recorded>)> {
    let mut logs = Vec::new();
    for (end, outcome) in [
        (Some(responds()), "ok"),
        (Some(fails()), "error"),
        (Some(panicking()), "panicked"),
        (None, "cancelled"),
    ] {
        let backend = Backend::new();
        let (logged, request) = (Logged::new(backend.clone()), request(0));
        let mut call = Polling::new(logged.generate(&request));
        poll_pending(&mut call);
        end.into_iter().for_each(|end| backend.tell(0, end));
        match outcome {
            "ok" => assert!(poll_ready(&mut call).is_ok(), "a response became an error"),
            "error" => assert!(poll_ready(&mut call).is_err(), "an error became a response"),
            "panicked" => poll_panics(&mut call),
            _ => {}
        }
        drop(call);
        assert!(backend.in_flight() == 0, "a call is over, and its request is in flight");
        logs.push((outcome, recorder.map(Recorder::take).unwrap_or_default()));
    }
    logs
}

/// The events of the answer that are shown up to a level, by their outcomes.
fn shown_up_to(wanted: LevelFilter) -> Vec<(&'static str, Level)> {
    let recorder = Recorder::up_to(wanted);
    let _listening = recorder.listen();
    let mut shown = Vec::new();
    for (outcome, events) in each_end(Some(&recorder)) {
        for event in events.iter().filter(|event| event.target != BACKEND) {
            assert_field(event, "outcome", outcome, &format!("a call ended with {outcome}"));
            shown.push((outcome, event.level));
        }
    }
    shown
}

#[test]
fn each_outcome_has_its_level() {
    check_async(|| async {
        let expected = [
            ("ok", Level::INFO),
            ("error", Level::WARN),
            ("panicked", Level::ERROR),
            ("cancelled", Level::WARN),
        ];
        let levels = shown_up_to(LevelFilter::TRACE);
        for (outcome, level) in expected {
            let seen = levels.iter().find(|(other, _)| *other == outcome);
            let seen = seen.map_or("missing".to_owned(), |(_, level)| level.to_string());
            assert!(
                seen == level.to_string(),
                "the event of the outcome `{outcome}` should have the level {level}, and is {seen}"
            );
        }
        for (when, _, event) in events_of_errors().await {
            let level = event.level;
            assert!(
                level == Level::WARN,
                "{when}: the event should have the level WARN, and is {level}"
            );
        }
    });
}

#[test]
fn a_filter_shows_the_levels_that_it_wants() {
    check_async(|| async {
        for (wanted, expected) in [
            (LevelFilter::WARN, vec!["error", "panicked", "cancelled"]),
            (LevelFilter::ERROR, vec!["panicked"]),
            (LevelFilter::OFF, vec![]),
        ] {
            let shown = shown_up_to(wanted);
            let outcomes: Vec<&str> = shown.iter().map(|(outcome, _)| *outcome).collect();
            assert!(
                outcomes == expected,
                "with the filter {wanted} the outcomes {expected:?} should be logged, and those \
                 that are logged are {outcomes:?}"
            );
        }
    });
}

#[test]
fn a_filter_on_errors_still_shows_the_span() {
    check_async(|| async {
        let recorder = Recorder::up_to(LevelFilter::ERROR);
        let _listening = recorder.listen();
        let backend = Backend::new();
        let (logged, request) = (Logged::new(backend.clone()), request(0));
        let mut call = Polling::new(logged.attempt(4, &request));
        poll_pending(&mut call);
        backend.tell(0, panicking());
        poll_panics(&mut call);
        let when = "only errors are wanted, and the backend panicked";
        let event = the_event(&recorder, when);
        let span = event.span.map(|span| recorder.span(span));
        assert!(
            span.as_ref().is_some_and(|span| span.field("attempt") == "4"),
            "{when}: the event should be in the span of its call, and that is not there"
        );
        let level = span.map_or(Level::TRACE, |span| span.level());
        assert!(level == Level::ERROR, "the span should have the level ERROR, and has {level}");
    });
}

#[test]
fn nothing_breaks_if_nobody_listens() {
    check_async(|| async {
        each_end(None);
        // A subscriber that wants nothing.
        let recorder = Recorder::up_to(LevelFilter::OFF);
        let _listening = recorder.listen();
        each_end(Some(&recorder));
    });
}
