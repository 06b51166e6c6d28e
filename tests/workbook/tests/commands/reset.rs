use std::fs;

use crate::sandbox::Sandbox;

const FILE: &str = "exercises/4-semaphore/src/semaphore.rs";

fn stub(workbook: &Sandbox) -> String {
    fs::read_to_string(workbook.semaphore().exercise.stub()).expect("it is there")
}

#[test]
fn the_stub_comes_back_and_the_learners_file_stays_beside_it() {
    let workbook = Sandbox::new();
    workbook.write("// mine");
    let output = workbook.run(&["reset", "exercise-4"]);
    let words = format!("{FILE} is the stub again\nyour file is kept as {FILE}.1\n");
    assert_eq!((output.code, output.stdout, output.stderr.as_str()), (Some(0), words, ""));
    assert_eq!(workbook.read(), stub(&workbook));
    assert_eq!(workbook.beside(), ["semaphore.rs.1"]);
    assert_eq!(
        fs::read_to_string(workbook.root().join(FILE.to_owned() + ".1")).unwrap(),
        "// mine"
    );
}

#[test]
fn a_stub_is_not_changed() {
    let workbook = Sandbox::new();
    // An editor on Windows may have saved it like this.
    let text = stub(&workbook).replace('\n', "\r\n");
    workbook.write(&text);
    let output = workbook.run(&["reset", "4"]);
    let words = format!("{FILE} is already the stub: there is nothing to reset\n");
    assert_eq!((output.code, output.stdout), (Some(0), words));
    assert_eq!((workbook.read(), workbook.beside()), (text, vec![]));
}

#[test]
fn no_copy_is_ever_overwritten_and_none_is_made_twice() {
    let workbook = Sandbox::new();
    let kept = |number| fs::read(workbook.root().join(format!("{FILE}.{number}"))).unwrap();
    fs::create_dir(workbook.root().join(format!("{FILE}.2"))).expect("it can be made");
    for text in [&b"// one"[..], b"// two", b"\xff no text", b"// one"] {
        fs::write(workbook.answer(), text).expect("it can be written");
        assert_eq!(workbook.run(&["reset", "4"]).code, Some(0));
    }
    assert_eq!(workbook.beside(), ["1", "2", "3", "4"].map(|n| format!("semaphore.rs.{n}")));
    assert_eq!([kept(1), kept(3), kept(4)], [&b"// one"[..], b"// two", b"\xff no text"]);
}

#[test]
fn a_missing_file_comes_back() {
    let workbook = Sandbox::new();
    fs::remove_dir_all(workbook.answer().parent().unwrap()).expect("it is there");
    let output = workbook.run(&["reset", "4"]);
    assert_eq!((output.code, output.stdout), (Some(0), format!("{FILE} is the stub again\n")));
    assert_eq!((workbook.read(), workbook.beside()), (stub(&workbook), vec![]));
}

#[test]
fn a_reset_closes_the_hints() {
    let workbook = Sandbox::new();
    let first = workbook.run(&["hint", "4"]).stdout;
    assert_ne!(workbook.run(&["hint", "4"]).stdout, first);
    workbook.write("// mine");
    assert_eq!(workbook.run(&["reset", "4"]).code, Some(0));
    assert_eq!(workbook.run(&["hint", "4"]).stdout, first);
}

#[cfg(unix)]
#[test]
fn a_reset_keeps_the_permissions_of_the_file() {
    use std::os::unix::fs::PermissionsExt;

    let workbook = Sandbox::new();
    let mode = |file: &str| {
        let file = workbook.answer().with_file_name(file);
        file.metadata().expect("it is there").permissions().mode() & 0o777
    };
    let before = mode("semaphore.rs");
    workbook.write("// mine");
    assert_eq!(workbook.run(&["reset", "4"]).code, Some(0));
    assert_eq!((mode("semaphore.rs"), mode("semaphore.rs.1")), (before, before));
}
