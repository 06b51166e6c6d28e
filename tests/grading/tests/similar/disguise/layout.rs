//! Another layout.

use std::fmt::Write;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::File;

/// All on one line, without comments.
pub fn on_one_line(file: &File) -> String {
    file.to_token_stream().to_string()
}

/// Each token on a line of its own, without comments.
pub fn one_token_a_line(file: &File) -> String {
    let mut text = String::new();
    write_tokens(file.to_token_stream(), &mut text);
    text
}

/// With comments after and between the lines.
pub fn commented(text: &str) -> String {
    let mut commented = String::new();
    for line in text.lines() {
        commented += line;
        commented += if line.trim_end().ends_with(['{', ';', ',']) {
            " // a note on this line\n/* and\nanother one */\n"
        } else {
            "\n"
        };
    }
    commented
}

fn write_tokens(tokens: TokenStream, text: &mut String) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                *text += open;
                text.push('\n');
                write_tokens(group.stream(), text);
                *text += close;
                text.push('\n');
            }
            // `=>` is one token to the parser: its parts stay together.
            TokenTree::Punct(sign) if sign.spacing() == Spacing::Joint => text.push(sign.as_char()),
            token => _ = writeln!(text, "{token}"),
        }
    }
}
