"""The official Python client against the mock: its calls, and how it reports failures."""

import ollama

MODEL = "llama3.2"
client = ollama.Client()  # of the server in OLLAMA_HOST

names = [model.model for model in client.list().models]
assert names == ["llama3.2:latest", "all-minilm:latest"], names
assert client.show(MODEL).details.family == "llama"

whole = client.generate(MODEL, "Why is the sky blue?")
assert whole.done and whole.done_reason == "stop" and whole.context
parts = list(client.generate(MODEL, "Why is the sky blue?", stream=True))
assert len(parts) > 2 and parts[-1].done
assert "".join(part.response for part in parts) == whole.response

messages = [{"role": "user", "content": "Why is the sky blue?"}]
whole = client.chat(MODEL, messages)
parts = list(client.chat(MODEL, messages, stream=True))
assert whole.message.role == "assistant" and whole.message.content
assert "".join(part.message.content for part in parts) == whole.message.content

vectors = client.embed("all-minilm", ["one", "two"]).embeddings
assert len(vectors) == 2 and abs(sum(x * x for x in vectors[0]) - 1) < 1e-5
assert [model.model for model in client.ps().models]

for call in (
    lambda: client.generate("missing", "a"),
    lambda: list(client.generate("missing", "a", stream=True)),
    lambda: client.chat("missing", messages),
):
    try:
        call()
    except ollama.ResponseError as error:
        assert error.status_code == 404 and error.error == "model 'missing' not found", error
    else:
        raise AssertionError("a request for an unknown model succeeded")

# Each request asks for its fault in a header.
for fault, status, text in [
    ("busy", 503, "server busy, please try again.  maximum pending requests exceeded"),
    ("overflow", 400, "exceeds the available context size"),
    ("crash", -1, "unexpected EOF"),
]:
    try:
        failing = ollama.Client(headers={"mock-fault": fault})
        list(failing.generate(MODEL, "a", stream=True))
    except ollama.ResponseError as error:
        assert error.status_code == status and text in error.error, (fault, error)
    else:
        raise AssertionError(f"the fault {fault} was not reported")

print("Python: ok")
