//! What an answer's own tests must be like, so that they change nothing outside of them.

use std::collections::BTreeSet;

use proc_macro2::Delimiter::{Brace, Bracket, Parenthesis};

use super::parts::{after_generics, end_of_item};
use crate::tokens::{Kind, Token};

/// The name of a module with a body, if that is what these tokens are.
pub(super) fn name_of_module(item: &[Token]) -> Option<&str> {
    let [before @ .., module, name, body] = item else { return None };
    let is_before = |token: &Token| match &token.kind {
        Kind::Sign('#') | Kind::Group(Bracket | Parenthesis, _) => true,
        _ => token.is("pub"),
    };
    let is_module = module.is("mod") && body.inside(Brace).is_some();
    name.word().filter(|_| is_module && before.iter().all(is_before))
}

/// The lines of all `impl`s among these items and statements, except for those of types that are
/// declared among them.
pub(super) fn foreign_impls(tokens: &[Token]) -> Vec<usize> {
    let is_type = |token: &Token| token.is("struct") || token.is("enum");
    let pairs = tokens.windows(2).filter(|pair| is_type(&pair[0]));
    let declared: BTreeSet<&str> = pairs.filter_map(|pair| pair[1].word()).collect();
    let starts_item = |at: &usize| match at.checked_sub(1).map(|before| &tokens[before].kind) {
        None | Some(Kind::Sign(';') | Kind::Group(Brace | Bracket, _)) => true,
        Some(_) => false,
    };
    let impls = (0..tokens.len()).filter(|&at| tokens[at].is("impl")).filter(starts_item);
    let is_foreign = |at: &usize| {
        !implemented_for(&tokens[at + 1..]).is_some_and(|name| declared.contains(name))
    };
    impls.filter(is_foreign).map(|at| tokens[at].line).collect()
}

/// The name of the type that an `impl` is for, given what follows on that word. `None` if it is
/// more than a name with generics.
fn implemented_for(tokens: &[Token]) -> Option<&str> {
    let item = &tokens[..end_of_item(tokens)];
    let [before @ .., body] = item else { return None };
    let (generics, head) = match after_generics(before) {
        Some(head) => before.split_at(before.len() - head.len()),
        None => before.split_at(0),
    };
    body.inside(Brace)?;
    let head = head.split(|token| token.is("where")).next()?;
    let is_for =
        |at: &usize| head[*at].is("for") && !head.get(at + 1).is_some_and(|next| next.is_sign('<'));
    let of_trait = (0..head.len()).rev().find(is_for);
    let [name, rest @ ..] = &head[of_trait.map_or(0, |at| at + 1)..] else { return None };
    let is_plain = rest.is_empty() || after_generics(rest).is_some_and(<[Token]>::is_empty);
    let name = name.word().filter(|_| is_plain)?;
    (!generics.iter().any(|token| token.is(name))).then_some(name)
}
