//! Compares the answers to one exercise.

use super::common::{Published, widespread};
use super::findings::{Findings, LikePublished, Text};
use super::groups::groups;
use super::origin::{Mostly, Origin};
use super::pairs::alike;
use super::runs::common_runs;
use super::shown::shown;
use super::texts::{Answer, by_learner, distinct};

/// What is alike among the answers to one exercise. Those of one learner are not compared with each
/// other; their earliest attempt comes first.
pub fn compare(published: &Published, answers: &[Answer]) -> Findings {
    let distinct = distinct(answers);
    let widespread = widespread(&distinct);
    let is_left_out = |gram| {
        widespread.contains(&gram) || published.is_in_stub(gram) || published.is_in_answer(gram)
    };

    let mut findings = Findings {
        learners: by_learner(&distinct).len(),
        answers: answers.len(),
        texts: distinct.iter().map(|text| Text::new(text)).collect(),
        ..Findings::default()
    };
    let mut copies = Vec::new();
    for (at, text) in distinct.iter().enumerate() {
        let origin = Origin::of(text, published, &widespread);
        if text.handed_in.len() > 1 && origin.has_more_than_published() {
            copies.push(at);
        }
        match origin.mostly() {
            Some(Mostly::Stub) => findings.too_short.push(at),
            Some(Mostly::Widespread) => findings.widespread.push(at),
            Some(Mostly::Published(name, percent)) => {
                let published = name.to_owned();
                findings.like_published.push(LikePublished { text: at, published, percent });
            }
            None => {}
        }
    }
    findings.like_published.sort_by_key(|like| (std::cmp::Reverse(like.percent), like.text));

    let fingerprints: Vec<_> = distinct.iter().map(|text| text.fingerprints(is_left_out)).collect();
    findings.groups = groups(&findings.texts, &copies, alike(&distinct, &fingerprints));
    let mut to_show = copies;
    for pair in shown(&mut findings.groups) {
        to_show.extend(pair.texts);
        let [one, other] = pair.texts.map(|at| &fingerprints[at]);
        let is_common =
            |gram| one.binary_search(&gram).is_ok() && other.binary_search(&gram).is_ok();
        pair.runs = common_runs(pair.texts.map(|at| distinct[at].text), is_common, is_left_out);
    }
    for text in to_show {
        findings.texts[text].left_out = distinct[text].left_out(is_left_out);
    }
    findings
}
