trait Generate {
    fn generate(&self, prompt: &str) -> impl Future<Output = String> + Send;
}

fn ask(_backend: &dyn Generate) {}

fn main() {}
