//! A made class: right, wrong, broken and hostile answers to exercise 4, in the forms in which
//! answers are handed in, each with the grade that it has to get.

mod broken;
mod hostile;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use grading::gradebook::Status;
use workbook::{Fault, Workbook, known};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Somebody in the class.
pub struct Planned {
    /// How the name of what is handed in begins.
    pub name: String,
    /// What has to come of it.
    pub status: Status,
    /// What it is, for the message if something else comes of it.
    pub what: String,
    /// The checks that have to fail.
    pub caught_by: Vec<String>,
}

/// What is handed in, and what has to come of it.
struct Answer {
    what: String,
    content: Content,
    status: Status,
    caught_by: Vec<String>,
}

enum Content {
    /// The text of the answer's file.
    Text(Vec<u8>),
    /// The same, without a mark.
    Unmarked(Vec<u8>),
    /// A symlink to this path in place of the file.
    Symlink(&'static str),
    /// An archive that is not one.
    DamagedArchive,
    /// No answer at all.
    Nothing,
}

/// Makes a class of this size in a folder. In ten: three right, five wrong, one broken and one
/// hostile. Each answer ends with a comment that has this `mark`: with a mark that is new, there
/// is no verdict on any of them yet.
pub fn class(
    workbook: &Workbook,
    folder: &Path,
    size: usize,
    mark: &str,
) -> Result<Vec<Planned>, Fault> {
    let exercise = workbook.find("exercise-4")?.exercise;
    let solution = workbook.find("solution-4")?.read()?.expect("the solution is there");
    let stub = fs::read_to_string(exercise.stub()).map_err(Fault::of("the stub"))?;
    let mut right = vec![text("the solution", &solution, Status::Passed)];
    for (name, design) in known::designs(&exercise)? {
        right.push(text(&format!("the design {name}"), &design, Status::Passed));
    }
    let mut wrong = Vec::new();
    for (name, bug) in known::bugs(workbook, &exercise)? {
        let answer = text(&format!("the bug {name}"), &bug.text, Status::Failed);
        wrong.push(Answer { caught_by: bug.caught_by, ..answer });
    }
    let broken = broken::answers(&solution, &stub);
    let hostile = hostile::answers(&solution);

    let mut kinds = [(right, 0), (wrong, 0), (broken, 0), (hostile, 0)];
    let mut class = Vec::new();
    for (number, kind) in [0, 1, 1, 0, 1, 2, 1, 0, 3, 1].into_iter().cycle().take(size).enumerate()
    {
        let (answers, next) = &mut kinds[kind];
        let answer = &answers[*next % answers.len()];
        *next += 1;
        let name = format!("student-{number:03}");
        hand_in(folder, &name, number, mark, &answer.content).map_err(Fault::of(&name))?;
        class.push(Planned {
            name,
            status: answer.status,
            what: answer.what.clone(),
            caught_by: answer.caught_by.clone(),
        });
    }
    Ok(class)
}

fn text(what: &str, text: &str, status: Status) -> Answer {
    let content = Content::Text(text.as_bytes().to_vec());
    Answer { what: what.to_owned(), content, status, caught_by: Vec::new() }
}

/// Each answer is another text, as in a class: it ends with a comment of its own.
fn hand_in(
    folder: &Path,
    name: &str,
    number: usize,
    mark: &str,
    content: &Content,
) -> std::io::Result<()> {
    let own = folder.join(name);
    let text = match content {
        Content::Text(text) => [text, &*format!("// {name}, {mark}\n").into_bytes()].concat(),
        Content::Unmarked(text) => text.clone(),
        Content::Symlink(target) => {
            fs::create_dir_all(&own)?;
            return symlink(target, &own.join("semaphore.rs"));
        }
        Content::DamagedArchive => {
            return fs::write(own.with_extension("zip"), b"PK\x03\x04 and nothing more");
        }
        Content::Nothing => return fs::create_dir_all(&own),
    };
    match number % 4 {
        0 => {
            fs::create_dir_all(&own)?;
            fs::write(own.join("semaphore.rs"), text)
        }
        // A fork of the workbook, with files that nobody may take.
        1 => {
            let package = own.join("exercises/4-semaphore");
            fs::create_dir_all(package.join("src"))?;
            fs::write(package.join("build.rs"), "fn main() { panic!() }")?;
            fs::write(package.join("Cargo.toml"), "[package]\nname = \"mine\"\n")?;
            fs::write(package.join("src/semaphore.rs"), text)?;
            fs::create_dir_all(own.join("solutions/4-semaphore/src"))?;
            fs::write(own.join("solutions/4-semaphore/src/semaphore.rs"), "// theirs")
        }
        2 => {
            let mut zip = ZipWriter::new(File::create(own.with_extension("zip"))?);
            zip.start_file("src/semaphore.rs", SimpleFileOptions::default())?;
            zip.write_all(&text)?;
            zip.finish()?;
            Ok(())
        }
        _ => {
            let file = File::create(own.with_extension("tar.gz"))?;
            let mut tar = tar::Builder::new(GzEncoder::new(file, Compression::fast()));
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            tar.append_data(&mut header, "semaphore.rs", &*text)?;
            tar.into_inner()?.finish()?;
            Ok(())
        }
    }
}

#[cfg(unix)]
fn symlink(target: &str, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn symlink(_target: &str, link: &Path) -> std::io::Result<()> {
    // Stands for a file that is refused as well.
    fs::write(link, [0xff])
}
