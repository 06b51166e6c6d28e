//! The tokens of an answer, as a tree.

use std::str::FromStr;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// Brackets that are nested deeper are not read: no answer has them, and what reads the tree
/// calls itself for each level.
const MAX_DEPTH: usize = 128;

/// The keywords that this crate knows; others are words like any other.
const KEYWORDS: [&str; 13] = [
    "as", "enum", "extern", "for", "impl", "mod", "pub", "struct", "trait", "type", "unsafe",
    "use", "where",
];

/// A token, or all that is between two brackets.
#[derive(Debug)]
pub(crate) struct Token {
    /// From 1; of a group, the line of its first bracket.
    pub(crate) line: usize,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// An identifier or a keyword. `r#std` is `std`, which means the same, and `r#use` is not `use`.
    Word(String),
    /// A punctuation character, such as `.` or `$`.
    Sign(char),
    /// `::`
    Colons,
    Group(Delimiter, Vec<Token>),
    Literal,
}

/// Why a text has no tokens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// This line is not made of Rust's tokens, or a bracket there has no other one.
    NotRust(usize),
    /// The first line is one that rustc leaves out.
    Preamble,
    /// In this line, brackets are nested too deeply.
    TooDeep(usize),
}

/// The tokens of a text.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, Unreadable> {
    let text = text.trim_start_matches('\u{feff}');
    if has_preamble(text) {
        return Err(Unreadable::Preamble);
    }
    let tokens = match TokenStream::from_str(text) {
        Ok(stream) => tree(stream, MAX_DEPTH),
        Err(error) => Err(Unreadable::NotRust(error.span().start().line)),
    };
    // The texts of all spans of a thread are otherwise kept for as long as it runs.
    proc_macro2::extra::invalidate_current_thread_spans();
    tokens
}

/// Whether the text begins with a shebang or with frontmatter, which are no tokens for rustc. A
/// quotation mark in one would hide what follows it.
fn has_preamble(text: &str) -> bool {
    let shebang = text.strip_prefix("#!").is_some_and(|rest| !rest.trim_start().starts_with('['));
    shebang || text.trim_start().starts_with("---")
}

fn tree(stream: TokenStream, depth: usize) -> Result<Vec<Token>, Unreadable> {
    let mut tokens: Vec<Token> = Vec::new();
    // Whether the last token is a colon with another character of punctuation right after it.
    let mut joint = false;
    for token in stream {
        let line = token.span().start().line;
        let kind = match token {
            TokenTree::Group(_) if depth == 0 => return Err(Unreadable::TooDeep(line)),
            TokenTree::Group(group) => {
                Kind::Group(group.delimiter(), tree(group.stream(), depth - 1)?)
            }
            TokenTree::Ident(ident) => {
                let word = ident.to_string();
                match word.strip_prefix("r#") {
                    Some(plain) if !KEYWORDS.contains(&plain) => Kind::Word(plain.to_owned()),
                    _ => Kind::Word(word),
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' && joint => {
                tokens.pop();
                joint = false;
                Kind::Colons
            }
            TokenTree::Punct(punct) => {
                joint = punct.as_char() == ':' && punct.spacing() == Spacing::Joint;
                Kind::Sign(punct.as_char())
            }
            TokenTree::Literal(_) => Kind::Literal,
        };
        tokens.push(Token { line, kind });
    }
    Ok(tokens)
}

impl Token {
    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Word(own) if own == word)
    }

    pub(crate) fn is_sign(&self, sign: char) -> bool {
        matches!(self.kind, Kind::Sign(own) if own == sign)
    }

    pub(crate) fn is_colons(&self) -> bool {
        matches!(self.kind, Kind::Colons)
    }

    pub(crate) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// What is between these brackets, if it is a group with such brackets.
    pub(crate) fn inside(&self, brackets: Delimiter) -> Option<&[Token]> {
        match &self.kind {
            Kind::Group(own, tokens) if *own == brackets => Some(tokens),
            _ => None,
        }
    }
}
