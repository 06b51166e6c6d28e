// The official JavaScript client against the mock: its calls, and how it reports failures.

import assert from "node:assert/strict";
import { Ollama } from "ollama";

const model = "llama3.2";
const host = process.env.OLLAMA_HOST;
const client = new Ollama({ host });

const gather = async (stream) => {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return parts;
};

const { models } = await client.list();
assert.deepEqual(models.map(({ name }) => name), ["llama3.2:latest", "all-minilm:latest"]);
assert.equal((await client.show({ model })).details.family, "llama");

const prompt = "Why is the sky blue?";
const whole = await client.generate({ model, prompt });
assert.ok(whole.done && whole.done_reason === "stop" && whole.context.length);
const parts = await gather(await client.generate({ model, prompt, stream: true }));
assert.ok(parts.length > 2 && parts.at(-1).done);
assert.equal(parts.map(({ response }) => response).join(""), whole.response);

const messages = [{ role: "user", content: prompt }];
const said = await client.chat({ model, messages });
const chat = await gather(await client.chat({ model, messages, stream: true }));
assert.ok(said.message.role === "assistant" && said.message.content);
assert.equal(chat.map(({ message }) => message.content).join(""), said.message.content);

const { embeddings } = await client.embed({ model: "all-minilm", input: ["one", "two"] });
assert.equal(embeddings.length, 2);
assert.ok(Math.abs(embeddings[0].reduce((sum, x) => sum + x * x, 0) - 1) < 1e-5);
assert.ok((await client.ps()).models.length);

const missing = { status_code: 404, message: "model 'missing' not found" };
await assert.rejects(client.generate({ model: "missing", prompt }), missing);
await assert.rejects(client.generate({ model: "missing", prompt, stream: true }), missing);
await assert.rejects(client.chat({ model: "missing", messages }), missing);

// Each request asks for its fault in a header.
for (const [fault, expected] of [
  ["busy", { status_code: 503, message: /^server busy, please try again\.  maximum/ }],
  ["overflow", { status_code: 400, message: /exceeds the available context size/ }],
  ["crash", /unexpected EOF/],
  ["no-done", /Did not receive done or success response/],
  ["fin", /fetch failed/],
]) {
  const failing = new Ollama({ host, headers: { "mock-fault": fault } });
  const call = async () => gather(await failing.generate({ model, prompt, stream: true }));
  await assert.rejects(call, expected, fault);
}

console.log("JavaScript: ok");
