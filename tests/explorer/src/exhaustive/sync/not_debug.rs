//! Why a schedule shows no values of a lock: what it guards is not `Debug`.

use crate::exhaustive::record;

/// Explains in the schedule what to do so that it shows what a lock guards.
pub(super) fn not_debug<T: ?Sized>() {
    record::remark(|answer| how_to_see_values(std::any::type_name::<T>(), answer.text));
}

/// Which type of the answer has to be `Debug`, or where one has to be known to be. The types of
/// std and of the checks are not the learner's to change.
fn how_to_see_values(locked: &str, answer: &str) -> Option<String> {
    let is_of_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut rest = locked;
    while let Some(start) = rest.find(is_of_path) {
        let path = &rest[start..];
        let end = path.find(|c| !is_of_path(c)).unwrap_or(path.len());
        rest = &path[end..];
        let name = path[..end].rsplit("::").next().unwrap_or_default();
        match is_debug(name, answer) {
            None => {}
            Some(false) => {
                return Some(format!("derive `Debug` for `{name}` to see its values here"));
            }
            // A generic type is `Debug` only where its parameters are known to be.
            Some(true) if rest.starts_with('<') => {
                return Some(format!(
                    "`{name}` is `Debug` only where its parameters are: to see its values here, \
                     add `Debug` to the bounds of the `impl` or `fn` that locks it"
                ));
            }
            Some(true) => {}
        }
    }
    None
}

/// Whether a type of this name is `Debug`, as far as the answer's text shows it; `None` if the
/// answer declares no such type.
fn is_debug(name: &str, answer: &str) -> Option<bool> {
    let names_it = |text: &str| {
        let rest = text.strip_prefix(name);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    let declares = |line: &str| {
        let mut declared = ["struct ", "enum "].iter().filter_map(|word| line.split_once(word));
        declared.any(|(before, text)| !before.contains("//") && names_it(text))
    };
    let lines: Vec<&str> = answer.lines().map(str::trim).collect();
    let at = lines.iter().position(|line| declares(line))?;
    // Its attributes and its documentation; the item before it ends with one of these, or with an
    // empty line.
    let above = lines[..at].iter().rev();
    let mut above = above.take_while(|line| !line.is_empty() && !line.ends_with(['}', ';']));
    let derived = above.any(|line| !line.starts_with("//") && line.contains("Debug"));
    Some(derived || answer.split("Debug for ").skip(1).any(names_it))
}

#[cfg(test)]
mod tests {
    use super::how_to_see_values;

    const ANSWER: &str = "
use std::fmt::Debug;

/// A flight that nobody waits for.
struct Flight {
    waiters: Vec<Waker>,
}

/// `Debug`, if a value is.
#[derive(
    Clone, Debug,
)]
pub(crate) struct State<V> {
    value: V,
}

/// Not `Debug`, in contrast to the next one.
enum Turn<V> { Mine, Others(V) }
struct TurnOf;

impl<V: Debug> fmt::Debug for TurnOf {}
";

    fn how(locked: &str) -> String {
        how_to_see_values(locked, ANSWER).unwrap_or_default()
    }

    #[test]
    fn the_first_type_of_the_answer_that_is_not_debug_is_to_be() {
        for (locked, name) in [
            ("checks::instrumented::Flight", "Flight"),
            ("std::collections::HashMap<checks::key::Key, checks::instrumented::Flight>", "Flight"),
            ("alloc::vec::Vec<checks::instrumented::Turn<u32>>", "Turn"),
            ("(checks::instrumented::TurnOf, checks::instrumented::Flight)", "Flight"),
        ] {
            assert_eq!(how(locked), format!("derive `Debug` for `{name}` to see its values here"));
        }
    }

    #[test]
    fn the_parameters_of_a_type_that_is_debug_are_to_be() {
        assert_eq!(
            how("checks::instrumented::State<checks::key::Key>"),
            "`State` is `Debug` only where its parameters are: to see its values here, add `Debug` \
             to the bounds of the `impl` or `fn` that locks it"
        );
    }

    #[test]
    fn types_of_others_are_not_the_learners_to_change() {
        assert_eq!(how("alloc::vec::Vec<u32>"), "");
        assert_eq!(how("std::collections::HashMap<checks::key::Key, alloc::boxed::Box<u8>>"), "");
    }
}
