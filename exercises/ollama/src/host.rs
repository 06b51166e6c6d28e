//! `OLLAMA_HOST`, read as Ollama's own client reads it.

use std::env;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

use crate::Error;

const VARIABLE: &str = "OLLAMA_HOST";
const DEFAULT_PORT: u16 = 11434;
const LOCAL: &str = "127.0.0.1";

/// The base URL for the environment's `OLLAMA_HOST`; the default if it is not set.
pub(crate) fn from_env() -> Result<Url, Error> {
    match env::var_os(VARIABLE) {
        None => parse(""),
        Some(value) => match value.to_str() {
            Some(host) => parse(host),
            None => Err(unusable(&value.to_string_lossy(), "it is not UTF-8")),
        },
    }
}

/// The base URL for a host in any of Ollama's forms.
pub(crate) fn parse(given: &str) -> Result<Url, Error> {
    let host = given.trim().trim_matches(['"', '\'']).trim();
    let (rest, default_port) = match host.split_once("://") {
        // Ollama's own exception: its cloud is reached through https.
        None if host == "ollama.com" => {
            return Err(unusable(given, "it needs https, which this client does not support"));
        }
        None => (host, DEFAULT_PORT),
        Some(("http", rest)) => (rest, 80),
        Some(("https", _)) => {
            return Err(unusable(given, "this client supports only http, not https"));
        }
        Some((scheme, _)) => {
            return Err(unusable(given, &format!("this client supports only http, not {scheme}")));
        }
    };
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (name, port) = match split_port(address) {
        Some((name, port)) => (name, valid_port(port).unwrap_or(default_port)),
        None => (without_brackets(address), default_port),
    };

    let mut url = Url::parse("http://localhost").expect("a constant URL is valid");
    url.set_host(Some(&connectable(name))).map_err(|error| unusable(given, &error.to_string()))?;
    url.set_port(Some(port)).expect("http URLs have ports");
    url.set_path(path);
    Ok(url)
}

/// As Go's `net.SplitHostPort`: `None` if there is no port, or no telling where it begins.
fn split_port(address: &str) -> Option<(&str, &str)> {
    let (name, port) = address.rsplit_once(':')?;
    match name.strip_prefix('[') {
        Some(name) => Some((name.strip_suffix(']')?, port)),
        None if name.contains([':', '[', ']']) => None,
        None => Some((name, port)),
    }
}

fn without_brackets(address: &str) -> &str {
    let inner = address.trim_matches(['[', ']']);
    if inner.parse::<IpAddr>().is_ok() { inner } else { address }
}

/// `None` where Ollama logs a warning and uses its default. As in Go, `+80` is a valid port.
fn valid_port(port: &str) -> Option<u16> {
    port.parse::<i32>().ok()?.try_into().ok()
}

/// The host as it is written in a URL. An unspecified address or an empty name lets a server listen
/// on all addresses; for a client with the same setting it means this machine.
fn connectable(name: &str) -> String {
    let name = match name.parse() {
        Ok(IpAddr::V4(Ipv4Addr::UNSPECIFIED)) => LOCAL,
        Ok(IpAddr::V6(Ipv6Addr::UNSPECIFIED)) => "::1",
        _ if name.is_empty() => LOCAL,
        _ => name,
    };
    // If it is not an IPv6 address, `Url` refuses it.
    if name.contains(':') { format!("[{name}]") } else { name.to_owned() }
}

fn unusable(host: &str, reason: &str) -> Error {
    Error::Host { host: host.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_ollamas_forms_are_accepted() {
        for (host, url) in [
            ("", "http://127.0.0.1:11434/"),
            ("   ", "http://127.0.0.1:11434/"),
            ("1.2.3.4", "http://1.2.3.4:11434/"),
            ("1.2.3.4:1234", "http://1.2.3.4:1234/"),
            ("example.com", "http://example.com:11434/"),
            ("example.com:1234", "http://example.com:1234/"),
            ("example.com:", "http://example.com:11434/"),
            ("localhost/", "http://localhost:11434/"),
            (":1234", "http://127.0.0.1:1234/"),
            (":", "http://127.0.0.1:11434/"),
            (":0", "http://127.0.0.1:0/"),
            // An invalid port means the default port.
            (":66000", "http://127.0.0.1:11434/"),
            (":-1", "http://127.0.0.1:11434/"),
            ("example.com:eleven", "http://example.com:11434/"),
            ("http://example.com:66000", "http://example.com/"),
            ("example.com:+80", "http://example.com/"),
            // IPv6, with and without brackets and port.
            ("::1", "http://[::1]:11434/"),
            ("[::1]", "http://[::1]:11434/"),
            ("[::1]:1337", "http://[::1]:1337/"),
            ("[::1]:66000", "http://[::1]:11434/"),
            ("http://[::1]", "http://[::1]/"),
            ("2001:db8::7", "http://[2001:db8::7]:11434/"),
            // Addresses for a server to listen on, to which not every system lets a client connect.
            ("0.0.0.0", "http://127.0.0.1:11434/"),
            ("0.0.0.0:8080", "http://127.0.0.1:8080/"),
            ("[::]:8080", "http://[::1]:8080/"),
            ("::", "http://[::1]:11434/"),
            // Spaces and quotes that a shell or a service file left behind.
            (" 1.2.3.4 ", "http://1.2.3.4:11434/"),
            ("\"1.2.3.4\"", "http://1.2.3.4:11434/"),
            (" \" 1.2.3.4 \" ", "http://1.2.3.4:11434/"),
            ("'1.2.3.4'", "http://1.2.3.4:11434/"),
            ("''", "http://127.0.0.1:11434/"),
            // With a scheme, the default port is the scheme's. `Url` leaves out port 80.
            ("http://1.2.3.4", "http://1.2.3.4/"),
            ("http://1.2.3.4:4321", "http://1.2.3.4:4321/"),
            ("http://1.2.3.4:11434/", "http://1.2.3.4:11434/"),
            ("http://", "http://127.0.0.1/"),
            ("http://:1234", "http://127.0.0.1:1234/"),
            ("http://example.com/ollama", "http://example.com/ollama"),
            ("example.com:1234/a/b/", "http://example.com:1234/a/b/"),
        ] {
            match parse(host) {
                Ok(parsed) => assert_eq!(parsed.as_str(), url, "{host:?}"),
                Err(error) => panic!("{host:?}: {error}"),
            }
        }
    }

    #[test]
    fn a_host_that_cannot_be_used_is_an_error_with_a_reason() {
        for (host, expected) in [
            ("https://1.2.3.4", "https"),
            ("https://example.com:11434/ollama", "https"),
            ("ollama.com", "https"),
            ("ftp://example.com", "not ftp"),
            ("HTTP://example.com", "not HTTP"),
            ("a:b:c", "IPv6"),
            ("[example.com]", "IPv6"),
            ("exa mple.com", "domain"),
            ("who@example.com", "domain"),
            ("b\u{fc}cher.example", "domain"),
            ("example.com?x", "domain"),
        ] {
            match parse(host) {
                Err(Error::Host { host: named, reason }) => {
                    assert_eq!(named, host);
                    assert!(reason.contains(expected), "{host:?}: {reason}");
                }
                other => panic!("{host:?}: {other:?}"),
            }
        }
    }
}
