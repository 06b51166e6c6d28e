use super::sync::Mutex;

// ANCHOR: all
struct Stock {
    items: Mutex<Vec<&'static str>>,
}

impl Stock {
    fn add(&self, item: &'static str) {
        let mut items = self.items.lock().unwrap();
        items.push(item);
        self.report();
    }

    fn report(&self) {
        let items = self.items.lock().unwrap();
        println!("{} items", items.len());
    }
}

pub fn model() {
    let stock = Stock { items: Mutex::new(Vec::new()) };
    stock.add("apples");
}
// ANCHOR_END: all
