//! An archive for each learner, and hostile ones.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use grading::submission::Learner;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::given::{Given, attempt, only, semaphores, text};

const IN_FORK: &str = "fork/exercises/4-semaphore/src/semaphore.rs";

/// A `.zip` of some files.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a file");
        zip.write_all(content).expect("its content");
    }
    zip.finish().expect("an archive").into_inner()
}

/// A `.tar.gz` of some files.
pub fn tar_gz(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, name, *content).expect("a file");
    }
    gz(&tar.into_inner().expect("an archive"))
}

pub fn gz(content: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::default());
    gz.write_all(content).expect("it goes into memory");
    gz.finish().expect("it goes into memory")
}

/// A `.tar.gz` of one entry without content, whose name is not looked at by the library.
fn tar_of(kind: tar::EntryType, name: &[u8], link: &str) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    if !link.is_empty() {
        header.set_link_name(link).expect("it is short");
    }
    header.set_size(0);
    header.set_mode(0o644);
    header.set_cksum();
    let mut tar = tar::Builder::new(Vec::new());
    tar.append(&header, &b""[..]).expect("a file");
    gz(&tar.into_inner().expect("an archive"))
}

/// Why the only learner's only answer cannot be judged.
fn why(given: Given) -> String {
    let class = given.collect();
    let why = text(attempt(only(&class), 4)).map(|_| ());
    why.expect_err("it cannot be judged").to_owned()
}

#[test]
fn each_archive_is_a_learner() {
    let class = Given::new()
        .file("ada.zip", zip(&[("semaphore.rs", b"// ada")]))
        .file("ben.tar.gz", tar_gz(&[(IN_FORK, b"// ben"), ("solutions/semaphore.rs", b"no")]))
        .file("cy.TGZ", tar_gz(&[("./semaphore.rs", b"// cy")]))
        .file("dan/handed in.zip", zip(&[(IN_FORK, b"// dan"), ("x/tests/semaphore.rs", b"no")]))
        .collect();
    let texts = |text: &str| vec![text.to_owned()];
    let expected = [
        ("ada", texts("// ada")),
        ("ben", texts("// ben")),
        ("cy", texts("// cy")),
        ("dan", texts("// dan")),
    ];
    assert_eq!(semaphores(&class), expected);
    assert_eq!(attempt(&class.learners["ada"], 4).found, "ada.zip/semaphore.rs");
    let found = format!("dan/handed in.zip/{IN_FORK}");
    assert_eq!(attempt(&class.learners["dan"], 4).found, found);
    assert!(class.learners.values().all(|learner| learner.notes.is_empty()));
}

#[test]
fn an_archive_may_be_in_an_archive() {
    let inner = zip(&[("semaphore.rs", b"// inner")]);
    let class = Given::new().file("ada.tar.gz", tar_gz(&[("x/inner.zip", &inner)])).collect();
    assert_eq!(attempt(only(&class), 4).found, "ada.tar.gz/x/inner.zip/semaphore.rs");
}

#[test]
fn archives_inside_each_other_have_an_end() {
    let mut archive = zip(&[("semaphore.rs", b"// inner")]);
    for _ in 0..3 {
        archive = zip(&[("a.zip", &archive)]);
    }
    let why = why(Given::new().file("ada.zip", archive));
    let expected = "expected semaphore.rs; ada.zip/a.zip/a.zip/a.zip: expected at most 3 archives \
                    inside each other, found more";
    assert_eq!(why, expected);
}

#[test]
fn an_archive_of_another_kind_or_none_is_a_note() {
    let why_of = |name: &str, content: &[u8]| why(Given::new().file(name, content));
    let rar = "expected semaphore.rs; ada/x.rar: expected a .zip or .tar.gz archive, found .rar";
    assert_eq!(why_of("ada/x.rar", b"Rar!"), rar);
    let zip = why_of("ada/x.zip", b"Rar!");
    assert!(zip.contains("ada/x.zip: expected a .zip archive; found: "), "{zip}");
    let gz = why_of("ada/x.tar.gz", b"Rar!");
    assert!(gz.contains("ada/x.tar.gz: expected a file that can be read; found: "), "{gz}");
    let tar = why_of("ada/x.tar.gz", &super::archives::gz(&[b'x'; 5000]));
    assert!(tar.contains("ada/x.tar.gz: expected a file that can be read; found: "), "{tar}");
}

#[test]
fn what_is_read_before_an_archive_breaks_off_is_taken() {
    let noise: Vec<u8> =
        (0..200_000_u32).map(|x| (x.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let whole = tar_gz(&[("semaphore.rs", b"// whole"), ("noise", &noise)]);
    let class = Given::new().file("ada.tgz", &whole[..whole.len() / 2]).collect();
    let learner = only(&class);
    assert_eq!(text(attempt(learner, 4)), Ok("// whole".to_owned()));
    assert_eq!(learner.notes.len(), 1, "{:?}", learner.notes);
    assert!(learner.notes[0].starts_with("ada.tgz: "), "{:?}", learner.notes);
}

#[test]
fn a_zip_that_is_broken_is_not_a_stop() {
    let whole = zip(&[("semaphore.rs", b"// whole"), ("retry.rs", b"// retry")]);
    // Every way to cut it off, and a wrong byte at every place.
    let mut given = Given::new();
    for at in 0..whole.len() {
        let mut wrong = whole.clone();
        wrong[at] ^= 0xff;
        given =
            given.file(format!("cut-{at}.zip"), &whole[..at]).file(format!("at-{at}.zip"), wrong);
    }
    let class = given.collect();
    assert_eq!(class.learners.len(), 2 * whole.len());
    // A name that is another one now is not an answer's.
    let is_told = |learner: &Learner| !learner.attempts.is_empty() || !learner.notes.is_empty();
    assert!(class.learners.values().all(is_told));
}

#[test]
fn an_encrypted_file_is_named() {
    let mut archive = zip(&[("semaphore.rs", b"// secret")]);
    let central = archive.windows(4).position(|four| four == b"PK\x01\x02").expect("a list");
    archive[6] |= 1;
    archive[central + 8] |= 1;
    let class = Given::new().file("ada.zip", archive).collect();
    let why = text(attempt(only(&class), 4)).map(|_| ());
    assert_eq!(why, Err("expected a file without a password, found an encrypted one"));
}

#[test]
fn paths_that_lead_out_of_an_archive_are_not_followed() {
    let names = [
        "../semaphore.rs",
        "/etc/semaphore.rs",
        "a/../../semaphore.rs",
        "C:\\semaphore.rs",
        "..\\semaphore.rs",
        "\\\\host\\semaphore.rs",
    ];
    for name in names {
        let class = Given::new()
            .file("ada.zip", zip(&[(name, b"// out")]))
            .file("ben.zip", zip(&[("semaphore.rs", b"// ben")]))
            .collect();
        let why = text(attempt(&class.learners["ada"], 4)).map(|_| ()).expect_err("it leads out");
        assert!(why.contains("expected a path inside the archive"), "{name}: {why}");
        assert_eq!(text(attempt(&class.learners["ben"], 4)), Ok("// ben".to_owned()));
    }
    for name in [&b"../semaphore.rs"[..], b"/etc/semaphore.rs"] {
        let archive = tar_of(tar::EntryType::Regular, name, "");
        let why = why(Given::new().file("ada.tar.gz", archive));
        assert!(why.contains("expected a path inside the archive"), "{why}");
    }
}

#[test]
fn links_and_devices_in_an_archive_are_not_followed() {
    let kinds = [
        (tar::EntryType::Symlink, "a symbolic link"),
        (tar::EntryType::Link, "a hard link"),
        (tar::EntryType::Char, "a device, a pipe or a socket"),
        (tar::EntryType::Block, "a device, a pipe or a socket"),
        (tar::EntryType::Fifo, "a device, a pipe or a socket"),
    ];
    for (kind, what) in kinds {
        let archive = tar_of(kind, b"semaphore.rs", "/etc/passwd");
        let why = why(Given::new().file("ada.tar.gz", archive));
        assert_eq!(why, format!("expected a regular file, found {what}"));
    }
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    zip.add_symlink("semaphore.rs", "/etc/passwd", options).expect("a link");
    let archive = zip.finish().expect("an archive").into_inner();
    let why = why(Given::new().file("ada.zip", archive));
    assert_eq!(why, "expected a regular file, found a symbolic link");
}

#[test]
fn names_in_an_archive_can_be_anything() {
    let names: [&[u8]; 5] = [
        b"\xff\xfe/semaphore.rs",
        b"\x1b[2J/semaphore.rs",
        b"con/semaphore.rs",
        b"a\n/semaphore.rs",
        b"SEMAPHORE.RS",
    ];
    for name in names {
        let class =
            Given::new().file("ada.tar.gz", tar_of(tar::EntryType::Regular, name, "")).collect();
        let found = &attempt(only(&class), 4).found;
        assert!(!found.chars().any(char::is_control), "{found:?}");
        assert_eq!(text(attempt(only(&class), 4)), Ok(String::new()));
    }
}

#[test]
fn a_name_of_dos_and_a_backslash_of_windows_are_read() {
    let archive = zip(&[("L\u{f6}sung\\semaphore.rs", b"// here")]);
    let class = Given::new().file("ada.zip", archive).collect();
    assert_eq!(attempt(only(&class), 4).found, "ada.zip/Lösung/semaphore.rs");
}

#[test]
fn a_path_that_is_twice_in_an_archive_means_the_last() {
    let archive = tar_gz(&[("semaphore.rs", b"// first"), ("semaphore.rs", b"// last")]);
    let class = Given::new().file("ada.tar.gz", archive).collect();
    assert_eq!(text(attempt(only(&class), 4)), Ok("// last".to_owned()));
    let note = "took ada.tar.gz/semaphore.rs; left out an earlier file of that path";
    assert_eq!(only(&class).notes, [note]);
}

#[test]
fn an_answer_that_unpacks_to_much_is_too_large() {
    let bomb = vec![0; 8 * 1024 * 1024];
    for archive in [zip(&[("semaphore.rs", &bomb)]), tar_gz(&[("semaphore.rs", &bomb)])] {
        let name = if archive.starts_with(b"PK") { "ada.zip" } else { "ada.tgz" };
        let why = why(Given::new().file(name, archive));
        assert_eq!(why, "expected an answer of at most 512 KiB, found a larger file");
    }
}

#[test]
fn a_tar_that_unpacks_to_much_ends_early() {
    let bomb = vec![0; 8 * 1024 * 1024];
    let archive = tar_gz(&[("noise", &bomb), ("semaphore.rs", b"// behind it")]);
    let why = why(Given::new().file("ada.tgz", archive));
    assert!(why.contains("found: more than 200 times its size when it is unpacked"), "{why}");
}

#[test]
fn a_name_that_fills_the_memory_ends_early() {
    // The library reads long names into memory.
    let noise: Vec<u8> =
        (0..3_000_000_u32).map(|x| (x.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_path("././@LongLink").expect("it is short");
    header.set_size(noise.len() as u64);
    header.set_cksum();
    let mut tar = tar::Builder::new(Vec::new());
    let mut first = tar::Header::new_gnu();
    first.set_size(0);
    first.set_cksum();
    tar.append_data(&mut first, "first", &b""[..]).expect("a file");
    tar.append(&header, &noise[..]).expect("a file");
    let archive = gz(&tar.into_inner().expect("an archive"));
    let why = why(Given::new().file("ada.tgz", archive));
    assert!(why.contains("found: a name that is too long"), "{why}");
}

#[test]
fn a_nested_archive_is_bounded() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("inner.zip", stored).expect("a file");
    zip.write_all(&vec![0; 33 * 1024 * 1024]).expect("its content");
    let archive = zip.finish().expect("an archive").into_inner();
    let why = why(Given::new().file("ada.zip", archive));
    assert!(why.contains("expected an archive of at most 32 MiB"), "{why}");
}

#[test]
fn a_list_that_names_one_file_many_times_ends_early() {
    let one = zip(&[("a", b"")]);
    let at = |signature: &[u8]| {
        one.windows(4).position(|four| four == signature).expect("every .zip has it")
    };
    let (list, end) = (at(b"PK\x01\x02"), at(b"PK\x05\x06"));
    let count = 50_001_u16;
    let mut archive = one[..list].to_vec();
    archive.extend(one[list..end].repeat(count.into()));
    let size = u32::try_from(archive.len() - list).expect("it is small").to_le_bytes();
    let mut end = one[end..].to_vec();
    end[8..10].copy_from_slice(&count.to_le_bytes());
    end[10..12].copy_from_slice(&count.to_le_bytes());
    end[12..16].copy_from_slice(&size);
    archive.extend(end);
    let why = why(Given::new().file("ada.zip", archive));
    let expected = "expected semaphore.rs; ada.zip: expected fewer files; the rest was not read";
    assert_eq!(why, expected);
}

#[test]
fn what_system_programs_add_to_an_archive_is_no_answer() {
    let archive = zip(&[
        ("semaphore.rs", b"// text"),
        ("._semaphore.rs", b"\0\x05\x16\x07"),
        ("__MACOSX/._semaphore.rs", b"\0\x05\x16\x07"),
        ("__MACOSX/semaphore.rs", b"no"),
    ]);
    let class = Given::new().file("ada.zip", archive).collect();
    assert_eq!(text(attempt(only(&class), 4)), Ok("// text".to_owned()));
    assert_eq!(only(&class).notes, [""; 0]);
}

#[test]
fn one_archive_holds_those_of_all() {
    let inner = zip(&[(IN_FORK, b"// cy")]);
    let files: [(&str, &[u8]); 3] =
        [("ada/semaphore.rs", b"// ada"), ("ben/x/semaphore.rs", b"// ben"), ("cy.zip", &inner)];
    for (name, content) in [("all.zip", zip(&files)), ("all.tar.gz", tar_gz(&files))] {
        let class = Given::archive(name, content).collect();
        let texts = |text: &str| vec![text.to_owned()];
        let expected = [("ada", texts("// ada")), ("ben", texts("// ben")), ("cy", texts("// cy"))];
        assert_eq!(semaphores(&class), expected);
        assert_eq!(attempt(&class.learners["cy"], 4).found, format!("cy.zip/{IN_FORK}"));
    }
}

#[test]
fn one_archive_of_all_that_breaks_off_is_a_fault() {
    let whole = tar_gz(&[("ada/semaphore.rs", b"// ada"), ("ben/semaphore.rs", b"// ben")]);
    for (name, content) in [("all.tgz", &whole[..whole.len() - 20]), ("all.zip", &whole[..])] {
        let fault = Given::archive(name, content).try_collect().expect_err("it breaks off");
        assert!(fault.0.contains(name), "{fault}");
    }
    let fault = Given::archive("all.rar", "Rar!").try_collect().expect_err("it is not read");
    assert!(
        fault.0.ends_with("all.rar: expected a .zip or .tar.gz archive, found .rar"),
        "{fault}"
    );
}

#[test]
fn a_learner_who_hands_in_a_bomb_leaves_the_others_as_they_are() {
    let bomb = tar_gz(&[("noise", &vec![0; 8 * 1024 * 1024])]);
    let class = Given::archive(
        "all.zip",
        zip(&[("a.tgz", &bomb), ("b.zip", b"not an archive"), ("c/semaphore.rs", b"// c")]),
    )
    .collect();
    let expected =
        [("a", vec!["!".to_owned()]), ("b", vec!["!".to_owned()]), ("c", vec!["// c".to_owned()])];
    assert_eq!(semaphores(&class), expected);
}
