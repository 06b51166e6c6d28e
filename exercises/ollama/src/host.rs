//! Where Ollama is: `OLLAMA_HOST`, read as Ollama's own client reads it.

use std::env;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

use crate::Error;

const VARIABLE: &str = "OLLAMA_HOST";
const DEFAULT_PORT: u16 = 11434;
const LOCAL: &str = "127.0.0.1";

/// What `OLLAMA_HOST` says; the default if it is absent.
pub(crate) fn from_env() -> Result<Url, Error> {
    match env::var_os(VARIABLE) {
        None => parse(""),
        Some(value) => match value.to_str() {
            Some(host) => parse(host),
            None => Err(unusable(&value.to_string_lossy(), "it is not UTF-8")),
        },
    }
}

/// The base URL that a host in any of Ollama's forms stands for.
pub(crate) fn parse(given: &str) -> Result<Url, Error> {
    let host = given.trim().trim_matches(['"', '\'']).trim();
    let (rest, default_port) = match host.split_once("://") {
        // Ollama makes one exception: its own cloud, which is not to be had without TLS.
        None if host == "ollama.com" => {
            return Err(unusable(given, "it needs https, which this client lacks"));
        }
        None => (host, DEFAULT_PORT),
        Some(("http", rest)) => (rest, 80),
        Some(("https", _)) => {
            return Err(unusable(given, "this client speaks http only, and not https"));
        }
        Some((scheme, _)) => {
            return Err(unusable(given, &format!("this client speaks http, and not {scheme}")));
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

/// As Go's `net.SplitHostPort`: `None` if there is no port, or if it is unclear where it begins.
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

/// `None` where Ollama warns and takes its default. Signed, as there: `+80` is a port.
fn valid_port(port: &str) -> Option<u16> {
    port.parse::<i32>().ok()?.try_into().ok()
}

/// The host as a URL has it. A server listens on "any" address, by its number or by no name at all;
/// a client that is given the same setting means this machine.
fn connectable(name: &str) -> String {
    let name = match name.parse() {
        Ok(IpAddr::V4(Ipv4Addr::UNSPECIFIED)) => LOCAL,
        Ok(IpAddr::V6(Ipv6Addr::UNSPECIFIED)) => "::1",
        _ if name.is_empty() => LOCAL,
        _ => name,
    };
    // What has a colon and is no IPv6 address is refused by `Url`, brackets and all.
    if name.contains(':') { format!("[{name}]") } else { name.to_owned() }
}

fn unusable(host: &str, reason: &str) -> Error {
    Error::Host { host: host.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_ollama_takes() {
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
            // Anything but a port is the default port.
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
            // What a server may be told, and a client cannot connect to everywhere.
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
            // With a scheme the port is the scheme's. `Url` does not write down port 80.
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
    fn what_cannot_be_used_says_why() {
        for (host, says) in [
            ("https://1.2.3.4", "https"),
            ("https://example.com:11434/ollama", "https"),
            ("ollama.com", "https"),
            ("ftp://example.com", "not ftp"),
            ("HTTP://example.com", "not HTTP"),
            ("a:b:c", "IPv6"),
            ("[example.com]", "IPv6"),
            ("exa mple.com", "domain"),
            ("who@example.com", "domain"),
            ("example.com?x", "domain"),
        ] {
            match parse(host) {
                Err(Error::Host { host: named, reason }) => {
                    assert_eq!(named, host);
                    assert!(reason.contains(says), "{host:?}: {reason}");
                }
                other => panic!("{host:?}: {other:?}"),
            }
        }
    }
}
