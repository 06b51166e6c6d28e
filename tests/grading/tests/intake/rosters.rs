//! Who is in the class.

use crate::archives::zip;
use crate::given::{Given, ids, semaphores};

fn one(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

#[test]
fn everybody_on_the_roster_is_in_the_class() {
    let class = Given::new()
        .file("ada@example.org/semaphore.rs", "// ada")
        .file("BEN KING/semaphore.rs", "// ben")
        .file("s3.zip", zip(&[("semaphore.rs", b"// cy")]))
        .roster(
            "name,email,id\nAda,ada@example.org,s1\nBen King,,s2\nCy,,s3\nDan,dan@example.org,s4\n",
        )
        .collect();
    let expected =
        [("s1", one("// ada")), ("s2", one("// ben")), ("s3", one("// cy")), ("s4", vec![])];
    assert_eq!(semaphores(&class), expected);
    let dan = &class.learners["s4"];
    assert_eq!(dan.name.as_deref(), Some("Dan"));
    assert_eq!(dan.email.as_deref(), Some("dan@example.org"));
    assert!(class.learners.values().all(|learner| learner.notes.is_empty()));
}

#[test]
fn who_is_not_on_the_roster_is_kept_with_a_note() {
    let class =
        Given::new().file("eve/semaphore.rs", "// eve").roster("id,name\ns1,Ada\n").collect();
    assert_eq!(semaphores(&class), [("eve", one("// eve")), ("s1", vec![])]);
    let expected = "eve: expected somebody on the roster; found nobody";
    assert_eq!(class.learners["eve"].notes, [expected]);
}

#[test]
fn a_name_that_two_have_is_nobodys() {
    let class = Given::new()
        .file("Ada/semaphore.rs", "// which?")
        .roster("id,name\ns1,Ada\ns2,Ada\n")
        .collect();
    assert_eq!(semaphores(&class), [("Ada", one("// which?")), ("s1", vec![]), ("s2", vec![])]);
    let expected = "Ada: several learners on the roster are called that";
    assert_eq!(class.learners["Ada"].notes, [expected]);
}

#[test]
fn two_people_of_one_name_are_not_taken_for_one() {
    let class = Given::new()
        .file("Ada Lovelace_11_assignsubmission_file/semaphore.rs", "// one")
        .file("Ada Lovelace_12_assignsubmission_file/semaphore.rs", "// two")
        .roster("id,name\ns1,Ada Lovelace\n")
        .collect();
    assert_eq!(semaphores(&class), [("11", one("// one")), ("12", one("// two")), ("s1", vec![])]);
    assert!(class.learners["11"].notes[0].contains("once on the roster"));
}

#[test]
fn one_learner_has_another_number_in_each_assignment_of_moodle() {
    let class = Given::new()
        .file("Ada Lovelace_11_assignsubmission_file/semaphore.rs", "// semaphore")
        .file("Ada Lovelace_52_assignsubmission_file/retry.rs", "// retry")
        .roster("id,name\ns1,Ada Lovelace\n")
        .collect();
    assert_eq!(ids(&class), ["s1"]);
    assert_eq!(class.learners["s1"].attempts.len(), 2);
}

#[test]
fn moodles_worksheet_names_the_participants() {
    let class = Given::new()
        .file("Ada_11_assignsubmission_file/semaphore.rs", "// one")
        .file("Ada_12_assignsubmission_file/semaphore.rs", "// two")
        .roster("Identifier,Full name,Email address\nParticipant 11,Ada,a@x.y\nParticipant 12,Ada,b@x.y\n")
        .collect();
    let emails: Vec<_> = class.learners.values().map(|learner| learner.email.as_deref()).collect();
    assert_eq!(emails, [Some("a@x.y"), Some("b@x.y")]);
    let texts: Vec<_> = semaphores(&class).into_iter().map(|(_, texts)| texts).collect();
    assert_eq!(texts, [one("// one"), one("// two")]);
}

#[test]
fn canvas_is_matched_by_its_number_or_its_form_of_the_name() {
    let class = Given::new()
        .file("lovelaceada_101_9001_semaphore.rs", "// ada")
        .file("kingben_102_9002_semaphore.rs", "// ben")
        .roster("Student,ID,SIS User ID\n    Points Possible,,\n\"Lovelace, Ada\",101,s1\n\"King, Ben\",7,s2\n")
        .collect();
    assert_eq!(semaphores(&class), [("101", one("// ada")), ("7", one("// ben"))]);
    assert_eq!(class.learners["101"].name.as_deref(), Some("Lovelace, Ada"));
}

#[test]
fn the_roster_may_say_when() {
    let class = Given::new()
        .file("ada/semaphore.rs", "// ada")
        .roster("id,handed_in\nada,2026-11-20T10:11:12Z\n")
        .collect();
    let time = class.learners["ada"].attempts[&4][0].handed_in.expect("a time");
    assert_eq!(time.to_string(), "2026-11-20T10:11:12Z");
}

#[test]
fn a_wrong_roster_is_a_fault() {
    let given = Given::new().file("ada/semaphore.rs", "").roster("id\ns1\nS1\n");
    let fault = given.try_collect().expect_err("two have one id");
    let expected = "roster.csv: expected an id for each learner; found `S1` in lines 2 and 3";
    assert!(fault.0.ends_with(expected), "{fault}");
}

#[test]
fn ids_on_the_roster_are_made_safe() {
    let class = Given::new()
        .file("eve/semaphore.rs", "")
        .roster("id,name\n../../etc,Ada\ncon,Ben\n=1+1,Cy\n")
        .collect();
    for id in class.learners.keys() {
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+@".contains(&byte);
        assert!(id.bytes().all(is_safe) && !id.starts_with('.') && id != "con", "{id}");
    }
}
