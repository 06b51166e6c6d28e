//! The pages in Chromium: from a server, and from files.

use browser::Browser;
use guide_tests::{book, site};
use serde_json::Value;
use url::Url;

const PHONE: (u32, u32) = (390, 844);
const LAPTOP: (u32, u32) = (1280, 800);
const THEMES: [&str; 5] = ["light", "rust", "coal", "navy", "ayu"];

fn page_names() -> Vec<String> {
    book::pages().into_iter().map(|page| page.name).collect()
}

/// The addresses of all pages.
fn urls(site: &Url) -> Vec<Url> {
    page_names().iter().map(|name| join(site, name)).collect()
}

fn join(site: &Url, name: &str) -> Url {
    site.join(name).expect("it is a URL")
}

/// The first page that has such elements, in the order of the names.
fn page_with(css: &str) -> String {
    let css = scraper::Selector::parse(css).expect("it is a selector");
    let page = book::pages().into_iter().find(|page| page.html.select(&css).next().is_some());
    page.unwrap_or_else(|| panic!("no page has {css:?}")).name
}

/// Fails if there is a complaint, and shows all of them.
fn expect_none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

fn strings(value: Value) -> Vec<String> {
    let texts = value.as_array().unwrap_or_else(|| panic!("not a list: {value}")).iter();
    texts.map(|text| text.as_str().expect("a text").to_owned()).collect()
}

async fn set_theme(browser: &Browser, site: &Url, theme: &str) {
    browser.open(&join(site, "index.html")).await;
    browser.run(&format!("localStorage.setItem('mdbook-theme', '{theme}')")).await;
}

#[tokio::test]
async fn no_page_logs_an_error() {
    browser::run(async |browser| {
        for site in [site::serve().await, site::folder()] {
            for url in urls(&site) {
                browser.open(&url).await;
                let logged = browser.logged().await;
                assert!(logged.is_empty(), "{url}: {logged:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn no_page_is_wider_than_the_window() {
    browser::run(async |browser| {
        let site = site::serve().await;
        let mut complaints = Vec::new();
        for (width, height) in [PHONE, LAPTOP] {
            browser.resize(width, height).await;
            for url in urls(&site) {
                browser.open(&url).await;
                let wide = browser.wide_elements(".content").await.into_iter();
                complaints.extend(wide.map(|wide| format!("{url} at {width} px: {wide}")));
            }
        }
        expect_none(complaints);
    })
    .await;
}

#[tokio::test]
async fn axe_finds_nothing_serious_in_a_light_and_a_dark_theme() {
    browser::run(async |browser| {
        let site = site::serve().await;
        let mut complaints = Vec::new();
        browser.resize(LAPTOP.0, LAPTOP.1).await;
        for theme in ["light", "navy"] {
            set_theme(&browser, &site, theme).await;
            for url in urls(&site) {
                browser.open(&url).await;
                // What is around the text is mdBook's.
                let found = browser.axe("main").await.into_iter();
                let serious = found.filter(|it| it.is_serious() || it.rule == "color-contrast");
                complaints.extend(serious.map(|it| format!("{url} in {theme}: {it}")));
            }
        }
        expect_none(complaints);
    })
    .await;
}

/// axe looks at HTML alone.
#[tokio::test]
async fn drawings_can_be_read_in_every_theme() {
    browser::run(async |browser| {
        let site = site::serve().await;
        let page = join(&site, &page_with("figure.schedule svg"));
        let mut complaints = Vec::new();
        for theme in THEMES {
            set_theme(&browser, &site, theme).await;
            browser.open(&page).await;
            let faint = browser.run(include_str!("faint_texts.js")).await;
            let faint = strings(faint).into_iter();
            complaints.extend(faint.map(|text| format!("{page} in {theme}: {text}")));
        }
        expect_none(complaints);
    })
    .await;
}

/// Opens a page with a question, and makes selectors for it and for its choices.
async fn open_question(browser: &Browser, site: &Url) -> [String; 3] {
    browser.open(&join(site, &page_with(".quiz"))).await;
    let id = browser.run("return document.querySelector('.quiz').id").await;
    let quiz = format!("#{}", id.as_str().expect("it has an id"));
    let wrong = "document.querySelector('.quiz details:not([data-right])').id = 'a-wrong-choice'";
    browser.run(wrong).await;
    browser
        .run("document.querySelector('.quiz details[data-right]').id = 'the-right-choice'")
        .await;
    [quiz, "#a-wrong-choice".to_owned(), "#the-right-choice".to_owned()]
}

async fn marks(browser: &Browser) -> usize {
    browser.count(".quiz-mark, [data-answer]").await
}

#[tokio::test]
async fn the_first_choice_is_marked_remembered_and_forgotten() {
    browser::run(async |browser| {
        for site in [site::serve().await, site::folder()] {
            let [quiz, wrong, right] = open_question(&browser, &site).await;
            assert_eq!(marks(&browser).await, 0);
            assert_eq!(browser.count(&format!("{quiz} details[open]")).await, 0);

            browser.click(&format!("{wrong} > summary")).await;
            browser.find(&format!("{wrong}[open][data-answer=wrong]")).await;
            let mark = format!("{wrong} .quiz-mark");
            assert_eq!(browser.text(&mark).await, "✗ your answer: not right");
            let status = browser.run("return document.querySelector('.quiz-status').textContent");
            assert_eq!(status.await, "Not right.");
            assert_eq!(browser.count("[data-answer]").await, 1);

            // What is opened later is another choice, and not another answer.
            browser.click(&format!("{right} > summary")).await;
            browser.find(&format!("{right}[open][data-answer=right]")).await;
            assert_eq!(browser.text(&format!("{right} .quiz-mark")).await, "✓ this one is right");
            assert!(browser.text(".quiz-score").await.contains("Answered: 1. Right: 0."));

            browser.reload().await;
            browser.find(&format!("{quiz} details[open][data-answer=wrong] .quiz-mark")).await;
            assert_eq!(browser.count(&format!("{quiz} details[open]")).await, 1);

            browser.click(".quiz-score button").await;
            browser.find(&format!("{quiz}:not(:has(.quiz-mark))")).await;
            assert_eq!(browser.count(".quiz details[open]").await, 0);
            browser.reload().await;
            assert_eq!(marks(&browser).await, 0);

            // With the keyboard.
            let [_, _, right] = open_question(&browser, &site).await;
            browser.type_into(&format!("{right} > summary"), "\n").await;
            browser.find(&format!("{right}[open][data-answer=right]")).await;
            assert_eq!(browser.text(&format!("{right} .quiz-mark")).await, "✓ your answer: right");
            assert!(browser.text(".quiz-score").await.contains("Answered: 1. Right: 1."));
            browser.click(".quiz-score button").await;
        }
    })
    .await;
}

#[tokio::test]
async fn questions_work_where_nothing_can_be_stored() {
    browser::run(async |browser| {
        browser
            .prepare_pages(
                "Object.defineProperty(window, 'localStorage', \
                 { get() { throw new Error('nothing can be stored'); } });",
            )
            .await;
        let site = site::serve().await;
        let [_, _, right] = open_question(&browser, &site).await;
        browser.click(&format!("{right} > summary")).await;
        browser.find(&format!("{right}[open][data-answer=right] .quiz-mark")).await;
        browser.click(".quiz-score button").await;
        browser.find(&format!("{right}:not([open])")).await;
        browser.reload().await;
        assert_eq!(marks(&browser).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_search_finds_what_the_guide_explains() {
    browser::run(async |browser| {
        for site in [site::serve().await, site::folder()] {
            browser.open(&join(&site, "index.html")).await;
            browser.click("#mdbook-search-toggle").await;
            browser.type_into("#mdbook-searchbar", "lost wake-up").await;
            let link = "#mdbook-searchresults li a";
            browser.find(link).await;
            let found = browser.text("#mdbook-searchresults").await.to_lowercase();
            assert!(found.contains("lost wake-up"), "{found}");
            let script = "return [...document.querySelectorAll('#mdbook-searchresults a')]\
                          .map((link) => link.pathname.split('/').pop())";
            let pages = strings(browser.run(script).await);
            assert!(pages.iter().any(|page| page == "semaphore.html"), "{pages:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn links_between_pages_work_without_a_server() {
    browser::run(async |browser| {
        browser.open(&join(&site::folder(), "index.html")).await;
        browser.click(".nav-chapters.next, .mobile-nav-chapters.next").await;
        browser.find("main h1#before-you-start").await;
        assert_eq!(browser.url().await.scheme(), "file");
    })
    .await;
}
