//! The grades as a page for instructors: one file that needs nothing else, and that can be shown
//! in class.
//!
//! The page is written piece by piece, so that no more than one verdict is in memory at a time.

mod answer;
mod bar;
mod class;
mod exercise;
mod guide;
mod learner;
mod overview;
mod people;
mod schedule;
mod status;
pub(crate) mod text;
mod verdict;

use std::io;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use workbook::Fault;

use self::people::People;
use super::statistics::{self, Statistics};
use crate::gradebook::{Exercise, Gradebook};

const STYLE: &str = concat!(
    include_str!("style/base.css"),
    include_str!("style/tables.css"),
    include_str!("style/verdicts.css"),
    include_str!("style/media.css"),
);
const SCRIPT: &str = include_str!("page.js");
/// A tick in a square.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'\
                    %3E%3Crect width='16' height='16' rx='3' fill='%231b5f80'/%3E%3Cpath d='M3.5 8.5l3 \
                    3 6-7' fill='none' stroke='white' stroke-width='2'/%3E%3C/svg%3E";

const CLASS_TABLE: &str = "<div class=\"scroll\" tabindex=\"0\" role=\"region\" \
                           aria-label=\"Class\"><table class=\"class\">";

/// Writes the page.
///
/// # Errors
///
/// If a verdict cannot be read, or the page cannot be written.
pub fn write(gradebook: &Gradebook, to: &mut dyn io::Write) -> Result<(), Fault> {
    let page = Page {
        gradebook,
        statistics: statistics::of(gradebook)?,
        people: People::new(&gradebook.learners)?,
    };
    let mut put = |markup: Markup| {
        to.write_all(markup.into_string().as_bytes()).map_err(Fault::of("the page of the grades"))
    };
    let learners = 0..gradebook.learners.len();

    let head = head("Grades of the class", STYLE, Some(SCRIPT));
    put(html! { (DOCTYPE) (PreEscaped("<html lang=\"en-GB\">")) (head) (PreEscaped("<body>")) })?;
    put(page.navigation())?;
    put(PreEscaped("<main id=\"top\">".to_owned()))?;
    put(page.overview())?;
    put(html! { (PreEscaped("<section id=\"class\">")) h2 { "Class" } (page.class_filters()) })?;
    put(PreEscaped(CLASS_TABLE.to_owned()))?;
    put(html! { (page.class_table_head()) (PreEscaped("<tbody>")) })?;
    for learner in learners.clone() {
        put(page.class_row(learner))?;
    }
    put(html! { (PreEscaped("</tbody>")) (page.class_table_foot()) })?;
    put(PreEscaped("</table></div></section>".to_owned()))?;
    for exercise in 0..gradebook.exercises.len() {
        put(page.exercise(exercise)?)?;
    }
    put(html! { (PreEscaped("<section id=\"learners\">")) h2 { "Learners" } })?;
    for learner in learners {
        put(page.learner(learner)?)?;
    }
    put(PreEscaped("</section></main></body></html>\n".to_owned()))
}

/// What all parts of the page need.
struct Page<'a> {
    gradebook: &'a Gradebook,
    /// By exercise.
    statistics: Vec<Statistics>,
    people: People<'a>,
}

impl Page<'_> {
    fn navigation(&self) -> Markup {
        html! {
            nav.top aria-label="Parts of the page" {
                a href="#top" { "Grades" }
                a href="#class" { "Class" }
                @for exercise in &self.gradebook.exercises {
                    a href={ "#" (exercise.exercise) } { (name(exercise)) }
                }
                a href="#learners" { "Learners" }
                button.scripted id="hide-names" type="button" aria-pressed="false" { "Hide names" }
            }
        }
    }
}

/// The head of a page that needs nothing from elsewhere. No other style and script than these have an
/// effect.
pub(crate) fn head(title: &str, style: &str, script: Option<&str>) -> Markup {
    let hash = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; \
         form-action 'none'",
        hash(style),
        script.map_or("'none'".to_owned(), hash)
    );
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="referrer" content="no-referrer";
            meta name="robots" content="noindex";
            title { (title) }
            link rel="icon" href=(ICON);
            style { (PreEscaped(style)) }
            @if let Some(script) = script { script { (PreEscaped(script)) } }
        }
    }
}

/// `4 semaphore`.
fn name(exercise: &Exercise) -> String {
    let number = exercise.exercise.rsplit('-').next().unwrap_or_default();
    format!("{number} {}", exercise.title)
}

/// A sentence of the workbook's own, with code between backticks.
fn own_prose(text: &str) -> Markup {
    text::prose(text, text::plain)
}

/// A number of things, in words.
pub(crate) fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// A point in time, to the minute.
fn time(time: Timestamp) -> String {
    time.strftime("%-d %B %Y, %H:%M UTC").to_string()
}

fn late() -> Markup {
    html! { span.mark.late { span aria-hidden="true" { "◷" } " late" } }
}

fn to_review() -> Markup {
    html! { span.mark.review { span aria-hidden="true" { "⚑" } " to review" } }
}
