//! What the answer's text says of an access to an atomic: its name, and which access follows at
//! once.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::Location;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::store_buffer::Place;
use crate::Answer;
use crate::names::receiver;

/// A function that is called is followed this deep.
const MAX_CALLS: usize = 3;

/// Keywords that do not change what comes next, however often it comes. `while` is not among them,
/// but is allowed before a single access.
const PLAIN_KEYWORDS: [&str; 8] = ["if", "let", "match", "return", "self", "Self", "true", "false"];

/// Keywords after which something may happen at another time, or in between.
const OTHER_KEYWORDS: [&str; 14] = [
    "async",
    "await",
    "break",
    "continue",
    "else",
    "fn",
    "for",
    "impl",
    "in",
    "loop",
    "macro_rules",
    "move",
    "unsafe",
    "yield",
];

/// Methods that nobody else can notice.
const UNNOTICED: [&str; 8] =
    ["expect", "is_empty", "is_err", "is_none", "is_ok", "is_some", "len", "unwrap"];

thread_local! {
    static ANSWER: Cell<Answer> = const { Cell::new(Answer { file: "", text: "" }) };
    static TEXT: RefCell<Option<Text>> = const { RefCell::new(None) };
}

/// Says which answer the schedules that run next are of.
pub(super) fn choose_for(answer: Answer) {
    ANSWER.set(answer);
    TEXT.set(None);
}

/// The answer whose schedules run.
pub(super) fn answer() -> Answer {
    ANSWER.get()
}

/// What the answer calls the atomic that it uses here.
pub(super) fn name(place: &Location<'_>) -> String {
    receiver(&answer(), place).unwrap_or_else(|| "an atomic".to_owned())
}

/// The load or store of an atomic that follows a load or store at once, with nothing in between
/// that another task could notice; `None` if the text does not say so.
pub(super) fn access_after(place: &Location<'_>) -> Option<Place> {
    let answer = answer();
    TEXT.with_borrow_mut(|text| {
        let text = text.get_or_insert_with(|| Text::new(answer.text));
        let at = (place.line(), place.column());
        if let Some(known) = text.known.get(&at) {
            return *known;
        }
        let found = answer.is_file(place.file()).then(|| text.access_after(at)).flatten();
        text.known.insert(at, found);
        found
    })
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String, Place),
    Sign(char),
    Open(Delimiter),
    Close,
    Literal,
}

#[derive(Default)]
struct Text {
    tokens: Vec<Token>,
    known: HashMap<Place, Option<Place>>,
}

impl Text {
    fn new(text: &str) -> Self {
        let mut tokens = Vec::new();
        if let Ok(stream) = text.trim_start_matches('\u{feff}').parse() {
            flatten(stream, &mut tokens);
        }
        Self { tokens, known: HashMap::new() }
    }

    fn access_after(&self, place: Place) -> Option<Place> {
        let is_it = |token: &Token| matches!(token, Token::Word(_, at) if *at == place);
        let at = self.tokens.iter().position(is_it)?;
        if !self.is_access(at) {
            return None;
        }
        self.next_access(self.end_of_group(at + 1)?, MAX_CALLS)
    }

    /// The access that comes first from here on.
    fn next_access(&self, from: usize, calls: usize) -> Option<Place> {
        let mut in_while = false;
        let mut depth = 0_usize;
        let mut at = from;
        loop {
            match self.tokens.get(at)? {
                Token::Word(word, place) => match word.as_str() {
                    word if PLAIN_KEYWORDS.contains(&word) => {}
                    "while" => in_while = true,
                    word if OTHER_KEYWORDS.contains(&word) => return None,
                    word if self.tokens.get(at + 1)
                        == Some(&Token::Open(Delimiter::Parenthesis)) =>
                    {
                        if self.is_access(at) {
                            return self.has_plain_arguments(at).then_some(*place);
                        }
                        if let Some(body) = self.body_of(word)? {
                            let calls = calls.checked_sub(1)?;
                            let plain = self.has_plain_arguments(at) && !in_while;
                            return plain.then(|| self.next_access(body, calls)).flatten();
                        }
                        if !UNNOTICED.contains(&word) {
                            return None;
                        }
                    }
                    _ => {}
                },
                Token::Sign('|' | '&') if in_while => return None,
                // A closure runs when somebody calls it.
                Token::Sign('|') if !self.is_operand(at.checked_sub(1)?) => return None,
                Token::Sign('!') if self.is_macro(at) => return None,
                Token::Sign('?' | '#' | '@' | '$' | '\'') => return None,
                Token::Sign(_) | Token::Literal => {}
                Token::Open(Delimiter::Brace) if in_while => return None,
                // A call of what is not a name, or with `::<T>`.
                Token::Open(Delimiter::Parenthesis)
                    if matches!(self.tokens[at - 1], Token::Close | Token::Sign('>')) =>
                {
                    return None;
                }
                Token::Open(_) => depth += 1,
                // Something may be dropped where a block ends, and called where an argument ends.
                Token::Close => depth = depth.checked_sub(1)?,
            }
            at += 1;
        }
    }

    /// Whether the word here is `load` or `store` in a call of a method.
    fn is_access(&self, at: usize) -> bool {
        let method =
            matches!(&self.tokens[at], Token::Word(word, _) if word == "load" || word == "store");
        method
            && at > 0
            && self.tokens[at - 1] == Token::Sign('.')
            && self.tokens.get(at + 1) == Some(&Token::Open(Delimiter::Parenthesis))
    }

    /// Whether nothing is called in the arguments of the call here.
    fn has_plain_arguments(&self, at: usize) -> bool {
        let Some(end) = self.end_of_group(at + 1) else { return false };
        self.tokens[at + 2..end - 1].iter().all(|token| match token {
            Token::Word(word, _) => !OTHER_KEYWORDS.contains(&word.as_str()),
            Token::Sign(sign) => "!&:,.*".contains(*sign),
            Token::Literal => true,
            Token::Open(_) | Token::Close => false,
        })
    }

    /// The first token in the body of the answer's function of this name: `Some(None)` if it has
    /// none, and `None` if that is not clear.
    fn body_of(&self, name: &str) -> Option<Option<usize>> {
        let is_word = |at: usize, word: &str| matches!(self.tokens.get(at), Some(Token::Word(w, _)) if w == word);
        let mut found = None;
        for at in 1..self.tokens.len() {
            if is_word(at, name) && is_word(at - 1, "fn") {
                let is_async = at > 1 && is_word(at - 2, "async");
                if found.is_some() || is_async {
                    return None;
                }
                let brace =
                    |at: &usize| self.tokens.get(*at) == Some(&Token::Open(Delimiter::Brace));
                found = Some((at..self.tokens.len()).find(brace)? + 1);
            }
        }
        Some(found)
    }

    /// Whether what ends here is a value, so that `|` after it is an operator.
    fn is_operand(&self, at: usize) -> bool {
        match &self.tokens[at] {
            Token::Word(word, _) => !["match", "return", "if"].contains(&word.as_str()),
            // The second half of `||`.
            Token::Sign('|') => {
                at > 0
                    && matches!(
                        self.tokens[at - 1],
                        Token::Word(..) | Token::Close | Token::Literal
                    )
            }
            Token::Sign(_) | Token::Open(_) => false,
            Token::Close | Token::Literal => true,
        }
    }

    /// Whether the `!` here calls a macro.
    fn is_macro(&self, at: usize) -> bool {
        let word = at.checked_sub(1).map(|before| &self.tokens[before]);
        matches!(word, Some(Token::Word(word, _)) if !PLAIN_KEYWORDS.contains(&word.as_str()) && word != "while")
    }

    /// Behind the bracket that closes the one here.
    fn end_of_group(&self, open: usize) -> Option<usize> {
        let mut depth = 0;
        for (at, token) in self.tokens.iter().enumerate().skip(open) {
            match token {
                Token::Open(_) => depth += 1,
                Token::Close => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(at + 1);
            }
        }
        None
    }
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for token in stream {
        match token {
            TokenTree::Ident(ident) => {
                let start = ident.span().start();
                let place = (start.line as u32, start.column as u32 + 1);
                tokens.push(Token::Word(ident.to_string(), place));
            }
            TokenTree::Punct(sign) => tokens.push(Token::Sign(sign.as_char())),
            TokenTree::Literal(_) => tokens.push(Token::Literal),
            TokenTree::Group(group) => {
                tokens.push(Token::Open(group.delimiter()));
                flatten(group.stream(), tokens);
                tokens.push(Token::Close);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the first access of a function is followed by: the text from there on.
    fn after_the_first(body: &str) -> Option<&str> {
        let text = Text::new(body);
        let first = (0..text.tokens.len()).find(|&at| text.is_access(at)).expect("an access");
        let Token::Word(_, place) = text.tokens[first] else { unreachable!() };
        let (line, column) = text.access_after(place)?;
        let line = body.lines().nth(line as usize - 1)?;
        Some(&line[column as usize - 1..])
    }

    #[test]
    fn an_access_that_follows_at_once_is_found() {
        for (before, access) in [
            ("a.store(true, Release); if !self.b.", "load(Acquire) {}"),
            ("a.store(true, Release); // Then\nlet seen = b.", "load(Acquire);"),
            ("a.store(true, Release); if c.is_empty() && !b.", "load(Acquire) {}"),
            ("a.store(true, Release); if c || b.", "load(Acquire) {}"),
            ("a.store(true, Release); while !b.", "load(Acquire) {}"),
            ("a.store(n, Release); b.", "store(n, Release);"),
            ("a.load(Acquire) && b.", "load(Acquire)"),
            ("a.store(n, Release); return b.", "load(Ordering::SeqCst) == 0;"),
        ] {
            let body = format!("fn f() {{ {before}{access}");
            // The brackets that are still open.
            let body = format!("{body}\n}}");
            let expected = body.lines().find_map(|line| line.rfind(access).map(|at| &line[at..]));
            assert_eq!(after_the_first(&body), expected, "{body}");
        }
    }

    #[test]
    fn a_function_of_the_answer_is_followed() {
        let text = "fn f(&self) { self.a.store(true, Release); self.ring() }\n\
                    fn ring(&self) {\nif self.b.load(Acquire) {} }";
        assert_eq!(after_the_first(text), Some("load(Acquire) {} }"));
        let twice = format!("{text}\nfn ring() {{}}");
        assert_eq!(after_the_first(&twice), None);
        assert_eq!(after_the_first(&text.replace("fn ring", "async fn ring")), None);
    }

    #[test]
    fn nothing_follows_at_once_if_another_task_could_be_told_in_between() {
        for body in [
            "a.store(true, Release); fence(SeqCst); b.load(Acquire);",
            "a.store(true, Release); waker.wake(); b.load(Acquire);",
            "a.store(true, Release); waker.wake_by_ref(); b.load(Acquire);",
            "a.store(true, Release); drop(guard); b.load(Acquire);",
            "{ a.store(true, Release); } b.load(Acquire);",
            "a.store(true, Release); debug_assert!(b.load(Acquire));",
            "a.store(true, Release); b.swap(true, AcqRel); c.load(Acquire);",
            "a.store(true, Release); let later = || b.load(Acquire);",
            "a.store(true, Release); let later = |c| b.load(Acquire);",
            "a.store(true, Release); g(async { b.load(Acquire) })",
            "a.store(true, Release); yes.then(|| b.load(Acquire));",
            "a.store(true, Release); rung().await; b.load(Acquire);",
            "a.store(true, Release); loop { if first { b.load(Acquire); } waker.wake(); }",
            "a.store(true, Release); while first && b.load(Acquire) { waker.wake(); }",
            "a.store(true, Release); b.load({ waker.wake(); Acquire });",
            "tell(a.store(true, Release)); b.load(Acquire);",
            "a.store(true, Release); f::<u8>(); b.load(Acquire);",
        ] {
            let body = format!("fn f() {{ {body} }}");
            assert_eq!(after_the_first(&body), None, "{body}");
        }
    }
}
