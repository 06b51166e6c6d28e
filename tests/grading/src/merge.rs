//! Joins the gradebooks of shards into the one that a single run would have made.

use std::fs;
use std::path::PathBuf;

use workbook::Fault;

use crate::gradebook::{Gradebook, Isolation};
use crate::out::{self, Out};
use crate::shard::Shard;

/// Joins the gradebooks in these folders.
///
/// # Errors
///
/// If they are not all the shards of one class, judged by the same checks, or a file cannot be
/// read or written.
pub fn merge(folders: &[PathBuf], out: &Out) -> Result<Gradebook, Fault> {
    let parts = folders.iter().map(|folder| Gradebook::read(folder));
    let mut parts = parts.collect::<Result<Vec<_>, Fault>>()?;
    parts.sort_by_key(|part| part.shard.map(|shard| shard.number));
    all_there(&parts)?;
    let Some(first) = parts.first() else {
        return Err(Fault("name the folders to merge".to_owned()));
    };
    let exercises = first.exercises.clone();
    let (deadline, notes) = (first.deadline, first.notes.clone());
    let mut isolation = first.isolation;
    let mut learners = Vec::new();
    for part in parts {
        let shown = part.folder.display();
        if part.exercises != exercises {
            return Err(Fault(format!("{shown}: other exercises or checks than in the others")));
        }
        if part.deadline != deadline {
            return Err(Fault(format!("{shown}: another deadline than in the others")));
        }
        isolation = weaker(isolation, part.isolation);
        let grades = part.learners.iter().flat_map(|one| &one.grades);
        let copies = grades.clone().filter_map(|of| of.answer.as_ref()?.copy.as_ref());
        for path in grades.flat_map(|of| &of.verdict).chain(copies) {
            let from = part.folder.join(path);
            let text = fs::read(&from).map_err(Fault::of(from.display()))?;
            out::write(&out.folder().join(path), &text)?;
        }
        learners.extend(part.learners);
    }
    learners.sort_by(|one, other| one.id.cmp(&other.id));
    if let Some(pair) = learners.windows(2).find(|pair| pair[0].id == pair[1].id) {
        return Err(Fault(format!("{} is in two of the gradebooks", pair[0].id)));
    }
    let folder = out.folder().to_owned();
    let merged = Gradebook { folder, isolation, shard: None, deadline, exercises, notes, learners };
    out.write_gradebook(&merged)?;
    Ok(merged)
}

/// Whether these are the shards of one run, each of them once.
fn all_there(parts: &[Gradebook]) -> Result<(), Fault> {
    let of = parts.first().and_then(|part| part.shard).map_or(parts.len(), |shard| shard.of);
    for part in parts {
        if part.shard.is_none_or(|shard| shard.of != of) {
            let shard = part.shard.map_or("the whole class".to_owned(), |shard| shard.to_string());
            let folder = part.folder.display();
            return Err(Fault(format!("{folder} has {shard}; expected a shard of {of}")));
        }
    }
    for number in 1..=of {
        let shard = Shard { number, of };
        match parts.iter().filter(|part| part.shard == Some(shard)).count() {
            1 => {}
            0 => return Err(Fault(format!("the shard {shard} is missing"))),
            _ => return Err(Fault(format!("the shard {shard} is there twice"))),
        }
    }
    Ok(())
}

/// A class is marked by the weakest isolation that any of it had.
fn weaker(one: Isolation, other: Isolation) -> Isolation {
    let strength = |isolation: &Isolation| match isolation {
        Isolation::Unsandboxed => 0,
        Isolation::Landlock => 1,
        Isolation::Bubblewrap => 2,
    };
    std::cmp::min_by_key(one, other, strength)
}
