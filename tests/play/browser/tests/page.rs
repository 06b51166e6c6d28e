//! The page of `just play` in Chromium, as a learner opens it: from a file. The attributes that these
//! tests use are listed at the beginning of the guide's `theme/scheduler/page.js`.

use browser::Browser;
use play_browser_tests::Page;
use schedule::graph::Level;

const PHONE: (u32, u32) = (390, 844);
const LAPTOP: (u32, u32) = (1280, 800);

/// The threads that make a step in the failing interleaving, one after another.
fn way(level: &Level) -> &[usize] {
    &level.broken.simplest.as_ref().expect("it can be broken").choices
}

async fn is(browser: &Browser, level: &Level, state: &str) {
    browser.find(&format!("[data-scheduler][data-level={}]{state}", level.name)).await;
}

async fn press(browser: &Browser, keys: &str) {
    browser.type_into("[data-scheduler]", keys).await;
}

#[tokio::test]
async fn a_lost_wake_up_is_played_to_its_failure_by_keyboard() {
    let page = Page::of_a_lost_wake_up();
    browser::run(async move |browser| {
        let [chosen, recorded] = page.levels else { panic!("not two levels") };
        browser.open(&page.url).await;
        is(&browser, chosen, "[data-outcome=running][data-steps='0']").await;
        for (at, thread) in way(chosen).iter().enumerate() {
            let name = &chosen.broken.threads[*thread].name;
            let digits = "return [...document.querySelectorAll('button[data-thread]')]\
                          .map((button) => button.dataset.thread)";
            let order = browser.run(digits).await;
            let digit = order.as_array().expect("a list").iter().position(|it| it == name);
            press(&browser, &(digit.expect("there is such a thread") + 1).to_string()).await;
            is(&browser, chosen, &format!("[data-steps='{}']", at + 1)).await;
        }
        is(&browser, chosen, "[data-outcome=broken]").await;
        let verdict = browser.text("[data-verdict]").await;
        assert!(verdict.contains("Nobody can go on"), "{verdict}");
        assert!(verdict.contains("just hint"), "{verdict}");
        press(&browser, "u").await;
        is(&browser, chosen, "[data-outcome=running]").await;
        press(&browser, "r").await;
        is(&browser, chosen, "[data-steps='0']").await;

        // What was recorded goes forwards and backwards, and nowhere else.
        browser.type_into(&format!("nav [data-level={}]", recorded.name), "\n").await;
        is(&browser, recorded, "[data-recorded][data-steps='0'][data-outcome=running]").await;
        let right = "\u{e014}";
        let left = "\u{e012}";
        let steps = way(recorded).len();
        for step in 1..=steps {
            press(&browser, right).await;
            is(&browser, recorded, &format!("[data-steps='{step}']")).await;
        }
        is(&browser, recorded, "[data-outcome=broken]").await;
        press(&browser, right).await;
        is(&browser, recorded, &format!("[data-steps='{steps}']")).await;
        for step in (0..steps).rev() {
            press(&browser, left).await;
            is(&browser, recorded, &format!("[data-steps='{step}'][data-outcome=running]")).await;
        }
        let second = way(recorded).iter().find(|thread| **thread != way(recorded)[0]);
        press(&browser, &(second.expect("two threads take part") + 1).to_string()).await;
        is(&browser, recorded, "[data-steps='0']").await;
        assert_eq!(browser.logged().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn the_page_remembers_nothing() {
    let page = Page::of_a_lost_wake_up();
    browser::run(async move |browser| {
        let chosen = &page.levels[0];
        browser.open(&page.url).await;
        for thread in way(chosen) {
            let name = &chosen.broken.threads[*thread].name;
            browser.click(&format!("button[data-thread=\"{name}\"]")).await;
        }
        is(&browser, chosen, "[data-outcome=broken]").await;
        assert_eq!(browser.run("return window.localStorage.length").await, 0);
        browser.reload().await;
        is(&browser, chosen, "[data-steps='0']").await;
        assert_eq!(browser.count("[data-solved]").await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_page_fits_and_can_be_read_light_and_dark() {
    let page = Page::of_a_lost_wake_up();
    browser::run(async move |browser| {
        for (width, height) in [PHONE, LAPTOP] {
            browser.resize(width, height).await;
            for scheme in ["light", "dark"] {
                browser.prefer(scheme).await;
                browser.open(&page.url).await;
                for level in page.levels {
                    browser.click(&format!("nav [data-level={}]", level.name)).await;
                    for thread in way(level) {
                        let name = &level.broken.threads[*thread].name;
                        browser.click(&format!("button[data-thread=\"{name}\"]")).await;
                    }
                    is(&browser, level, "[data-outcome=broken]").await;
                    let at = format!("{} at {width}x{height}, {scheme}", level.name);
                    assert_eq!(browser.wide_elements("main").await, Vec::<String>::new(), "{at}");
                    let complaints = browser.axe("main").await;
                    let serious = complaints.iter().filter(|complaint| complaint.is_serious());
                    let serious: Vec<String> = serious.map(ToString::to_string).collect();
                    assert_eq!(serious, Vec::<String>::new(), "{at}");
                }
            }
        }
    })
    .await;
}
