// ANCHOR: all
trait Backend {
    fn answer(&self, prompt: &str) -> String;
}

struct Fake {
    answer: String,
}

impl Backend for Fake {
    fn answer(&self, _prompt: &str) -> String {
        self.answer.clone()
    }
}

fn ask(backend: &impl Backend, prompt: &str) {
    println!("{prompt} {}", backend.answer(prompt));
}

fn main() {
    let answer = "Rayleigh scattering.".to_owned();
    ask(&Fake { answer }, "Why is the sky blue?");
}
// ANCHOR_END: all
