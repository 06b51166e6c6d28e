//! The requests, and what their replies mean.

use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Url};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{
    ChatRequest, ChatResponse, Error, Generate, GenerateRequest, GenerateResponse, GenerateStream,
    Model, host, reply,
};

/// A client of one Ollama server.
///
/// Its connections are kept and used again, so make one and share it: a clone is cheap, and uses
/// the same ones.
///
/// It sets no time limit, does not retry, follows no redirects and uses no proxy. Each request is
/// sent at most once. All its futures can be dropped at any time: that closes the connection if the
/// reply was outstanding, and Ollama then stops working on it.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    /// Without a slash at its end.
    base: String,
}

/// Every request says whether it wants a stream, for Ollama's own default is yes.
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
    /// A client of the server at `host`, in any form that `OLLAMA_HOST` may have: `gpu.local`,
    /// `:8080`, `[::1]:11434`, `http://gpu.local/ollama`, and the default if it is empty. Nothing
    /// is sent yet.
    ///
    /// # Errors
    ///
    /// [`Error::Host`] if that names no server that can be spoken to; https cannot. As with Ollama,
    /// a port that is not a port is no error, but the default port.
    pub fn new(host: &str) -> Result<Self, Error> {
        Self::at(&host::parse(host)?)
    }

    /// A client of the server that the environment's `OLLAMA_HOST` names: by default the one on
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
            // Ollama is on this machine or near it. A proxy that the environment names, and that
            // does not know this machine's own addresses, would only be in the way.
            .no_proxy()
            // A redirected POST would arrive as a GET. The status says more than what comes of
            // that.
            .redirect(Policy::none())
            .build()
            .map_err(|error| Error::Other(error.into()))?;
        Ok(Self { http, base: url.as_str().trim_end_matches('/').to_owned() })
    }

    /// Where the server is, such as `http://127.0.0.1:11434`.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// Answers a prompt, and returns when all of it has been generated.
    ///
    /// # Errors
    ///
    /// Any but [`Error::Host`]; [`Error::Unfinished`] if the reply is not marked as `done`.
    pub async fn generate(&self, request: &GenerateRequest) -> Result<GenerateResponse, Error> {
        let reply: GenerateResponse = self.ask(self.post("/api/generate", request, false)).await?;
        if reply.done { Ok(reply) } else { Err(Error::Unfinished) }
    }

    /// Answers a prompt part by part. Returns once the reply has begun, which is with its first
    /// part.
    ///
    /// # Errors
    ///
    /// Those before the first part; later ones come in the stream.
    pub async fn generate_stream(
        &self,
        request: &GenerateRequest,
    ) -> Result<GenerateStream, Error> {
        let response =
            self.post("/api/generate", request, true).send().await.map_err(Error::sending)?;
        Ok(GenerateStream::new(reply::successful(response).await?.into()))
    }

    /// Answers the last message of a conversation, and returns when all of it has been generated.
    ///
    /// # Errors
    ///
    /// As for [`generate`](Client::generate).
    pub async fn chat(&self, request: &ChatRequest) -> Result<ChatResponse, Error> {
        let reply: ChatResponse = self.ask(self.post("/api/chat", request, false)).await?;
        if reply.done { Ok(reply) } else { Err(Error::Unfinished) }
    }

    /// The server's version.
    ///
    /// # Errors
    ///
    /// Any but [`Error::Host`]; [`Error::BadJson`] if what answers is not Ollama.
    pub async fn version(&self) -> Result<String, Error> {
        let reply: VersionReply = self.ask(self.get("/api/version")).await?;
        Ok(reply.version)
    }

    /// The models that the server has, newest first.
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
