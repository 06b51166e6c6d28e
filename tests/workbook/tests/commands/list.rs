use std::fs;

use workbook::commands::list;
use workbook::verdict::Status;

use crate::sandbox::Sandbox;

fn listed(workbook: &Sandbox, width: usize) -> String {
    let text = list::text(workbook.book(), width).expect("it can be read");
    anstream::adapter::strip_str(&text).to_string()
}

#[test]
fn a_stub_is_not_started_and_nothing_is_built() {
    let workbook = Sandbox::new();
    let output = workbook.run(&["list"]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""));
    assert!(!output.stdout.contains('\x1b'), "{}", output.stdout);
    assert_eq!(output.stdout.matches("not started").count(), workbook.book().exercises().len());
    assert!(output.stdout.ends_with("\nnext: just watch exercise-1\n"), "{}", output.stdout);
    assert!(!workbook.root().join("target").exists());
}

#[test]
fn the_table_fits_any_width() {
    let workbook = Sandbox::new();
    workbook.judged("// mine", &["no_wakeup_is_lost", "three_tasks_take_turns"]);
    let wide = listed(&workbook, 100);
    workbook.write("// changed");
    insta::assert_snapshot!([wide, listed(&workbook, 60), listed(&workbook, 40)].join("\n"));
}

#[test]
fn a_row_shows_the_last_verdict_if_it_is_about_this_text() {
    let workbook = Sandbox::new();
    let says = |words: &str, next: &str| {
        let listed = listed(&workbook, 100);
        let row = listed.lines().find(|line| line.contains("exercise-4")).expect("it is listed");
        assert!(row.contains(words), "{words}: {row}");
        let last = listed.lines().last().expect("it says how to go on");
        assert_eq!(last, format!("next: just {next}"), "{words}");
    };
    workbook.write("// mine");
    says("not checked yet", "check exercise-4");
    workbook.judged("// mine", &["no_wakeup_is_lost"]);
    says("80/100     5/6  1 check fails", "check exercise-4");
    workbook.judged("// mine\n// too\n", &[]);
    says("100/100     6/6  done", "watch exercise-1");
    workbook.write("// mine\r\n// too\r\n");
    says("done", "watch exercise-1");
    workbook.write("// other");
    says("not checked since the last change", "check exercise-4");
    workbook.not_judged("// mine", Status::DoesNotCompile, "error");
    says("0/100     0/6  does not compile", "check exercise-4");
    workbook.not_judged("// mine", Status::Refused, "");
    says("0/100     0/6  refused", "check exercise-4");
    fs::remove_file(workbook.answer()).expect("it is there");
    says("the file is missing", "reset exercise-4");
}

#[test]
fn the_last_line_says_when_all_is_done() {
    let workbook = Sandbox::new();
    for exercise in workbook.book().exercises() {
        let answer = workbook.answer_of(exercise);
        fs::write(answer.path(), "// mine").expect("it can be written");
        workbook.judge_of(exercise);
    }
    let listed = listed(&workbook, 100);
    assert_eq!(listed.matches("  done").count(), workbook.book().exercises().len(), "{listed}");
    let last = "all done; a solution beside yours: just compare exercise-1";
    assert_eq!(listed.lines().last(), Some(last));
}

#[test]
fn a_broken_or_old_state_counts_as_none() {
    let workbook = Sandbox::new();
    workbook.judged("// mine", &[]);
    let folder = workbook.root().join("target/interleave/exercise-4");
    let file = folder.join("verdict.json");
    let text = fs::read_to_string(&file).expect("it is kept");
    let half = &text[..text.len() / 2];
    let old = text.replace("no_wakeup_is_lost", "a_check_of_before");
    for broken in ["", "{}", "no JSON at all", half, &old] {
        fs::write(&file, broken).expect("it can be written");
        assert!(listed(&workbook, 100).contains("not checked yet"), "{broken}");
    }
    fs::remove_file(&file).expect("it is there");
    fs::create_dir(&file).expect("it can be made");
    assert!(listed(&workbook, 100).contains("not checked yet"));
    // A new one cannot be written there.
    workbook.judged("// mine", &[]);
    fs::remove_dir_all(&folder).expect("it is there");
    fs::write(&folder, "").expect("it can be written");
    workbook.judged("// mine", &[]);
    assert!(listed(&workbook, 100).contains("not checked yet"));
}
