//! What is alike, for the terminal.

use std::path::Path;

use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::findings::Pair;
use super::{Compared, Similar};
use crate::report::html::count;
use crate::report::text::plain;

/// There may be very many; these are enough to begin with.
const MAX_SHOWN: usize = 20;

/// The answers that are most alike. The rest is in the page.
pub fn table(similar: &Similar, page: &Path) -> String {
    let mut text = String::new();
    for compared in &similar.exercises {
        text += &exercise(compared);
        text.push('\n');
    }
    for note in &similar.notes {
        text += &format!("{note}\n");
    }
    text += &format!(
        "To be alike is no proof: learners who had the same idea write the same code. Look at both \
         texts,\nand decide yourself: {}\n",
        page.display()
    );
    plain(&text)
}

fn exercise(compared: &Compared) -> String {
    let findings = &compared.findings;
    let mut text = format!(
        "{}: {} by {}\n",
        compared.exercise,
        count(findings.answers, "answer"),
        count(findings.learners, "learner")
    );
    let names = |text: usize| findings.texts[text].learners().collect::<Vec<_>>().join(", ");

    let copies = findings.groups.iter().flat_map(|group| &group.copies).map(|&text| {
        let same = findings.texts[text].same();
        format!("{}: {same}", names(text))
    });
    text += &list("the same text", copies.collect());
    let groups = findings.groups.iter().filter(|group| group.pairs.len() > 1);
    let groups = groups.map(|group| group.learners.join(", "));
    text += &list("several that are alike", groups.collect());
    let pairs = findings.groups.iter().flat_map(|group| &group.pairs).collect();
    text += &pairs_table(pairs, |text| findings.texts[text].name());
    let like = findings
        .like_published
        .iter()
        .map(|like| format!("{}: {} % is in {}", names(like.text), like.percent, like.published));
    text += &list("like an answer that everybody can read", like.collect());
    let widespread = findings.widespread.iter().map(|&text| names(text));
    text += &list("mostly code that many learners have, which is left out", widespread.collect());
    let too_short = findings.too_short.len();
    if too_short > 0 {
        text += &format!("\n  too short to be compared: {too_short}\n");
    }
    text += &list("not readable", compared.notes.clone());
    text
}

fn pairs_table(mut pairs: Vec<&Pair>, name: impl Fn(usize) -> String) -> String {
    if pairs.is_empty() {
        return String::new();
    }
    pairs.sort_by_key(|pair| std::cmp::Reverse((pair.strength(), pair.fingerprints)));
    let mut table = Table::new();
    table.load_preset(NOTHING);
    table.set_header([" alike", "", "of the first", "of the second", "longest run in common"]);
    for pair in pairs.iter().take(MAX_SHOWN) {
        let [one, other] = pair.texts.map(&name);
        let [of_one, of_other] = pair.percent.map(|percent| format!("{percent} %"));
        let longest = match pair.longest() {
            0 => String::new(),
            lines => count(lines, "line"),
        };
        table.add_row([format!("   {one}"), other, of_one, of_other, longest]);
    }
    let mut text = format!("\n{}\n", table.trim_fmt());
    if pairs.len() > MAX_SHOWN {
        text += &format!("    and {} more\n", count(pairs.len() - MAX_SHOWN, "pair"));
    }
    text
}

fn list(title: &str, items: Vec<String>) -> String {
    if items.is_empty() {
        return String::new();
    }
    let mut text = format!("\n  {title}\n");
    for item in items.iter().take(MAX_SHOWN) {
        text += &format!("    {item}\n");
    }
    if items.len() > MAX_SHOWN {
        text += &format!("    and {} more\n", items.len() - MAX_SHOWN);
    }
    text
}
