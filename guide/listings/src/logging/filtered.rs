// ANCHOR: all
use tracing::{Level, error, error_span, info_span};

fn main() {
    let subscriber = tracing_subscriber::fmt().without_time().with_target(false).with_ansi(false);
    let _listening =
        tracing::subscriber::set_default(subscriber.with_max_level(Level::ERROR).finish());

    info_span!("bake", bread = "rye").in_scope(|| error!("burnt"));
    error_span!("bake", bread = "white").in_scope(|| error!("burnt"));
}
// ANCHOR_END: all
