//! A headless Chromium for tests of pages, driven by chromedriver.

#![warn(missing_docs)]

use std::fmt::{self, Debug};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use url::Url;

/// Longer than anything takes on a busy machine. Whatever takes this long has failed.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// A window of the browser.
#[derive(Clone, Debug)]
pub struct Browser {
    client: Client,
}

/// Runs a test in a browser of its own, with nothing stored, and closes that, also if the test
/// fails.
///
/// # Panics
///
/// If there is no Chromium, and if the test does.
pub async fn run<F: Future<Output = ()> + Send + 'static>(test: impl FnOnce(Browser) -> F) {
    let (mut driver, port) = start_driver().await;
    let arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"];
    let capabilities = json!({
        "goog:chromeOptions": { "args": arguments },
        "goog:loggingPrefs": { "browser": "ALL" },
    });
    let Value::Object(capabilities) = capabilities else { unreachable!("it is an object") };
    let mut builder = ClientBuilder::new(HttpConnector::new());
    let driver_address = format!("http://127.0.0.1:{port}");
    let client = builder.capabilities(capabilities).connect(&driver_address).await;
    let client = client.unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
    let result = tokio::spawn(test(Browser { client: client.clone() })).await;
    client.close().await.expect("the browser can be closed");
    driver.kill().await.expect("chromedriver can be ended");
    if let Err(failed) = result {
        std::panic::resume_unwind(failed.into_panic());
    }
}

/// Starts chromedriver on a port that it chooses and prints.
async fn start_driver() -> (Child, u16) {
    let mut command = Command::new("chromedriver");
    command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut driver = command.spawn().unwrap_or_else(|error| {
        panic!("chromedriver: {error}; on Debian: apt install chromium chromium-driver")
    });
    let mut lines = BufReader::new(driver.stdout.take().expect("it was asked for")).lines();
    while let Some(line) = lines.next_line().await.expect("it prints text") {
        let port = line
            .rsplit_once("on port ")
            .and_then(|(_, port)| port.trim_end_matches('.').parse().ok());
        if let Some(port) = port.filter(|_| line.contains("started successfully")) {
            // It writes on, and would be blocked by a full pipe.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return (driver, port);
        }
    }
    panic!("chromedriver does not start");
}

impl Browser {
    /// Opens a page, and waits until it is loaded.
    pub async fn open(&self, url: &Url) {
        self.client.goto(url.as_str()).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        self.wait_until_loaded().await;
    }

    /// Loads the page once more.
    pub async fn reload(&self) {
        self.client.refresh().await.expect("the page can be loaded again");
        self.wait_until_loaded().await;
    }

    /// On a busy machine, chromedriver goes on while the new page is still being parsed.
    async fn wait_until_loaded(&self) {
        tokio::time::timeout(TIME_LIMIT, async {
            while self.run("return document.readyState").await != "complete" {}
        })
        .await
        .unwrap_or_else(|_| panic!("a page is not loaded after {TIME_LIMIT:?}"));
    }

    /// Where the browser is.
    pub async fn url(&self) -> Url {
        self.client.current_url().await.expect("it is somewhere")
    }

    /// Waits for an element.
    pub async fn find(&self, css: &str) -> Element {
        let found = self.client.wait().at_most(TIME_LIMIT).for_element(Locator::Css(css)).await;
        found.unwrap_or_else(|error| panic!("there is no {css}: {error}"))
    }

    /// How many elements there are.
    pub async fn count(&self, css: &str) -> usize {
        self.client.find_all(Locator::Css(css)).await.expect("it is a selector").len()
    }

    /// Scrolls to an element and clicks on it.
    pub async fn click(&self, css: &str) {
        let element = self.find(css).await;
        // The driver scrolls just as far as is needed, which may be below the bar at the top, and
        // that bar follows a moment later.
        let arguments = vec![serde_json::to_value(&element).expect("it has an id")];
        let script = include_str!("bring_into_view.js");
        let shown = self.client.execute_async(script, arguments).await;
        shown.unwrap_or_else(|error| panic!("{css} is covered: {error}"));
        element.click().await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Types into an element.
    pub async fn type_into(&self, css: &str, keys: &str) {
        let element = self.find(css).await;
        element.send_keys(keys).await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// The text of an element as it is shown.
    pub async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// What the body of a function returns.
    pub async fn run(&self, script: &str) -> Value {
        let result = self.client.execute(script, Vec::new()).await;
        result.unwrap_or_else(|error| panic!("{script:.200}: {error}"))
    }

    /// What the body of a function passes to its last argument.
    pub async fn run_async(&self, script: &str) -> Value {
        let result = self.client.execute_async(script, Vec::new()).await;
        result.unwrap_or_else(|error| panic!("{script:.200}: {error}"))
    }

    /// Gives the page this much room.
    pub async fn resize(&self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Tells pages which colours somebody likes best: `light` or `dark`.
    pub async fn prefer(&self, scheme: &str) {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": [feature] })).await;
    }

    /// Runs no scripts of pages that are opened from now on.
    pub async fn disable_scripts(&self) {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// The elements in a part of the page that reach beyond the window, where nothing scrolls.
    pub async fn wide_elements(&self, part: &str) -> Vec<String> {
        let found = self.client.execute(include_str!("wide_elements.js"), vec![part.into()]).await;
        let found = found.unwrap_or_else(|error| panic!("{part}: {error}"));
        serde_json::from_value(found).expect("texts")
    }

    /// What axe has to say about a part of the page: what keeps somebody from reading it.
    pub async fn axe(&self, part: &str) -> Vec<Complaint> {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
        let path = target.join("axe/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(&path);
        let axe = axe.unwrap_or_else(|error| panic!("{}: {error}: just _axe", path.display()));
        self.run(&axe).await;
        let script = include_str!("axe.js");
        let found = self.client.execute_async(script, vec![part.into()]).await;
        let found = found.unwrap_or_else(|error| panic!("axe: {error}"));
        serde_json::from_value(found).expect("complaints")
    }

    /// Runs a script in each page that is opened from now on, before those of the page.
    pub async fn prepare_pages(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    async fn devtools(&self, command: &str, parameters: Value) {
        let body = json!({ "cmd": command, "params": parameters });
        self.command("goog/cdp/execute", body).await;
    }

    /// The errors and warnings that pages have logged since the last call.
    pub async fn logged(&self) -> Vec<String> {
        let entries = self.command("se/log", json!({ "type": "browser" })).await;
        let entries = entries.as_array().expect("a list").iter();
        let bad =
            entries.filter(|entry| matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING")));
        bad.map(|entry| entry["message"].as_str().expect("a message").to_owned()).collect()
    }

    async fn command(&self, path: &'static str, body: Value) -> Value {
        let result = self.client.issue_cmd(Extension { path, body }).await;
        result.unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

/// Something that keeps somebody from reading a page.
#[derive(Clone, Debug, Deserialize)]
pub struct Complaint {
    /// The rule that does not hold: `color-contrast`.
    pub rule: String,
    /// `minor`, `moderate`, `serious` or `critical`.
    pub impact: String,
    /// The beginning of the element's HTML.
    pub element: String,
    /// What is wrong with it.
    pub why: String,
}

impl Complaint {
    /// Whether it keeps somebody from using the page.
    pub fn is_serious(&self) -> bool {
        matches!(&*self.impact, "serious" | "critical")
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, element, why, .. } = self;
        write!(f, "{rule}: {element}: {why}")
    }
}

/// A command that chromedriver has besides those of the standard.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
