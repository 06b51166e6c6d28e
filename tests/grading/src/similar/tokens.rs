//! The tokens of an answer, without what is changed in a minute: names, literals, comments, layout.

use std::ops::Range;

use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};

/// Keywords are what they are. `Self` is not among them: the name of the type stands for it as
/// well. `pub` is left out before it comes to that.
const KEYWORDS: [&str; 34] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern",
    "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "ref", "return",
    "self", "static", "struct", "super", "trait", "type", "unsafe", "use", "where", "while",
];

/// A token, and where it is in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is compared by. All names are the same, and so are all literals.
    pub class: &'a str,
    /// Its bytes in the text.
    pub at: Range<usize>,
}

/// The tokens of a text. Comments, attributes, `use` items, visibilities and trailing commas are
/// left out.
///
/// Any text has tokens: what rustc would not accept is still compared.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let words = words(text);
    let mut tokens = Vec::new();
    let mut rest = &words[..];
    while let [word, others @ ..] = rest {
        let skipped = ignored(rest);
        if skipped == 0 {
            tokens.push(Token { class: word.class(), at: word.at.clone() });
            rest = others;
        } else {
            rest = &rest[skipped..];
        }
    }
    tokens
}

/// A token as rustc has it.
struct Word<'a> {
    kind: TokenKind,
    text: &'a str,
    at: Range<usize>,
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut end = 0;
    let words = tokenize(text, FrontmatterAllowed::No).map(|token| {
        let at = end..end + token.len as usize;
        end = at.end;
        Word { kind: token.kind, text: &text[at.clone()], at }
    });
    words.filter(|word| !word.is_space()).collect()
}

impl<'a> Word<'a> {
    fn is_space(&self) -> bool {
        use TokenKind::{BlockComment, LineComment, Whitespace};
        matches!(self.kind, Whitespace | LineComment { .. } | BlockComment { .. })
    }

    fn class(&self) -> &'a str {
        match self.kind {
            TokenKind::Ident if KEYWORDS.contains(&self.text) => self.text,
            TokenKind::Ident if matches!(self.text, "true" | "false") => "literal",
            TokenKind::Ident | TokenKind::RawIdent => "name",
            TokenKind::Lifetime { .. } => "lifetime",
            TokenKind::Literal { .. } => "literal",
            _ => self.text,
        }
    }
}

/// How many of the next tokens are left out.
fn ignored(words: &[Word<'_>]) -> usize {
    let text = |at: usize| words.get(at).map_or("", |word| word.text);
    match [text(0), text(1), text(2)] {
        // `use<'a>` in a type is no item.
        ["use", next, _] if next != "<" => through(words, |text| text == ";"),
        ["#", "[", _] | ["#", "!", "["] => {
            let mut depth = 0_usize;
            through(words, |text| {
                match text {
                    "[" => depth += 1,
                    "]" => depth -= 1,
                    _ => {}
                }
                depth == 0 && text == "]"
            })
        }
        ["pub", "(", "crate" | "in" | "self" | "super"] => through(words, |text| text == ")"),
        ["pub", ..] | [",", ")" | "]" | "}", _] => 1,
        _ => 0,
    }
}

/// How many words there are up to the last one of something, and with it.
fn through(words: &[Word<'_>], mut is_last: impl FnMut(&str) -> bool) -> usize {
    words.iter().position(|word| is_last(word.text)).map_or(words.len(), |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(text: &str) -> String {
        tokens(text).iter().map(|token| token.class).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn names_literals_and_layout_make_no_difference() {
        let one = classes("fn wait(&self) -> u64 { self.lock().free + 0x10 }");
        let other = classes("fn f(\n  &self,\n) -> T /* why */ {\n  self.b() // c\n  .x + true }");
        assert_eq!(one, "fn name ( & self ) - > name { self . name ( ) . name + literal }");
        assert_eq!(one, other);
    }

    #[test]
    fn imports_attributes_and_visibilities_are_left_out() {
        let text = "#![allow(a[0])] use a::{b, c}; pub(in a::b) struct A { pub b: u8, }";
        assert_eq!(classes(text), "struct name { name : name }");
        assert_eq!(classes("#[a(b[0], [1])] #[c] pub struct A;"), "struct name ;");
        assert_eq!(classes("impl A + use<'a>"), "impl name + use < lifetime >");
        assert_eq!(classes("pub struct A(pub (u8, u8));"), "struct name ( ( name , name ) ) ;");
    }

    #[test]
    fn a_text_that_is_not_rust_has_tokens() {
        assert_eq!(classes("let ) 'x \"open"), "let ) lifetime literal");
        assert_eq!(classes("#[open use"), "");
        assert_eq!(classes("use open"), "");
        assert_eq!(classes("☃ ]"), "☃ ]");
    }

    #[test]
    fn a_token_knows_its_place() {
        let text = "// é\nlet a = 1;";
        let at: Vec<&str> = tokens(text).into_iter().map(|token| &text[token.at]).collect();
        assert_eq!(at, ["let", "a", "=", "1", ";"]);
    }
}
