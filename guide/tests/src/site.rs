//! Serves the built book on this machine.

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower_http::services::ServeDir;
use url::Url;

use crate::book;

/// Serves the book on a free port, until the runtime ends.
pub async fn serve() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
    let address = listener.local_addr().expect("it listens");
    let files = TowerToHyperService::new(ServeDir::new(book::built()));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let connection =
                http1::Builder::new().serve_connection(TokioIo::new(stream), files.clone());
            // The browser may close it at any time.
            tokio::spawn(connection);
        }
    });
    Url::parse(&format!("http://{address}/")).expect("it is a URL")
}

/// The folder of the book, as a browser opens it without a server.
pub fn folder() -> Url {
    Url::from_directory_path(book::built()).expect("it is absolute")
}
