//! What must not be in the log: anything that a person or a model has written.

use ollama::GenerateRequest;

use super::*;

/// Fails if a word of this text is in anything that the answer has logged.
#[track_caller]
fn assert_secret(recorder: &Recorder, secret: &str, what: &str) {
    let spans = recorder.spans();
    let spans = spans.values().flat_map(|span| span.fields.iter());
    let events = recorder.events();
    let events = events.iter().flat_map(|event| event.fields.iter());
    for (field, value) in spans.chain(events) {
        let word = secret.split_whitespace().find(|word| value.contains(word));
        assert!(
            word.is_none(),
            "{what} is in the log: the field `{field}` is {value:?}, and should not have the word \
             {:?}",
            word.unwrap_or_default()
        );
    }
}

/// A call of this request that ends like this.
async fn logs_of(request: &GenerateRequest, end: End) -> Recorder {
    let recorder = Recorder::new();
    let _listening = recorder.listen();
    let backend = Backend::new();
    let logged = Logged::new(backend.clone());
    let mut call = Polling::new(logged.generate(request));
    poll_pending(&mut call);
    backend.tell(0, end);
    panics(|| drop(call.poll()));
    the_event(&recorder, "a call ended");
    recorder
}

#[test]
fn the_prompt_is_not_logged() {
    check_async(|| async {
        let mut request = request(0);
        request.prompt = "My_password is hunter2 and my_PIN is 4711.".to_owned();
        for end in [responds(), fails(), panicking()] {
            let recorder = logs_of(&request, end).await;
            assert_secret(&recorder, "My_password hunter2 my_PIN 4711", "the prompt");
        }
    });
}

#[test]
fn no_other_text_of_the_request_is_logged() {
    check_async(|| async {
        let mut request = request(0);
        request.system = Some("You_are_the_doctor_of_Ann".to_owned());
        request.suffix = Some("that_is_what_Ann_has".to_owned());
        request.template = Some("answer_in_private".to_owned());
        request.images = vec!["cGhvdG8=".to_owned()];
        request.context = vec![271_828];
        request.format = Some("a_list_of_what_Ann_takes".into());
        request.keep_alive = Some("2718m".to_owned());
        let stop = vec!["Yours_Ann".to_owned()];
        request.options = Some(ollama::Options { stop, ..ollama::Options::default() });
        let secrets = [
            ("You_are_the_doctor_of_Ann", "the system message"),
            ("that_is_what_Ann_has", "the suffix"),
            ("answer_in_private", "the template"),
            ("cGhvdG8=", "an image"),
            ("271828", "the context"),
            ("a_list_of_what_Ann_takes", "the format"),
            ("2718m", "how long the model stays loaded"),
            ("Yours_Ann", "a text that ends the answer"),
        ];
        for end in [responds(), fails()] {
            let recorder = logs_of(&request, end).await;
            for (secret, what) in secrets {
                assert_secret(&recorder, secret, what);
            }
        }
    });
}

#[test]
fn the_answer_is_not_logged() {
    check_async(|| async {
        let mut answer = response("It_is_measles I_fear");
        answer.thinking = "The_rash_points_to".to_owned();
        answer.context = vec![314_159];
        let recorder = logs_of(&request(0), End::Responds(answer)).await;
        assert_secret(&recorder, "It_is_measles I_fear", "the answer");
        assert_secret(&recorder, "The_rash_points_to", "what the model thought");
        assert_secret(&recorder, "314159", "the context");
    });
}

#[test]
fn the_text_of_an_error_is_not_logged() {
    check_async(|| async {
        let message = || "no_template_for My_password".to_owned();
        let errors = [
            Error::Status { code: 400, message: message(), retry_after: None },
            Error::Failed { message: message() },
            Error::Host { host: message(), reason: message() },
            Error::BadJson(Some(message().into())),
            Error::CutInside(Some(message().into())),
            Error::Other(message().into()),
        ];
        for error in errors {
            let recorder = logs_of(&request(0), End::Fails(error)).await;
            assert_secret(&recorder, &message(), "the text of an error");
        }
    });
}

#[test]
fn the_text_of_a_panic_is_not_logged() {
    check_async(|| async {
        let text = "cannot_parse My_password";
        let recorder = logs_of(&request(0), End::Panics(text.to_owned())).await;
        assert_secret(&recorder, text, "the text of a panic");
    });
}
