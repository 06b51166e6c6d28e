// ANCHOR: all
use std::sync::OnceLock;

struct Settings {
    language: OnceLock<String>,
}

impl Settings {
    fn language(&self) -> &str {
        self.language.get_or_init(|| "en".to_owned())
    }
}

fn main() {
    let chosen = Settings { language: OnceLock::new() };
    chosen.language.set("de".to_owned()).expect("it is not set yet");
    let default = Settings { language: OnceLock::new() };
    println!("{} {}", chosen.language(), default.language());
    println!("set again: {:?}", chosen.language.set("fr".to_owned()));
}
// ANCHOR_END: all
