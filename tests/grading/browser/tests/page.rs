//! The page of the grades in Chromium, as an instructor opens it: from a file.

use std::fs;

use browser::Browser;
use grading_browser_tests::made::MadeClass;
use serde_json::Value;
use tempfile::TempDir;
use url::Url;

const PHONE: (u32, u32) = (390, 844);
const LAPTOP: (u32, u32) = (1280, 800);

/// A page in a folder of its own.
struct Page {
    _folder: TempDir,
    url: Url,
}

impl Page {
    fn of(class: &MadeClass) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("index.html");
        fs::write(&path, class.page()).expect("a file");
        Self { url: Url::from_file_path(&path).expect("it is absolute"), _folder: folder }
    }
}

/// Opens the page of a class.
async fn open(browser: &Browser, class: &MadeClass) -> Page {
    let page = Page::of(class);
    browser.resize(LAPTOP.0, LAPTOP.1).await;
    browser.open(&page.url).await;
    page
}

/// A class of three, with these points for exercise 1. `None`: there is no grade yet.
fn three(points: [Option<u32>; 3]) -> MadeClass {
    let mut class = MadeClass::of(3);
    for (learner, points) in class.gradebook.learners.iter_mut().zip(points) {
        learner.grades[0].points = points;
        if points.is_none() {
            learner.grades[0].status = grading::gradebook::Status::Refused;
        }
    }
    for (learner, name) in class.gradebook.learners.iter_mut().zip(["Cy", "Ada", "Bob"]) {
        learner.name = Some(name.to_owned());
    }
    class
}

fn strings(value: Value) -> Vec<String> {
    let texts = value.as_array().unwrap_or_else(|| panic!("not a list: {value}")).iter();
    texts.map(|text| text.as_str().expect("a text").to_owned()).collect()
}

/// The names in the rows that are shown, in their order.
async fn rows(browser: &Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('.class tbody tr:not([hidden])')]\
                  .map((row) => row.querySelector('.named bdi').textContent)";
    strings(browser.run(script).await)
}

/// The text of the whole page as somebody sees it when everything is open.
async fn all_that_is_seen(browser: &Browser) -> String {
    browser.run("document.querySelectorAll('details').forEach((it) => { it.open = true; })").await;
    let text = browser.run("return document.body.innerText").await;
    text.as_str().expect("a text").to_owned()
}

/// Chooses a value in a list of the form.
async fn choose(browser: &Browser, list: &str, value: &str) {
    let script = format!(
        "const list = document.querySelector('{list}'); list.value = '{value}';\
         list.dispatchEvent(new Event('input', {{ bubbles: true }}));"
    );
    browser.run(&script).await;
}

async fn sort_by(browser: &Browser, column: usize) {
    browser.type_into(&format!(".class thead th:nth-child({column}) button"), "\n").await;
}

#[tokio::test]
async fn nothing_is_logged_and_nothing_is_asked_for() {
    browser::run(async |browser| {
        let page = open(&browser, &MadeClass::of_every_kind()).await;
        all_that_is_seen(&browser).await;
        let asked = "return performance.getEntriesByType('resource').map(({ name }) => name)";
        let asked = strings(browser.run(asked).await);
        assert!(asked.iter().all(|name| name.starts_with("data:")), "{asked:?}");
        assert_eq!(browser.logged().await, [""; 0]);
        assert_eq!(browser.url().await, page.url);
    })
    .await;
}

#[tokio::test]
async fn hostile_texts_are_shown_and_do_nothing() {
    browser::run(async |browser| {
        let _page = open(&browser, &MadeClass::of_every_kind()).await;
        let seen = all_that_is_seen(&browser).await;
        assert!(seen.contains("<script>window.hacked=1</script></script></style></textarea>'\""));
        assert!(seen.contains("{{x}}]]>&lt;U+202EU+2028U+0000U+001B]0;xU+0007"), "{seen}");
        assert_eq!(browser.run("return window.hacked ?? null").await, Value::Null);
        let elements = "return document.querySelectorAll('img, textarea, iframe, [onclick], \
                        [onerror]').length + document.scripts.length";
        assert_eq!(browser.run(elements).await, 1, "the page has one script");
    })
    .await;
}

#[tokio::test]
async fn the_class_is_sorted_with_the_keyboard() {
    browser::run(async |browser| {
        let _page = open(&browser, &three([Some(70), None, Some(100)])).await;
        assert_eq!(rows(&browser).await, ["Ada", "Bob", "Cy"]);
        sort_by(&browser, 1).await;
        assert_eq!(rows(&browser).await, ["Cy", "Bob", "Ada"]);
        // Who has no grade is last either way.
        sort_by(&browser, 2).await;
        assert_eq!(rows(&browser).await, ["Cy", "Bob", "Ada"]);
        sort_by(&browser, 2).await;
        assert_eq!(rows(&browser).await, ["Bob", "Cy", "Ada"]);
        let sorted = "return [...document.querySelectorAll('.class thead th')]\
                      .map((head) => head.ariaSort)";
        let sorted = strings(browser.run(sorted).await);
        assert_eq!(sorted, ["none", "descending", "none", "none", "none", "none"]);
    })
    .await;
}

#[tokio::test]
async fn the_class_is_filtered() {
    browser::run(async |browser| {
        let mut class = three([Some(70), None, Some(100)]);
        class.gradebook.learners[2].grades[3].late = true;
        let _page = open(&browser, &class).await;
        browser.type_into("#find", "cY").await;
        assert_eq!(rows(&browser).await, ["Cy"]);
        assert_eq!(browser.text("#shown").await, "1 of 3 learners");
        browser.type_into("#find", "\u{e003}\u{e003}S0001").await;
        assert_eq!(rows(&browser).await, ["Ada"], "by the id");
        browser.type_into("#find", &"\u{e003}".repeat(5)).await;
        assert_eq!(browser.text("#shown").await, "3 of 3 learners");

        choose(&browser, "#of-status", "refused").await;
        assert_eq!(rows(&browser).await, ["Ada"]);
        choose(&browser, "#of-exercise", "2").await;
        assert_eq!(rows(&browser).await, [""; 0], "in another exercise");
        choose(&browser, "#of-exercise", "").await;
        choose(&browser, "#of-status", "").await;
        browser.type_into("#only-late", " ").await;
        assert_eq!(rows(&browser).await, ["Bob"]);
    })
    .await;
}

#[tokio::test]
async fn where_names_are_hidden_nobody_can_be_recognised() {
    browser::run(async |browser| {
        let mut class = MadeClass::of_every_kind();
        let ada = &mut class.gradebook.learners[0];
        ada.notes = vec!["lovelace.zip has other files".to_owned()];
        let path = class.gradebook.folder.join(ada.grades[3].verdict.as_ref().expect("judged"));
        let text = fs::read_to_string(&path).expect("a file");
        let text = text.replace("let mut", "let mut Ada_Lovelace_S100_mut");
        assert!(text.contains("Lovelace"), "the answer says whose it is");
        fs::write(&path, text).expect("a file");

        let page = open(&browser, &class).await;
        let names = ["lovelace", "s100", "barbara", "liskov", "dana", "example.org"];
        let seen = all_that_is_seen(&browser).await.to_lowercase();
        for name in names {
            assert!(seen.contains(name), "{name} is in the page");
        }
        for reloaded in [false, true] {
            match reloaded {
                false => browser.click("#hide-names").await,
                true => browser.reload().await,
            }
            browser.find(".no-names #hide-names[aria-pressed=true]").await;
            let seen = all_that_is_seen(&browser).await.to_lowercase();
            for name in names {
                assert!(!seen.contains(name), "{name} is seen");
            }
            assert!(seen.contains("learner 5") && seen.contains("mut •••_•••_•••_mut"), "{seen}");
            let order = "return [...document.querySelectorAll('.class tbody tr, .learner')]\
                         .map((row) => row.querySelector('.label').textContent)";
            let order = strings(browser.run(order).await);
            let one_to_five: Vec<String> = (1..=5).map(|at| format!("Learner {at}")).collect();
            assert_eq!(order, [one_to_five.clone(), one_to_five].concat());
            let links = "return [...document.links].map((link) => link.href).join(' ')\
                         + document.title + [...document.querySelectorAll('[title], [aria-label]')]\
                         .map((it) => it.title + it.ariaLabel)";
            let links = browser.run(links).await.to_string().to_lowercase();
            let folder = page.url.as_str().to_lowercase();
            let links = links.replace(&folder, "");
            for name in names {
                assert!(!links.contains(name), "{name} is in a link or a label");
            }
        }
        browser.type_into("#find", "learner 3").await;
        assert_eq!(browser.text("#shown").await, "1 of 5 learners");
        browser.click("#hide-names").await;
        browser.find("html:not(.no-names)").await;
        assert_eq!(browser.text("#shown").await, "5 of 5 learners");
        let order =
            "return [...document.querySelectorAll('.learner .id')].map((it) => it.innerText)";
        assert_eq!(strings(browser.run(order).await)[..4], ["s100", "s101", "s102", "s103"]);
    })
    .await;
}

#[tokio::test]
async fn a_link_opens_the_verdict() {
    browser::run(async |browser| {
        let page = open(&browser, &MadeClass::of_every_kind()).await;
        browser.click(".class tbody tr:nth-child(1) td:nth-of-type(4) a").await;
        let url = browser.url().await;
        let target = format!("#{}", url.fragment().expect("a link to the verdict"));
        browser.find(&format!("details[open] {target}:target .schedule")).await;
        assert!(
            browser.text(&target).await.contains("98 of 100 points")
                || browser.text(&target).await.contains("90 of 100 points")
        );

        // The address alone, as somebody else would open it.
        browser.open(&Url::parse("about:blank").expect("a URL")).await;
        browser.open(&url).await;
        browser.find(&format!("details[open] {target}")).await;
        drop(page);
    })
    .await;
}

#[tokio::test]
async fn without_scripts_everything_can_be_read() {
    browser::run(async |browser| {
        browser.disable_scripts().await;
        let _page = open(&browser, &MadeClass::of_every_kind()).await;
        assert!(browser.text(".class tbody").await.contains("Ada Lovelace"));
        browser.type_into(".learner:nth-of-type(1) > summary", "\n").await;
        let learner = browser.text(".learner:nth-of-type(1)").await;
        assert!(
            learner.contains("4 semaphore") && learner.contains("it was not woken"),
            "{learner}"
        );
        assert_eq!(browser.count("form.filters:not([hidden])").await, 1);
        assert_eq!(browser.text(".filters").await, "", "what does not work is not seen");
    })
    .await;
}

#[tokio::test]
async fn axe_finds_nothing() {
    browser::run(async |browser| {
        let page = open(&browser, &MadeClass::of_every_kind()).await;
        let mut complaints = Vec::new();
        for scheme in ["light", "dark"] {
            browser.prefer(scheme).await;
            for (width, height) in [LAPTOP, PHONE] {
                browser.resize(width, height).await;
                browser.open(&page.url).await;
                all_that_is_seen(&browser).await;
                let found = browser.axe("html").await;
                complaints.extend(found.iter().map(|it| format!("{scheme}, {width} px: {it}")));
            }
        }
        assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
    })
    .await;
}

#[tokio::test]
async fn the_page_is_not_wider_than_the_window() {
    browser::run(async |browser| {
        let page = open(&browser, &MadeClass::of_every_kind()).await;
        for (width, height) in [PHONE, LAPTOP] {
            browser.resize(width, height).await;
            browser.open(&page.url).await;
            all_that_is_seen(&browser).await;
            let wide = browser.wide_elements("body").await;
            assert!(wide.is_empty(), "at {width} px:\n{}", wide.join("\n"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_large_class_is_drawn_only_where_it_is_open() {
    browser::run(async |browser| {
        let _page = open(&browser, &MadeClass::of(200)).await;
        assert_eq!(browser.text("#shown").await, "200 of 200 learners");
        let elements = browser.run("return document.querySelectorAll('*').length").await;
        assert!(elements.as_u64().expect("a number") < 200_000, "{elements} elements");
        let drawn = "return [...document.querySelectorAll('.learner figure')]\
                     .filter((it) => it.checkVisibility({ contentVisibilityAuto: true })).length";
        assert_eq!(browser.run(drawn).await, 0);
        sort_by(&browser, 6).await;
        browser.type_into("#find", "s0199").await;
        assert_eq!(rows(&browser).await, ["First199 Last199"]);
    })
    .await;
}
