use super::sync::RwLock;

// ANCHOR: all
fn add_if_missing(names: &RwLock<Vec<&'static str>>, name: &'static str) {
    let seen = names.read().unwrap();
    if !seen.contains(&name) {
        names.write().unwrap().push(name);
    }
}

pub fn model() {
    let names = RwLock::new(Vec::new());
    add_if_missing(&names, "Ada");
}
// ANCHOR_END: all
