//! What the tokens of an answer say: the paths, imports, calls and attributes in it.
//!
//! This goes by tokens and not by a syntax tree, so it also sees what stands in macros, and what
//! a parser does not know yet. Every word that is not after a dot is part of a path.

mod parts;
mod tests;

use std::collections::BTreeSet;

use proc_macro2::Delimiter::{Brace, Bracket, Parenthesis};

use crate::tokens::{Kind, Token};
use parts::{after_generics, end_of_item, name, name_is_missing, without_empty_generics};

/// No path has as many names. What follows paths can rely on it.
pub(crate) const MAX_NAMES: usize = 16;

/// What is in a text, in its order.
#[derive(Debug, Default)]
pub(crate) struct Text {
    pub(crate) paths: Vec<Path>,
    pub(crate) imports: Vec<Import>,
    pub(crate) methods: Vec<Method>,
    pub(crate) attributes: Vec<Attribute>,
    /// The names of modules, macros, types and traits, where they are declared.
    pub(crate) declared: Vec<(String, usize)>,
    /// The names of the modules that are only compiled for tests.
    pub(crate) test_modules: BTreeSet<String>,
    pub(crate) oddities: Vec<(Oddity, usize)>,
    has_macros: bool,
}

/// A path, or a single word.
#[derive(Debug)]
pub(crate) struct Path {
    /// Its names, without `self` and `super` where they stay inside of the text; where they leave
    /// it, the first name is `crate`. A name that a macro fills in is `$`.
    pub(crate) names: Vec<String>,
    pub(crate) line: usize,
    pub(crate) place: Place,
    /// Whether a macro of this name is called.
    pub(crate) is_macro: bool,
}

/// One name, or all names of a module, that an import brings in.
#[derive(Debug)]
pub(crate) struct Import {
    /// As [`Path::names`].
    pub(crate) names: Vec<String>,
    /// What it is called here. `None` for all names of a module.
    pub(crate) name: Option<String>,
    pub(crate) line: usize,
    pub(crate) place: Place,
}

#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) has_arguments: bool,
    pub(crate) line: usize,
    pub(crate) place: Place,
}

#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) names: Vec<String>,
    /// All words in it.
    pub(crate) words: Vec<String>,
    pub(crate) line: usize,
    pub(crate) place: Place,
}

/// Where something stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    /// In how many modules of the text.
    depth: usize,
    pub(crate) tests: Tests,
    /// In the definition of a type, or of another name for one.
    pub(crate) in_fields: bool,
    /// In the definition of a macro; or in a call of one, if the text defines any.
    pub(crate) in_macro: bool,
    in_definition: bool,
}

/// Whether something is only compiled for the answer's own tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tests {
    #[default]
    No,
    /// In a test, or another item for tests, that is in no module of tests.
    Item,
    /// In `#[cfg(test)] mod tests { .. }`.
    Module,
}

/// What has nothing to do with names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Oddity {
    /// `mod name;`
    OtherFile,
    /// `#[cfg(test)]` on something else than a module with a body.
    ForTests,
    /// `#[test]` outside of a module of tests.
    LooseTest,
    /// An `impl` in tests for something that is not declared beside it.
    ForeignImpl,
    /// More than [`MAX_NAMES`] names.
    LongPath,
}

impl Text {
    pub(crate) fn of(tokens: &[Token]) -> Self {
        let mut text = Self { has_macros: defines_macros(tokens), ..Self::default() };
        text.read(tokens, Place::default(), true);
        text
    }

    /// Reads a file, or what is between two brackets, which may be items and statements.
    fn read(&mut self, tokens: &[Token], place: Place, items: bool) {
        if items && place.tests != Tests::No {
            let impls = tests::foreign_impls(tokens).into_iter();
            self.oddities.extend(impls.map(|line| (Oddity::ForeignImpl, line)));
        }
        let mut rest = tokens;
        while let [token, tail @ ..] = rest {
            let line = token.line;
            rest = match (&token.kind, tail) {
                (Kind::Sign('#'), _) => self.attribute(rest, place),
                (Kind::Sign('.'), _) => self.after_dot(tail, place),
                // A lifetime.
                (Kind::Sign('\''), [_, tail @ ..]) => tail,
                (Kind::Word(word), [next, ..]) if word == "use" && !next.is_sign('<') => {
                    let end = tail.iter().position(|token| token.is_sign(';'));
                    let (tree, tail) = tail.split_at(end.unwrap_or(tail.len()));
                    self.import(tree, Vec::new(), place);
                    tail
                }
                (Kind::Word(word), [name, semicolon, tail @ ..])
                    if word == "mod" && semicolon.is_sign(';') =>
                {
                    self.oddities.push((Oddity::OtherFile, name.line));
                    tail
                }
                (
                    Kind::Word(word),
                    [name, Token { kind: Kind::Group(Brace, inside), .. }, tail @ ..],
                ) if word == "mod" => {
                    self.declare(name);
                    let place = Place { depth: place.depth + 1, in_fields: false, ..place };
                    self.read(inside, place, true);
                    tail
                }
                (
                    Kind::Word(word),
                    [bang, name, Token { kind: Kind::Group(_, inside), .. }, tail @ ..],
                ) if word == "macro_rules" && bang.is_sign('!') => {
                    self.paths.push(path(vec![word.clone()], line, place, true));
                    self.declare(name);
                    let place = Place { in_macro: true, in_definition: true, ..place };
                    self.read(inside, place, true);
                    tail
                }
                (Kind::Word(word), [name, tail @ ..])
                    if matches!(word.as_str(), "struct" | "enum") && !place.in_fields =>
                {
                    self.declare(name);
                    let (body, tail) = tail.split_at(end_of_item(tail));
                    self.read(body, Place { in_fields: true, ..place }, false);
                    tail
                }
                (Kind::Word(word), [name, ..]) if matches!(word.as_str(), "trait" | "union") => {
                    self.declare(name);
                    tail
                }
                // Another name for what may stand in a field.
                (Kind::Word(word), [name, tail @ ..]) if word == "type" && !place.in_fields => {
                    self.declare(name);
                    let (body, tail) = tail.split_at(end_of_item(tail));
                    self.read(body, Place { in_fields: true, ..place }, false);
                    tail
                }
                (Kind::Word(_) | Kind::Colons, _) => self.path(rest, place),
                (Kind::Sign('$'), [next, ..]) if next.word().is_some() => self.path(rest, place),
                (Kind::Group(brackets, inside), _) => {
                    self.read(inside, place, *brackets == Brace);
                    tail
                }
                _ => tail,
            };
        }
    }

    fn declare(&mut self, name: &Token) {
        let word = name.word().map(str::to_owned);
        self.declared.extend(word.map(|word| (word, name.line)));
    }

    /// An attribute, and the item that follows if the attribute says that it is for tests.
    fn attribute<'a>(&mut self, rest: &'a [Token], place: Place) -> &'a [Token] {
        let (inside, tail) = match rest {
            [_, bang, group, tail @ ..] if bang.is_sign('!') => (group.inside(Bracket), tail),
            [_, group, tail @ ..] => (group.inside(Bracket), tail),
            _ => (None, rest),
        };
        let Some(inside) = inside else { return &rest[1..] };
        let line = rest[0].line;
        let is_cfg_test = match inside {
            [cfg, predicate] if cfg.is("cfg") => {
                matches!(predicate.inside(Parenthesis), Some([test]) if test.is("test"))
            }
            _ => false,
        };
        let mut words = Vec::new();
        words_in(inside, &mut words);
        let names = inside.iter().map_while(|token| match &token.kind {
            Kind::Word(word) => Some(Some(word.clone())),
            Kind::Colons => Some(None),
            _ => None,
        });
        let names: Vec<String> = names.flatten().collect();
        let is_test = names.last().is_some_and(|name| name == "test");
        if is_cfg_test && place.tests == Tests::No {
            let (item, tail) = tail.split_at(end_of_item(tail));
            let tests = match tests::name_of_module(item) {
                Some(name) => {
                    self.test_modules.insert(name.to_owned());
                    Tests::Module
                }
                None => {
                    self.oddities.push((Oddity::ForTests, line));
                    Tests::Item
                }
            };
            self.read(item, Place { tests, ..place }, true);
            return tail;
        }
        if !is_cfg_test {
            self.attributes.push(Attribute { names, words, line, place });
            self.read(inside, place, false);
        }
        if is_test && place.tests == Tests::No {
            self.oddities.push((Oddity::LooseTest, line));
            let (item, tail) = tail.split_at(end_of_item(tail));
            self.read(item, Place { tests: Tests::Item, ..place }, true);
            return tail;
        }
        tail
    }

    /// A method or a field after a dot; or what follows on a range.
    fn after_dot<'a>(&mut self, rest: &'a [Token], place: Place) -> &'a [Token] {
        let (name, tail) = match rest {
            [dot, ..] if dot.is_sign('.') => {
                let end = rest.iter().position(|token| !token.is_sign('.'));
                return &rest[end.unwrap_or(rest.len())..];
            }
            [name, tail @ ..] if name.word().is_some() => (name, tail),
            _ => return rest,
        };
        let arguments = match tail {
            [colons, generics @ ..] if colons.is_colons() => {
                after_generics(generics).and_then(<[Token]>::first)
            }
            _ => tail.first(),
        };
        if let Some(arguments) = arguments.and_then(|token| token.inside(Parenthesis)) {
            self.methods.push(Method {
                name: name.word().unwrap_or_default().to_owned(),
                has_arguments: !arguments.is_empty(),
                line: name.line,
                place,
            });
        }
        tail
    }

    /// A path, and the arguments if it is one of a macro.
    fn path<'a>(&mut self, rest: &'a [Token], place: Place) -> &'a [Token] {
        let line = rest[0].line;
        let mut names = Vec::new();
        let mut rest = match rest {
            [colons, tail @ ..] if colons.is_colons() => tail,
            _ => rest,
        };
        while let Some((name, tail)) = name(rest) {
            names.push(name);
            rest = without_empty_generics(tail);
            let [colons, tail @ ..] = rest else { break };
            if !colons.is_colons() {
                break;
            }
            rest = without_empty_generics(tail);
            // Something else than a name, that may become one.
            if place.in_macro && name_is_missing(rest) {
                names.push("$".to_owned());
            }
        }
        let arguments = match rest {
            [bang, Token { kind: Kind::Group(brackets, tokens), .. }, ..] if bang.is_sign('!') => {
                Some((*brackets, tokens))
            }
            _ => None,
        };
        let names = self.in_text(names, line, place);
        if !names.is_empty() {
            self.paths.push(path(names, line, place, arguments.is_some()));
        }
        let Some((brackets, tokens)) = arguments else { return rest };
        let in_macro = place.in_macro || self.has_macros;
        self.read(tokens, Place { in_macro, ..place }, brackets == Brace);
        &rest[2..]
    }

    /// The tree of an import, without the `use`.
    fn import(&mut self, tree: &[Token], mut names: Vec<String>, place: Place) {
        let mut rest = tree;
        let mut line = tree.first().map_or(0, |token| token.line);
        let mut own = None;
        while let [token, tail @ ..] = rest {
            line = token.line;
            match (&token.kind, tail) {
                (Kind::Word(word), [name, ..]) if word == "as" => {
                    own = name.word().map(str::to_owned);
                    break;
                }
                (Kind::Group(Brace, inside), _) => {
                    for tree in inside.split(|token| token.is_sign(',')) {
                        if !tree.is_empty() {
                            self.import(tree, names.clone(), place);
                        }
                    }
                    return;
                }
                (Kind::Group(_, inside), _) => self.read(inside, place, false),
                (Kind::Sign('*'), _) => {
                    let names = self.in_text(names, line, place);
                    self.imports.push(Import { names, name: None, line, place });
                    return;
                }
                _ => {}
            }
            rest = match name(rest) {
                // The module itself, in a group.
                Some((name, tail)) if name == "self" && !names.is_empty() => tail,
                Some((name, tail)) => {
                    names.push(name);
                    tail
                }
                None => tail,
            };
            if names.len() > MAX_NAMES {
                break;
            }
        }
        let names = self.in_text(names, line, place);
        let name = own.or_else(|| names.last().cloned());
        if name.is_some() {
            self.imports.push(Import { names, name, line, place });
        }
    }

    /// The names of a path as [`Path::names`] has them.
    fn in_text(&mut self, mut names: Vec<String>, line: usize, place: Place) -> Vec<String> {
        if names.len() > MAX_NAMES {
            self.oddities.push((Oddity::LongPath, line));
            names.truncate(MAX_NAMES);
        }
        let start = names.iter().take_while(|name| matches!(name.as_str(), "self" | "super"));
        let start = start.count();
        let up = names.drain(..start).filter(|name| name == "super").count();
        // Where a macro of the text is called is not known.
        if up > place.depth || up > 0 && place.in_definition {
            names.insert(0, "crate".to_owned());
        }
        names
    }
}

fn path(names: Vec<String>, line: usize, place: Place, is_macro: bool) -> Path {
    Path { names, line, place, is_macro }
}

fn defines_macros(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| match &token.kind {
        Kind::Word(word) => word == "macro_rules",
        Kind::Group(_, inside) => defines_macros(inside),
        _ => false,
    })
}

fn words_in(tokens: &[Token], words: &mut Vec<String>) {
    for token in tokens {
        match &token.kind {
            Kind::Word(word) => words.push(word.clone()),
            Kind::Group(_, inside) => words_in(inside, words),
            _ => {}
        }
    }
}
