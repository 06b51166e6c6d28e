//! What to say of an answer that takes things from elsewhere than `crate::sync` and tokio.

use explorer::Answer;
use scan::{Allowed, Bypass, Effect};
use schedule::{Cause, Outcome, Status};

use crate::answer;

/// Fails a check that is to be explored, if the explorer cannot see all that the answer does.
pub(crate) fn refusal(answer: Answer, allowed: Allowed) -> Option<Outcome> {
    let found = scan::bypasses(answer.text, allowed);
    found.iter().any(|bypass| bypass.rule.unseen).then(|| {
        let shown = found
            .iter()
            .filter(|bypass| bypass.rule.unseen || bypass.rule.effect == Effect::Blocks);
        let lines: Vec<String> = shown.map(|bypass| in_words(bypass, answer.file)).collect();
        let message = format!("{}\nnot explored: the explorer cannot see this", lines.join("\n"));
        Outcome::new(Status::Failed, message).because(Cause::Bypass)
    })
}

/// What most likely keeps the check of this process from ending, in words for the learner.
pub(crate) fn likely_cause_of_a_hang() -> Option<String> {
    let (answer, allowed) = answer::get()?;
    let found = scan::bypasses(answer.text, allowed);
    let likely = found.into_iter().find(|bypass| bypass.rule.effect != Effect::Same)?;
    Some(in_words(&likely, answer.file))
}

fn in_words(bypass: &Bypass, file: &str) -> String {
    format!("{file}:{} {}: {}", bypass.line, bypass.rule.what, bypass.rule.instead)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_blocks_comes_first_and_says_what_to_write_instead() {
        let text = "use std::sync::{Condvar, Mutex};\nfn f() {\nc.wait(g); b.wait() }";
        let answer = Answer { file: "src/semaphore.rs", text };
        let refusal = refusal(answer, Allowed::Std).expect("the explorer cannot see `Condvar`");
        assert_eq!(refusal.cause, Some(Cause::Bypass));
        let expected = "src/semaphore.rs:3 waits on a `Condvar`: a poll must not block its thread, \
                        store the waker and return `Poll::Pending`\n\
                        src/semaphore.rs:1 uses `std::sync::Condvar`: use `crate::sync::Condvar`\n\
                        src/semaphore.rs:1 uses `std::sync::Mutex`: use `crate::sync::Mutex`\n\
                        not explored: the explorer cannot see this";
        assert_eq!(refusal.message.as_deref(), Some(expected));
    }

    #[test]
    fn a_blocking_call_alone_is_explored() {
        let text = "use crate::sync::Condvar;\nfn f() { c.wait(g); h.block_on(x) }";
        let answer = Answer { file: "src/semaphore.rs", text };
        assert_eq!(refusal(answer, Allowed::Std), None);
        let found = scan::bypasses(text, Allowed::Std);
        let found: Vec<&str> = found.iter().map(|bypass| &*bypass.rule.what).collect();
        assert_eq!(found, ["calls `block_on`", "waits on a `Condvar`"]);
    }
}
