//! Finds what no answer needs, and what would let one act on its checks.

mod rules;
mod std_parts;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::names::{Names, Tangled};
use crate::reader::{Import, Path, Tests, Text};
use crate::tokens::{Unreadable, tokens};
use rules::Rule;

/// The most findings of a text; more say nothing new.
const MAX_FINDINGS: usize = 50;
/// The most characters of a line that a finding repeats.
const MAX_CODE: usize = 200;

/// Something in an answer that no answer needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its line in the answer, from 1.
    pub line: usize,
    /// That line, without its indent.
    pub code: String,
    /// What is there, why that matters, and what to do instead.
    pub reason: String,
    /// What follows from it.
    pub weight: Weight,
}

/// What follows from a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// The answer is neither compiled nor run.
    Refused,
    /// The answer is judged as any other, and a person should look at the line.
    Review,
}

/// All findings in the text of an answer, those that refuse it first, then by line. What is found
/// several times is reported once, where it is met first.
pub fn findings(text: &str) -> Vec<Finding> {
    let mut found = Found::default();
    match tokens(text) {
        Ok(tokens) => {
            if found.look_at(&Text::of(&tokens)) == Err(Tangled) {
                found.add(1, Some(rules::tangled()));
            }
        }
        Err(Unreadable::NotRust(line)) => found.add(line, Some(rules::not_rust())),
        Err(Unreadable::Preamble) => found.add(1, Some(rules::preamble())),
        Err(Unreadable::TooDeep(line)) => found.add(line, Some(rules::too_deep())),
    }
    found.into_findings(text)
}

/// The line and the weight of what is found, by the reason.
#[derive(Default)]
struct Found(BTreeMap<String, (usize, Weight)>);

impl Found {
    fn look_at(&mut self, text: &Text) -> Result<(), Tangled> {
        for &(oddity, line) in &text.oddities {
            self.add(line, Some(rules::of_oddity(oddity)));
        }
        for (name, line) in &text.declared {
            self.add(*line, rules::of_own_name(name));
        }
        for attribute in &text.attributes {
            self.add(attribute.line, rules::of_attribute(attribute));
        }
        for method in &text.methods {
            self.add(method.line, rules::of_method(&method.name));
        }
        let names = Names::of(text.imports.iter())?;
        for import in &text.imports {
            self.import(import, text, &names)?;
        }
        let mut seen = BTreeSet::new();
        for path in &text.paths {
            let Path { names: path_names, place, is_macro, .. } = path;
            if seen.insert((path_names, place.tests, place.in_macro, is_macro)) {
                self.path(path, text, &names)?;
            }
        }
        Ok(())
    }

    fn import(&mut self, import: &Import, text: &Text, names: &Names<'_>) -> Result<(), Tangled> {
        let Import { names: path, name, line, place } = import;
        let of_tests = path.iter().any(|name| text.test_modules.contains(name));
        if of_tests && place.tests == Tests::No {
            self.add(*line, Some(rules::tests_from_outside()));
        }
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        self.add(*line, rules::of_import(&words, name.as_deref()));
        self.add(*line, rules::of_hidden_names(&words, false));
        let mut path = path.clone();
        path.extend(name.is_none().then(|| "*".to_owned()));
        self.meanings(&path, *line, place.tests, names)
    }

    fn path(&mut self, path: &Path, text: &Text, names: &Names<'_>) -> Result<(), Tangled> {
        let Path { names: path, line, place, is_macro } = path;
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        let of_tests = words.iter().any(|name| text.test_modules.contains(*name));
        if of_tests && (words.len() > 1 || place.in_macro) && place.tests == Tests::No {
            self.add(*line, Some(rules::tests_from_outside()));
        }
        match words[..] {
            [word] if place.in_macro && !is_macro => self.add(*line, rules::of_word_in_macro(word)),
            [.., name] if *is_macro => self.add(*line, rules::of_macro(name)),
            _ => {}
        }
        if let [word] = words[..] {
            self.add(*line, rules::of_word(word, place.tests));
        }
        self.add(*line, rules::of_hidden_names(&words, *is_macro));
        self.meanings(path, *line, place.tests, names)
    }

    fn meanings(
        &mut self,
        path: &[String],
        line: usize,
        tests: Tests,
        names: &Names<'_>,
    ) -> Result<(), Tangled> {
        for meaning in names.meanings(path)? {
            let words: Vec<&str> = meaning.names.iter().map(String::as_str).collect();
            let rule = rules::of_path(&words, tests);
            // That all of a module is imported does not make every word one of its names.
            self.add(line, rule.filter(|rule| !meaning.by_glob || rule.weight == Weight::Refused));
        }
        Ok(())
    }

    fn add(&mut self, line: usize, rule: Option<Rule>) {
        if let Some(Rule { weight, what, why }) = rule {
            let (first, _) = self.0.entry(format!("{what}: {why}")).or_insert((line, weight));
            *first = line.min(*first);
        }
    }

    fn into_findings(self, text: &str) -> Vec<Finding> {
        let lines: Vec<&str> = text.lines().collect();
        let findings = self.0.into_iter().map(|(reason, (line, weight))| {
            let code = lines.get(line.saturating_sub(1)).map_or("", |line| line.trim());
            Finding { line, code: code.chars().take(MAX_CODE).collect(), reason, weight }
        });
        let mut findings: Vec<Finding> = findings.collect();
        findings.sort_by(|a, b| (a.weight, a.line, &a.reason).cmp(&(b.weight, b.line, &b.reason)));
        findings.truncate(MAX_FINDINGS);
        findings
    }
}
