//! What a text declares for those who use it: its public functions, types, fields and variants.

use std::ops::Range;
use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Something that a text declares as public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `Semaphore::new`, `Semaphore`, or `Limits::concurrency`.
    pub name: String,
    /// As the text has it, on one line: `pub fn new(permits: usize) -> Self`.
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
    /// What has to be the same in two signatures for one use.
    essence: String,
}

/// A signature that is not the one that is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What is expected.
    pub expected: Signature,
    /// What has the same name instead.
    pub found: Option<Signature>,
}

/// The signatures of one text that another has not, or has in another form. Without a text that can
/// be read, there are none. Whether a function returns the future of an `async fn`, its signature does
/// not say, so that is no difference.
pub fn differences(expected: &str, found: &str) -> Vec<Difference> {
    let found = signatures(found);
    let differences = signatures(expected).into_iter().filter_map(|expected| {
        let found = found.iter().find(|found| found.name == expected.name);
        let same = found.is_some_and(|found| {
            found.essence == expected.essence || expected.is_async() && !found.is_async()
        });
        (!same).then(|| Difference { expected, found: found.cloned() })
    });
    differences.collect()
}

impl Signature {
    fn is_async(&self) -> bool {
        self.text.starts_with("pub async fn ")
    }
}

fn signatures(text: &str) -> Vec<Signature> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader { text, found: Vec::new() };
    if let Ok(stream) = TokenStream::from_str(text) {
        reader.items(stream, None);
    }
    proc_macro2::extra::invalidate_current_thread_spans();
    reader.found
}

struct Reader<'a> {
    text: &'a str,
    found: Vec<Signature>,
}

impl Reader<'_> {
    /// The items of a file, or of the `impl` of a type.
    fn items(&mut self, stream: TokenStream, of: Option<&str>) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut rest = &tokens[..];
        while let [first, tail @ ..] = rest {
            if !is_word(first, "pub") && !is_word(first, "impl") {
                rest = tail;
                continue;
            }
            let is_end = |token: &TokenTree| {
                body(token).is_some()
                    || matches!(token, TokenTree::Punct(sign) if sign.as_char() == ';')
            };
            let end = rest.iter().position(is_end).unwrap_or(rest.len());
            let (item, after) = rest.split_at(end);
            let body = after.first().and_then(body);
            rest = after.get(1..).unwrap_or_default();
            if is_word(first, "pub") {
                self.item(item, body, of);
            } else if let (Some(body), Some(of)) = (body, type_of_impl(&item[1..])) {
                self.items(body, Some(&of));
            }
        }
    }

    fn item(&mut self, item: &[TokenTree], body: Option<TokenStream>, of: Option<&str>) {
        // What is `pub(crate)` is not for everybody.
        if matches!(item.get(1), Some(TokenTree::Group(_))) {
            return;
        }
        let kinds = ["fn", "struct", "enum", "type", "const"];
        let Some(at) = item.iter().position(|token| kinds.iter().any(|kind| is_word(token, kind)))
        else {
            return;
        };
        // `pub const fn`
        let at = if item.get(at + 1).is_some_and(|next| is_word(next, "fn")) { at + 1 } else { at };
        let Some(name) = item.get(at + 1).map(ToString::to_string) else { return };
        let full = of.map_or(name.clone(), |of| format!("{of}::{name}"));
        let kind = item[at].to_string();
        let essence = match &*kind {
            "fn" => essence_of_function(item),
            // Its fields are compared one by one.
            "struct" if !item.iter().any(|token| token.to_string().contains("pub ")) => {
                kind.clone()
            }
            "enum" => kind.clone(),
            _ => plain(item),
        };
        self.add(full, item, essence);
        for part in body.filter(|_| kind != "fn").map(parts).unwrap_or_default() {
            let own = match &*kind {
                "struct" if part.first().is_some_and(|first| is_word(first, "pub")) => part.get(1),
                "enum" => part.first(),
                _ => None,
            };
            if let Some(own) = own {
                let essence = plain(&part);
                self.add(format!("{name}::{own}"), &part, essence);
            }
        }
    }

    fn add(&mut self, name: String, tokens: &[TokenTree], essence: String) {
        let [first, .., last] = tokens else {
            return self.found.extend(tokens.first().map(|only| Signature {
                text: only.to_string(),
                line: only.span().start().line,
                name,
                essence,
            }));
        };
        let Range { start, .. } = first.span().byte_range();
        let Range { end, .. } = last.span().byte_range();
        let text = self.text.get(start..end).unwrap_or_default();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.replace("( ", "(").replace(", )", ")").trim_end_matches(',').to_owned();
        self.found.push(Signature { name, text, line: first.span().start().line, essence });
    }
}

/// The type that an `impl` is for, if it is not one of a trait.
fn type_of_impl(header: &[TokenTree]) -> Option<String> {
    let mut depth = 0;
    let mut own = None;
    for token in header {
        match token {
            TokenTree::Punct(sign) if sign.as_char() == '<' => depth += 1,
            TokenTree::Punct(sign) if sign.as_char() == '>' => depth -= 1,
            TokenTree::Ident(word) if depth == 0 && word == "for" => return None,
            TokenTree::Ident(word) if depth == 0 && word == "where" => break,
            TokenTree::Ident(word) if depth == 0 => own = Some(word.to_string()),
            _ => {}
        }
    }
    own
}

/// What is between commas that are not in angle brackets, without attributes.
fn parts(stream: TokenStream) -> Vec<Vec<TokenTree>> {
    let (mut parts, mut depth) = (vec![Vec::new()], 0);
    let mut tokens = stream.into_iter().peekable();
    while let Some(token) = tokens.next() {
        if let TokenTree::Punct(sign) = &token {
            match sign.as_char() {
                '#' if tokens.next_if(|next| matches!(next, TokenTree::Group(_))).is_some() => {
                    continue;
                }
                '<' => depth += 1,
                '>' => depth -= 1,
                ',' if depth == 0 => {
                    parts.push(Vec::new());
                    continue;
                }
                _ => {}
            }
        }
        parts.last_mut().expect("it begins with one").push(token);
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// What a function takes and returns. Where its generics are bounded, and how its parameters are
/// called, is its own affair.
fn essence_of_function(item: &[TokenTree]) -> String {
    let parameters = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis);
    let Some(at) = item.iter().position(parameters) else { return String::new() };
    let words = item[..at].iter().take_while(|token| matches!(token, TokenTree::Ident(_)));
    let mut essence: String = words.map(|word| format!("{word} ")).collect();
    if let TokenTree::Group(group) = &item[at] {
        for part in parts(group.stream()) {
            let colon = |token: &TokenTree| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ':');
            let is_mut = part.first().is_some_and(|first| is_word(first, "mut"));
            let from = part.iter().position(colon).map_or(usize::from(is_mut), |at| at + 1);
            essence += &plain(&part[from..]);
            essence.push(',');
        }
    }
    let returned = item[at + 1..].split(|token| is_word(token, "where")).next();
    essence + &plain(returned.unwrap_or_default())
}

/// Without white space, trailing commas, lifetimes, and the modules in paths.
fn plain(tokens: &[TokenTree]) -> String {
    let mut rest: String = tokens.iter().cloned().collect::<TokenStream>().to_string();
    rest.retain(|c| !c.is_whitespace());
    let mut text = String::new();
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut characters = rest.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\'' => {
                while characters.next_if(|&c| is_of_name(c)).is_some() {}
                characters.next_if_eq(&',');
            }
            ':' if characters.next_if_eq(&':').is_some() => {
                text.truncate(text.trim_end_matches(is_of_name).len());
            }
            ')' | '>' | '}' => text.truncate(text.trim_end_matches(',').len()),
            _ => {}
        }
        if c != '\'' && c != ':' {
            text.push(c);
        }
    }
    text.replace("<>", "").trim_end_matches(',').to_owned()
}

fn body(token: &TokenTree) -> Option<TokenStream> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
        _ => None,
    }
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(own) if own == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUB: &str = "
        pub struct Semaphore {}
        #[derive(Clone)]
        pub struct Limits { pub concurrency: NonZeroUsize, /// How long.
            pub per_request: Duration }
        pub enum Failure { Backend(ollama::Error), TimedOut }
        pub struct Rejected<J>(pub J);
        pub type Results<R> = mpsc::Receiver<Result<R, JobPanicked>>;
        impl<J: Send + 'static> Semaphore {
            pub fn new(permits: usize) -> Self { todo!() }
            pub async fn acquire(&self) -> Permit<'_> { todo!() }
            fn own(&self) {}
        }
        impl Drop for Semaphore { fn drop(&mut self) {} }
        pub async fn retry<T, F>(policy: &Policy, mut operation: F) -> T where F: FnMut(u32) -> T { todo!() }";

    fn found(from: &str, to: &str) -> Vec<(String, Option<String>)> {
        assert!(STUB.contains(from), "{from}");
        let differences = differences(STUB, &STUB.replace(from, to));
        let texts =
            |Difference { expected, found }| (expected.text, found.map(|own: Signature| own.text));
        differences.into_iter().map(texts).collect()
    }

    #[test]
    fn what_means_the_same_is_no_difference() {
        for (from, to) in [
            ("permits: usize", "\n    n: usize,\n"),
            ("pub struct Semaphore {}", "#[derive(Debug)] pub struct Semaphore(Inner);"),
            ("fn own(&self) {}", "pub fn more(&self) {}"),
            ("mut operation: F", "operation: F"),
            ("pub async fn acquire(&self) -> Permit<'_>", "pub fn acquire(&self) -> Acquire<'_>"),
            ("-> T where F: FnMut(u32) -> T {", "-> T\nwhere\n    F: FnMut(u32) -> T,\n{"),
            ("policy: &Policy", "policy: &own::Policy"),
            ("mpsc::Receiver<", "tokio::sync::mpsc::Receiver<"),
        ] {
            assert_eq!(found(from, to), [], "{to}");
        }
    }

    #[test]
    fn what_is_missing_or_different_is_found() {
        let expected =
            |text: &str, own: Option<&str>| vec![(text.to_owned(), own.map(str::to_owned))];
        let new = "pub fn new(permits: usize) -> Self";
        assert_eq!(found("pub fn new", "fn new"), expected(new, None));
        let other = "pub fn new(permits: u32) -> Self";
        assert_eq!(found(new, other), expected(new, Some(other)));
        assert_eq!(found("TimedOut", "Late"), expected("TimedOut", None));
        let field = "pub per_request: Duration";
        assert_eq!(
            found(field, "pub per_request: u64"),
            expected(field, Some("pub per_request: u64"))
        );
        let rejected = "pub struct Rejected<J>(pub J)";
        assert_eq!(
            found(rejected, "pub struct Rejected<J>(J)"),
            expected(rejected, Some("pub struct Rejected<J>(J)"))
        );
    }
}
