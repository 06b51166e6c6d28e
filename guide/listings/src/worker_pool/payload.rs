use std::any::Any;
use std::panic::{catch_unwind, set_hook};

// ANCHOR: all
fn main() {
    set_hook(Box::new(|_| {})); // Panics print nothing.
    let weather = "rain";
    type Payload = Box<dyn Any + Send>;
    let literal: Payload = catch_unwind(|| panic!("rain")).unwrap_err();
    let formatted: Payload = catch_unwind(|| panic!("{weather}!")).unwrap_err();

    println!("the payload of   as a &str         as a String");
    let rows = [("panic!(\"rain\")", literal), ("panic!(\"{…}!\")", formatted)];
    for (name, payload) in rows {
        let text = payload.downcast_ref::<&str>();
        let string = payload.downcast_ref::<String>();
        println!("{name:16} {:16}  {string:?}", format!("{text:?}"));

        // `&payload` is a reference to the box, and a box is a value of its own.
        let the_box: &dyn Any = &payload;
        assert!(!the_box.is::<&str>() && !the_box.is::<String>());
    }
}
// ANCHOR_END: all
