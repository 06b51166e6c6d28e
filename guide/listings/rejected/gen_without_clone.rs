struct Latest<T>(Option<T>);

impl<T: Clone> Latest<T> {
    fn get(&self) -> Option<T> {
        self.0.clone()
    }
}

struct Ticket;

fn main() {
    let latest = Latest(Some(Ticket));
    let _ticket = latest.get();
}
