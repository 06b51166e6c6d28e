//! Whether a request comes from a web page of another site, through a browser on this machine.
//! Ollama answers those with 403.

use std::net::{IpAddr, SocketAddr};

use hyper::HeaderMap;
use hyper::header::{HOST, HeaderName, ORIGIN};

/// Whether Ollama refuses a request with these headers. A server that listens for other
/// machines checks the `Origin` only.
pub(crate) fn is_foreign(headers: &HeaderMap, listens_on: SocketAddr) -> bool {
    let text = |name: HeaderName| {
        let value = headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        value.unwrap_or_default().to_lowercase()
    };
    let (host, origin) = (text(HOST), text(ORIGIN));
    let refuse_host = listens_on.ip().is_loopback() && !is_local(without_port(&host));
    refuse_host || !is_allowed(&origin, &host)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Whether Ollama takes a host for this machine. It also accepts the machine's own name, which
/// std cannot tell.
fn is_local(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_unspecified(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unspecified(),
        Err(_) => {
            let endings = [".localhost", ".local", ".internal"];
            host.is_empty() || host == "localhost" || endings.iter().any(|end| host.ends_with(end))
        }
    }
}

/// The default of `OLLAMA_ORIGINS`, and the server's own pages.
fn is_allowed(origin: &str, host: &str) -> bool {
    let Some((scheme, rest)) = origin.split_once("://") else { return origin.is_empty() };
    match scheme {
        "http" | "https" => {
            rest == host || ["localhost", "127.0.0.1", "0.0.0.0"].contains(&without_port(rest))
        }
        "app" | "file" | "tauri" | "vscode-webview" | "vscode-file" => true,
        _ => false,
    }
}
