//! The parts that paths and items are made of.

use proc_macro2::Delimiter::Brace;

use crate::tokens::{Kind, Token};

/// No list of generics has as many tokens. Without a limit, a text of `<` alone would take hours.
const MAX_GENERICS: usize = 1000;

/// The name that a text begins with, and what follows it.
pub(super) fn name(tokens: &[Token]) -> Option<(String, &[Token])> {
    match tokens {
        [dollar, name, tail @ ..] if dollar.is_sign('$') => match name.word()? {
            "crate" => Some(("crate".to_owned(), tail)),
            _ => Some(("$".to_owned(), tail)),
        },
        [name, tail @ ..] => Some((name.word()?.to_owned(), tail)),
        [] => None,
    }
}

/// Whether a path ends with `::`, as it does before a repetition in a macro.
pub(super) fn name_is_missing(tokens: &[Token]) -> bool {
    name(tokens).is_none() && !tokens.first().is_some_and(|token| token.is_sign('<'))
}

/// `std::<>::fs` is `std::fs`.
pub(super) fn without_empty_generics(tokens: &[Token]) -> &[Token] {
    match tokens {
        [open, close, tail @ ..] if open.is_sign('<') && close.is_sign('>') => tail,
        [colons, open, close, tail @ ..]
            if colons.is_colons() && open.is_sign('<') && close.is_sign('>') =>
        {
            tail
        }
        _ => tokens,
    }
}

/// What follows on `<..>`, if the tokens begin with that.
pub(super) fn after_generics(tokens: &[Token]) -> Option<&[Token]> {
    let mut open = 0;
    let mut arrow = false;
    for (at, token) in tokens.iter().enumerate().take(MAX_GENERICS) {
        match token.kind {
            Kind::Sign('<') => open += 1,
            // Not that of `->`.
            Kind::Sign('>') if !arrow => open -= 1,
            _ => {}
        }
        arrow = token.is_sign('-');
        if open == 0 {
            return (at > 0).then(|| &tokens[at + 1..]);
        }
    }
    None
}

/// How many tokens an item has, to its body or its semicolon.
pub(super) fn end_of_item(tokens: &[Token]) -> usize {
    let is_end = |token: &Token| token.is_sign(';') || token.inside(Brace).is_some();
    tokens.iter().position(is_end).map_or(tokens.len(), |at| at + 1)
}
