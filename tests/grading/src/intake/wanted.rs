//! Which files are taken, by their names.

use std::sync::Arc;

use workbook::exercise::Exercise;

use super::names::file_name;

/// No answer is below these: what is given, what is built, and what other programs keep.
const SKIPPED: [&str; 6] = [".git", "__macosx", "node_modules", "solutions", "target", "tests"];

/// What systems put into folders by themselves.
const OF_SYSTEM: [&str; 4] = [".ds_store", "__macosx", "desktop.ini", "thumbs.db"];

/// Whether a system has put a file or folder of this name there by itself.
pub fn is_of_system(name: &str) -> bool {
    name.starts_with("._") || OF_SYSTEM.contains(&&*name.to_lowercase())
}

/// Whether nothing below a folder of this name is an answer.
pub fn is_skipped(folder: &str) -> bool {
    SKIPPED.contains(&&*folder.to_lowercase())
}

/// How much a file's name is like the name of an answer; the best is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// `semaphore.rs`.
    Same,
    /// `Semaphore.RS`.
    OtherCase,
    /// `semaphore (1).rs` or `semaphore-1.rs`, as browsers and learning platforms call a file
    /// when there is one of its name already.
    Numbered,
}

/// The exercise that a file of this name is an answer to.
pub fn answers<'a>(
    exercises: &'a [Arc<Exercise>],
    name: &str,
) -> Option<(&'a Arc<Exercise>, Likeness)> {
    let stem = name.strip_suffix(".rs").or_else(|| {
        let (stem, extension) = name.rsplit_once('.')?;
        extension.eq_ignore_ascii_case("rs").then_some(stem)
    })?;
    exercises.iter().find_map(|exercise| {
        let likeness = if name.strip_suffix(".rs") == Some(&exercise.name) {
            Likeness::Same
        } else if stem.eq_ignore_ascii_case(&exercise.name) {
            Likeness::OtherCase
        } else if without_number(stem).eq_ignore_ascii_case(&exercise.name) {
            Likeness::Numbered
        } else {
            return None;
        };
        Some((exercise, likeness))
    })
}

/// `semaphore` of `semaphore (1)`, `semaphore(1)` and `semaphore-1`.
fn without_number(stem: &str) -> &str {
    let in_brackets = stem.strip_suffix(')').and_then(|stem| stem.rsplit_once('('));
    match in_brackets.or_else(|| stem.rsplit_once('-')) {
        Some((name, number)) if is_number(number) => name.trim_end(),
        _ => stem,
    }
}

/// Whether a text has digits, and nothing else.
pub fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// How well the place of an answer fits the workbook's layout; the best is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// `exercises/4-semaphore/src/semaphore.rs`.
    Exercises,
    /// `4-semaphore/src/semaphore.rs`.
    Package,
    /// Anywhere else.
    Elsewhere,
}

/// How well the place of an answer fits the workbook's layout.
pub fn place(exercise: &Exercise, path: &str) -> Place {
    let package = format!("{}/src/{}", exercise.folder(), file_name(path));
    let is_at = |end: &str| {
        path.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    if is_at(&format!("exercises/{package}")) {
        Place::Exercises
    } else if is_at(&package) {
        Place::Package
    } else {
        Place::Elsewhere
    }
}

#[cfg(test)]
mod tests {
    use workbook::Workbook;

    use super::*;

    #[test]
    fn an_answer_is_known_by_its_name() {
        let workbook = Workbook::here().expect("the tests run inside the workbook");
        let of = |name: &str| {
            let found = answers(workbook.exercises(), name);
            found.map(|(exercise, likeness)| (exercise.number, likeness))
        };
        assert_eq!(of("semaphore.rs"), Some((4, Likeness::Same)));
        assert_eq!(of("worker_pool.rs"), Some((2, Likeness::Same)));
        assert_eq!(of("Semaphore.rs"), Some((4, Likeness::OtherCase)));
        assert_eq!(of("semaphore.RS"), Some((4, Likeness::OtherCase)));
        assert_eq!(of("semaphore (1).rs"), Some((4, Likeness::Numbered)));
        assert_eq!(of("semaphore(12).rs"), Some((4, Likeness::Numbered)));
        assert_eq!(of("semaphore-2.rs"), Some((4, Likeness::Numbered)));
        for name in ["my_semaphore.rs", "semaphore.rs.txt", "semaphore", "semaphore-old.rs", ".rs"]
        {
            assert_eq!(of(name), None, "{name}");
        }
    }

    #[test]
    fn the_place_in_a_fork_is_the_best() {
        let workbook = Workbook::here().expect("the tests run inside the workbook");
        let exercise = workbook.find("4").expect("it is there").exercise;
        let of = |path: &str| place(&exercise, path);
        assert_eq!(of("ada/exercises/4-semaphore/src/semaphore.rs"), Place::Exercises);
        assert_eq!(of("exercises/4-semaphore/src/semaphore.rs"), Place::Exercises);
        assert_eq!(of("ada/4-semaphore/src/semaphore.rs"), Place::Package);
        assert_eq!(of("ada/my-4-semaphore/src/semaphore.rs"), Place::Elsewhere);
        assert_eq!(of("ada/semaphore.rs"), Place::Elsewhere);
    }
}
