//! The page "Be the scheduler" in Chromium. The attributes that these tests use are listed at the
//! beginning of `theme/scheduler/page.js`.

use browser::Browser;
use guide_tests::{book, site};
use serde_json::Value;
use url::Url;

/// A level, and the interleaving that the page shows for it.
struct Level {
    name: String,
    /// The threads that make a step, one after another.
    way: Vec<String>,
}

fn levels() -> Vec<Level> {
    let page = book::page("scheduler.html".to_owned());
    let css = scraper::Selector::parse("script[data-scheduler-level]").expect("it is a selector");
    let levels: Vec<Level> = page
        .html
        .select(&css)
        .map(|script| {
            let text: String = script.text().collect();
            let level: Value = serde_json::from_str(&text).expect("a level is JSON");
            let program = &level["broken"];
            let choices = program["simplest"]["choices"].as_array().expect("it can be broken");
            let way = choices.iter().map(|thread| {
                let thread = thread.as_u64().expect("a number") as usize;
                text_of(&program["threads"][thread]["name"])
            });
            Level { name: text_of(&level["name"]), way: way.collect() }
        })
        .collect();
    assert!(!levels.is_empty(), "the page has no levels");
    levels
}

fn text_of(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

async fn open(browser: &Browser, site: &Url) {
    browser.open(&site.join("scheduler.html").expect("it is a URL")).await;
    browser.find("[data-scheduler][data-outcome=running]").await;
}

fn tab(level: &Level) -> String {
    format!("nav button[data-level={}]", level.name)
}

fn thread(name: &str) -> String {
    format!("button[data-thread=\"{name}\"]")
}

/// Waits until a level is in such a state.
async fn is(browser: &Browser, level: &Level, state: &str) {
    browser.find(&format!("[data-scheduler][data-level={}]{state}", level.name)).await;
}

#[tokio::test]
async fn every_level_can_be_won_with_its_buttons_and_that_is_remembered() {
    browser::run(async |browser| {
        let site = site::serve().await;
        open(&browser, &site).await;
        for level in levels() {
            browser.click(&tab(&level)).await;
            is(&browser, &level, "[data-steps='0']").await;
            assert_eq!(browser.count(&format!("{}[data-solved]", tab(&level))).await, 0);
            for (at, name) in level.way.iter().enumerate() {
                is(&browser, &level, &format!("[data-outcome=running][data-steps='{at}']")).await;
                browser.click(&thread(name)).await;
            }
            is(&browser, &level, "[data-outcome=broken]").await;
            browser.find(&format!("{}[data-solved]", tab(&level))).await;
        }
        browser.reload().await;
        for level in levels() {
            browser.find(&format!("{}[data-solved]", tab(&level))).await;
        }
        browser.click("button[data-action=forget]").await;
        browser.find("[data-scheduler]:not(:has([data-solved]))").await;
        open(&browser, &site).await;
        assert_eq!(browser.count("[data-solved]").await, 0);
        assert_eq!(browser.logged().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn every_level_can_be_won_with_the_keyboard_alone_and_without_a_server() {
    browser::run(async |browser| {
        open(&browser, &site::folder()).await;
        for level in levels() {
            assert!(can_be_reached_by_tab(&browser, &tab(&level)).await, "{}", level.name);
            browser.type_into(&tab(&level), "\n").await;
            is(&browser, &level, "[data-steps='0']").await;
            for (at, name) in level.way.iter().enumerate() {
                let digits = "return [...document.querySelectorAll('button[data-thread]')]\
                              .map((button) => button.dataset.thread)";
                let order = browser.run(digits).await;
                let digit = order.as_array().expect("a list").iter().position(|it| it == name);
                let digit = digit.expect("there is such a thread") + 1;
                browser.type_into("[data-scheduler]", &digit.to_string()).await;
                is(&browser, &level, &format!("[data-steps='{}']", at + 1)).await;
            }
            is(&browser, &level, "[data-outcome=broken]").await;
            browser.find(&format!("{}[data-solved]", tab(&level))).await;
            browser.type_into("[data-scheduler]", "u").await;
            is(&browser, &level, "[data-outcome=running]").await;
            browser.type_into("[data-scheduler]", "r").await;
            is(&browser, &level, "[data-steps='0']").await;
        }
    })
    .await;
}

async fn can_be_reached_by_tab(browser: &Browser, css: &str) -> bool {
    let script = format!("return document.querySelector({css:?}).tabIndex");
    browser.run(&script).await == 0
}

#[tokio::test]
async fn what_is_shown_goes_to_its_end_and_solves_nothing() {
    browser::run(async |browser| {
        // A second for each step is for readers.
        browser
            .prepare_pages(
                "const setReal = window.setInterval; \
                 window.setInterval = (f, time) => setReal(f, Math.min(time, 5));",
            )
            .await;
        open(&browser, &site::serve().await).await;
        for level in levels() {
            browser.click(&tab(&level)).await;
            is(&browser, &level, "[data-steps='0']").await;
            browser.click("button[data-action=show]").await;
            let end = format!("[data-outcome=broken][data-steps='{}']", level.way.len());
            is(&browser, &level, &end).await;
            assert_eq!(browser.count("[data-solved]").await, 0, "{}", level.name);
            browser.click("[data-verdict] button[data-action=restart]").await;
            is(&browser, &level, "[data-outcome=running][data-steps='0']").await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_mended_program_ends_well() {
    browser::run(async |browser| {
        open(&browser, &site::serve().await).await;
        for level in levels() {
            browser.click(&tab(&level)).await;
            is(&browser, &level, "[data-program=broken]").await;
            browser.click("button[data-action=mended]").await;
            is(&browser, &level, "[data-program=mended][data-steps='0']").await;
            for step in 1.. {
                browser.click("button[data-thread][data-status=ready]").await;
                is(&browser, &level, &format!("[data-steps='{step}']")).await;
                if browser.count("[data-scheduler][data-outcome=running]").await == 0 {
                    break;
                }
                assert!(step < 200, "{} does not end", level.name);
            }
            is(&browser, &level, "[data-outcome=passed]").await;
        }
    })
    .await;
}
