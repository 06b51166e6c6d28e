//! The client: one method for each route.

use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Url};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{
    ChatRequest, ChatResponse, Error, Generate, GenerateRequest, GenerateResponse, GenerateStream,
    GenerateStreaming, Model, host, reply,
};

/// A client of one Ollama server.
///
/// It keeps its connections open for later requests, so create one client and share it: a clone is
/// cheap and uses the same connections.
///
/// It sets no time limit, does not retry, follows no redirects and uses no proxy: each request is
/// sent at most once. Its futures can be dropped at any time. If the reply is not complete, that
/// closes the connection, and Ollama stops working on the request.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    /// The URL without a slash at its end.
    base: String,
}

/// A request's body. It always contains `stream`, because Ollama streams by default.
#[derive(Serialize)]
struct Body<'a, T> {
    #[serde(flatten)]
    request: &'a T,
    stream: bool,
}

#[derive(Deserialize)]
struct VersionReply {
    version: String,
}

#[derive(Deserialize)]
struct TagsReply {
    models: Vec<Model>,
}

impl Client {
    /// Creates a client of the server at `host`, in any form that `OLLAMA_HOST` may have:
    /// `gpu.local`, `:8080`, `[::1]:11434`, `http://gpu.local/ollama`, or empty for the default.
    /// Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`Error::Host`] if the client cannot connect to such a host: one with https, one that is not
    /// ASCII, or one that is not valid. An invalid port is no error: as with Ollama, it means the
    /// default port.
    pub fn new(host: &str) -> Result<Self, Error> {
        Self::at(&host::parse(host)?)
    }

    /// Creates a client of the server in the environment variable `OLLAMA_HOST`; by default that is
    /// this machine, at port 11434.
    ///
    /// # Errors
    ///
    /// As for [`new`](Client::new).
    pub fn from_env() -> Result<Self, Error> {
        Self::at(&host::from_env()?)
    }

    fn at(url: &Url) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            // Ollama is on this machine or near it, where a proxy from the environment may not be
            // able to connect to.
            .no_proxy()
            // A POST that follows a redirect becomes a GET, so the status is the better error.
            .redirect(Policy::none())
            .build()
            .map_err(|error| Error::Other(error.into()))?;
        Ok(Self { http, base: url.as_str().trim_end_matches('/').to_owned() })
    }

    /// The server's base URL, such as `http://127.0.0.1:11434`.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// Sends a prompt, and returns when the whole answer has been generated.
    ///
    /// # Errors
    ///
    /// Any but [`Error::Host`]. [`Error::Unfinished`] if the reply is not marked as `done`.
    pub async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, Error> {
        let reply: GenerateResponse = self.ask(self.post("/api/generate", request, false)).await?;
        if reply.done { Ok(reply) } else { Err(Error::Unfinished) }
    }

    /// Sends a prompt, and returns a stream of the parts of the answer as soon as the first part
    /// has been generated.
    ///
    /// # Errors
    ///
    /// Errors that come before the first part. Later ones are items of the stream.
    pub async fn generate_stream(
        &self,
        request: &GenerateRequest,
    ) -> Result<GenerateStream, Error> {
        let response =
            self.post("/api/generate", request, true).send().await.map_err(Error::sending)?;
        Ok(GenerateStream::new(reply::successful(response).await?.into()))
    }

    /// Sends a conversation, and returns when the whole answer to its last message has been
    /// generated.
    ///
    /// # Errors
    ///
    /// As for [`generate`](Client::generate).
    pub async fn chat(&self, request: &ChatRequest) -> Result<ChatResponse, Error> {
        let reply: ChatResponse = self.ask(self.post("/api/chat", request, false)).await?;
        if reply.done { Ok(reply) } else { Err(Error::Unfinished) }
    }

    /// Returns the server's version.
    ///
    /// # Errors
    ///
    /// Any but [`Error::Host`]. [`Error::BadJson`] if the server is not Ollama.
    pub async fn version(&self) -> Result<String, Error> {
        let reply: VersionReply = self.ask(self.get("/api/version")).await?;
        Ok(reply.version)
    }

    /// Returns the models that the server has, newest first.
    ///
    /// # Errors
    ///
    /// As for [`version`](Client::version).
    pub async fn tags(&self) -> Result<Vec<Model>, Error> {
        let reply: TagsReply = self.ask(self.get("/api/tags")).await?;
        Ok(reply.models)
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.base))
    }

    fn post<T: Serialize>(&self, path: &str, request: &T, stream: bool) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.base)).json(&Body { request, stream })
    }

    async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Error> {
        reply::whole(request.send().await.map_err(Error::sending)?).await
    }
}

impl Generate for Client {
    async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, Error> {
        Client::generate(self, request).await
    }
}

impl GenerateStreaming for Client {
    type Parts = GenerateStream;

    async fn generate_stream(&self, request: &GenerateRequest) -> Result<GenerateStream, Error> {
        Client::generate_stream(self, request).await
    }
}
