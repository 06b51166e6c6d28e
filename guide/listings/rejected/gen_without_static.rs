use std::thread;

fn run_elsewhere<J: Send>(job: J, work: fn(J)) {
    thread::spawn(move || work(job));
}

fn main() {
    run_elsewhere("a job", |text| println!("{text}"));
}
