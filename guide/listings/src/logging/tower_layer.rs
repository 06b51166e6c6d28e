use std::convert::Infallible;
use std::task::{Context, Poll};

use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tracing::instrument::{Instrument, Instrumented};
use tracing::{info, info_span};

// ANCHOR: all
/// What makes the middleware: it is given the inner service.
struct InSpan;

impl<S> Layer<S> for InSpan {
    type Service = Spanned<S>;

    fn layer(&self, inner: S) -> Spanned<S> {
        Spanned { inner }
    }
}

/// The middleware: a service around another one.
struct Spanned<S> {
    inner: S,
}

impl<S: Service<&'static str>> Service<&'static str> for Spanned<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Instrumented<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, bread: &'static str) -> Self::Future {
        self.inner.call(bread).instrument(info_span!("bake", bread))
    }
}

async fn bake(bread: &'static str) -> Result<usize, Infallible> {
    info!("into the oven");
    Ok(bread.len())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let subscriber = tracing_subscriber::fmt().without_time().with_target(false).with_ansi(false);
    let _listening = tracing::subscriber::set_default(subscriber.with_level(false).finish());

    let bakery = ServiceBuilder::new().layer(InSpan).service(service_fn(bake));
    let minutes = bakery.oneshot("rye").await;
    info!(?minutes);
}
// ANCHOR_END: all
