//! The page of the grades, without a browser. How it works in one: `just test-report`.

use crate::made::{self, HOSTILE, MadeClass};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

#[test]
fn the_page_is_the_same_each_time() {
    let class = MadeClass::of_every_kind();
    assert_eq!(class.page(), class.page());
}

#[test]
fn the_policy_allows_the_script_and_the_style_of_the_page_and_nothing_else() {
    let page = MadeClass::of_every_kind().page();
    let between = |start: &str, end: &str| {
        let (_, after) = page.split_once(start).expect(start);
        after.split_once(end).expect(end).0
    };
    let policy = between("http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    let hash = |text| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
    let expected = format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; \
         form-action 'none'",
        hash(between("<style>", "</style>")),
        hash(between("<script>", "</script>")),
    );
    assert_eq!(policy.replace("&#39;", "'"), expected);
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("<style").count(), 1);
    assert!(!page.contains("style=\""), "the policy would not allow it");
}

#[test]
fn no_text_of_others_is_taken_for_html_and_all_of_it_is_shown() {
    let page = MadeClass::of_every_kind().page();
    for mark in ["<img", "</textarea>", "-->", "<!--", "\u{202e}", "\u{2028}", "\0", "\x1b"] {
        assert!(HOSTILE.contains(mark));
        assert!(!page.contains(mark), "{mark:?} is in the page");
    }
    assert!(!page.contains("onclick='") && !page.contains("onerror=\""));
    assert!(page.contains("&lt;script&gt;window.hacked=1&lt;/script&gt;"));
    assert!(page.contains("<span class=\"unseen\">U+202E</span>"));
}

#[test]
fn a_text_that_is_not_from_the_page_itself_is_not_a_link() {
    let page = MadeClass::of_every_kind().page();
    for link in page.split("href=\"").skip(1) {
        let link = link.split('"').next().expect("its end");
        let known = ["#", "http://localhost:3000/", "data:image/svg+xml,"];
        assert!(known.iter().any(|start| link.starts_with(start)), "{link}");
    }
}

#[test]
fn the_lines_that_somebody_has_to_look_at_are_shown() {
    let page = MadeClass::of_every_kind().page();
    let line = "include!(&quot;/etc/passwd&quot;);";
    let refused = "<strong>Refused: </strong><code>include!</code> reads another file";
    assert!(page.contains(&format!("{refused}<pre tabindex=\"0\">{line}</pre>")));
    assert!(page.contains(&format!("   1  //! Mine.\n   2  \n   3    {line}\n</pre>")));
}

#[test]
fn a_link_to_the_guide_has_the_heading_of_the_section() {
    let page = MadeClass::of_every_kind().page();
    let link = "semaphore.html#meetings\">Guide: Semaphore, “When two events meet”</a>";
    assert!(page.contains(link));
    assert!(!page.contains("“Meetings”"));
}

#[test]
fn a_very_long_answer_is_cut() {
    let mut class = MadeClass::empty();
    for text in
        ["x\n".repeat(100_000), "y".repeat(200_000), format!("{}\n", "z".repeat(9_000)).repeat(9)]
    {
        let mut grade = made::grade("exercise-1", grading::gradebook::Status::Failed);
        class.copy(&mut grade, &text);
        grade.review = vec![made::finding(1, "look at this")];
        class.learner("id", "Name", vec![grade]);
    }
    let page = class.page();
    assert_eq!(page.matches("It is longer than that.").count(), 3);
    assert!(page.len() < 200_000, "{}", page.len());
}

#[test]
fn a_large_class_is_a_page_of_a_few_megabytes() {
    let page = MadeClass::of(200).page();
    let megabytes = page.len() / 1_000_000;
    assert!((1..8).contains(&megabytes), "{megabytes} MB");
}
