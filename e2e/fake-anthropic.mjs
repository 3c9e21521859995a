#!/usr/bin/env node
/*
 * fake-anthropic.mjs: a scripted stand-in for the Anthropic Messages API.
 *
 * For tests that run a real coding agent without a model: point the agent's
 * ANTHROPIC_BASE_URL here, give it any ANTHROPIC_API_KEY, and write down in a
 * JSON scenario what "the model" says. One file, no dependencies, Node >= 18.
 * It listens on loopback only and sends nothing anywhere.
 *
 *   node fake-anthropic.mjs [--port 0] [--scenario s.json] [--log requests.jsonl]
 *
 * prints one JSON line once it listens: {"ready":true,"port":N,"url":"http://127.0.0.1:N"}
 * and stops on SIGTERM or SIGINT. From a test written in JavaScript:
 *
 *   import { startFakeAnthropic } from "./fake-anthropic.mjs";
 *   const fake = await startFakeAnthropic({ scenario: { fallback: "hi" } });
 *   fake.url; fake.requests; fake.state(); fake.setScenario({...}); fake.release(); await fake.close();
 *
 * ENDPOINTS
 *   POST /v1/messages                the reply is chosen by the scenario; SSE when the body has
 *                                    "stream": true, one JSON message otherwise
 *   POST /v1/responses               the same scenario in the shape of the Responses API (fake-responses.mjs)
 *   POST /v1/messages/count_tokens   an estimate: characters / 4
 *   GET  /v1/models, /v1/models/:id  the scenario's "models", or a small default list
 *   HEAD, GET /                      200 (clients probe it)
 *   anything else                    404 in the API's error shape; logged like the rest
 * and for the test's own use:
 *   GET  /__fake/requests            the last 1000 requests: {n, method, path, headers, body, rule, status, aborted, usage}
 *                                    (credentials in headers are replaced by "***")
 *   GET  /__fake/state               {requests, open, rules: [{name, used}]}
 *   POST /__fake/scenario            replaces the scenario (body: the JSON), and forgets rule counts
 *   POST /__fake/release             lets every reply that is held by "hold" go on
 *   POST /__fake/reset               forgets the requests, the rule counts and the emulated prompt cache
 *
 * SCENARIOS
 *   { "rules": [ RULE, ... ], "fallback": REPLY, "defaults": {...}, "models": ["id", ...] }
 * For every POST /v1/messages the first rule that still may fire and whose "when" holds is used,
 * else "fallback" (by default the text "ok"). "defaults" is merged under every reply.
 *
 * RULE
 *   { "name": "greet",           free text, shown in the log
 *     "when": { ... },           every matcher given must hold; absent = always
 *     "times": 1,                fires at most that often (absent = no limit)
 *     "reply": REPLY }           or "replies": [REPLY, ...]: one after the other, then the rule is spent
 *
 * MATCHERS (strings are case-insensitive regular expressions)
 *   "user": "re"          the prompt: the last text block of the newest user message that carries text,
 *                         without its <system-reminder> parts (agents put context of their own there);
 *                         a message that is nothing but a reminder, such as the note that a background
 *                         task has ended, counts with the reminder's text
 *   "raw": "re"           the last message that is not a system one, as it came, JSON text
 *   "anyMessage": "re"    any message, JSON text
 *   "system": "re"        the system prompt
 *   "model": "re"         the model id
 *   "toolResult": "re"    the text of the tool results in that last message; true / false = has any / none
 *   "toolResultOf": "re"  the name of a tool whose result is in that last message
 *   "hasTool": "Name"     the request offers that tool (exact name)
 *   "tools": true|false   the request offers any tools at all (side requests such as titles offer none)
 *   "stream": true|false
 *   "header": {"x-name": "re"}
 *   "minMessages": n, "maxMessages": n
 *
 * REPLY: a string (the text), or
 *   { "thinking": "...", "text": "...",
 *     "tool": {"name": "Bash", "input": {...}},   or "tools": [ ... ] for several at once
 *     "content": [ ...raw content blocks... ],      instead of the three above
 *     "stopReason": "end_turn",                     default: tool_use when there is a tool, else end_turn
 *     "usage": {"input_tokens": 190000},            laid over the estimate (to provoke compaction, say)
 *     "delayMs": 0,          wait before the first byte
 *     "chunkChars": 24,      size of a streamed delta
 *     "chunkDelayMs": 0,     wait between deltas
 *     "hold": false,         true: headers and message_start, then wait for /__fake/release
 *     "hangAfter": n,        send n deltas, then nothing until the client goes away
 *     "dropAfter": n,        send n deltas, then cut the connection (0 = at once)
 *     "error": {"status": 529, "type": "overloaded_error", "message": "...", "headers": {...}} }
 *
 * Every string in a reply may hold {{user}}, {{toolResult}}, {{system}}, {{model}}, {{n}} (the request's
 * number) and {{1}}..{{9}} (groups of the rule's "user" or "toolResult" expression).
 *
 * USAGE NUMBERS: tokens are characters / 4. Prompt caching is emulated as documented for the API: every
 * block with cache_control ends a prefix (tools, then system, then messages); a prefix seen before in
 * this process counts as cache_read_input_tokens, the part up to the last breakpoint that was not seen
 * as cache_creation_input_tokens, and what is after the last breakpoint as input_tokens. Prefixes do
 * not expire.
 */

import http from "node:http";
import fs from "node:fs";
import crypto from "node:crypto";
import { pathToFileURL } from "node:url";
import { messagesBodyOf, responseEvents } from "./fake-responses.mjs";

const DEFAULT_MODELS = ["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"];
const SECRET_HEADERS = new Set(["x-api-key", "authorization", "proxy-authorization", "cookie"]);

/** Starts a server; resolves once it listens. */
export async function startFakeAnthropic(options = {}) {
  const { host = "127.0.0.1", port = 0, logFile, keep = 1000 } = options;
  if (!["127.0.0.1", "::1", "localhost"].includes(host)) throw new Error("fake-anthropic listens on loopback only");
  const log = logFile ? fs.createWriteStream(logFile, { flags: "a" }) : null;
  const state = { scenario: null, used: [], requests: [], count: 0, open: 0, prefixes: new Set(), held: new Set() };

  const setScenario = (scenario = {}) => {
    state.scenario = checkScenario(scenario);
    state.used = (scenario.rules ?? []).map(() => 0);
  };
  const release = () => {
    const n = state.held.size;
    for (const go of state.held) go();
    state.held.clear();
    return n;
  };
  setScenario(options.scenario ?? {});

  const server = http.createServer((req, res) => {
    handle(req, res).catch((e) => {
      if (!res.headersSent) sendError(res, 500, "api_error", String(e?.message ?? e));
      else res.destroy();
    });
  });

  async function handle(req, res) {
    const path = new URL(req.url, "http://x").pathname;
    const text = await readBody(req);
    if (path.startsWith("/__fake/")) return control(req.method, path.slice(8), text, res);

    let body = null;
    try {
      body = text ? JSON.parse(text) : null;
    } catch {
      body = { unparsable: text };
    }
    const entry = {
      n: ++state.count,
      at: new Date().toISOString(),
      method: req.method,
      path: req.url,
      headers: Object.fromEntries(Object.entries(req.headers).map(([k, v]) => [k, SECRET_HEADERS.has(k) ? "***" : v])),
      body,
      rule: null,
      status: 200,
      aborted: false,
    };
    state.requests.push(entry);
    if (state.requests.length > keep) state.requests.shift();
    state.open++;
    const started = Date.now();
    res.on("close", () => {
      state.open--;
      entry.aborted = !res.writableFinished;
      entry.ms = Date.now() - started;
      if (entry.status === 200) entry.status = res.statusCode;
      log?.write(JSON.stringify(entry) + "\n");
    });
    res.setHeader("request-id", `req_fake_${entry.n}`);

    if (path === "/" && (req.method === "HEAD" || req.method === "GET")) return res.end();
    if (path === "/v1/models" && req.method === "GET") {
      const data = models().map(modelRecord);
      return sendJson(res, 200, {
        data,
        has_more: false,
        first_id: data[0]?.id ?? null,
        last_id: data.at(-1)?.id ?? null,
      });
    }
    if (path.startsWith("/v1/models/") && req.method === "GET") {
      return sendJson(res, 200, modelRecord(decodeURIComponent(path.slice("/v1/models/".length))));
    }
    if (path === "/v1/messages/count_tokens" && req.method === "POST") {
      return sendJson(res, 200, { input_tokens: tokens(body) });
    }
    if (path === "/v1/messages" && req.method === "POST") {
      if (!body || !Array.isArray(body.messages)) {
        return sendError(res, 400, "invalid_request_error", "messages: Field required");
      }
      return reply(entry, body, req, res);
    }
    if (path === "/v1/responses" && req.method === "POST") {
      if (!body || !Array.isArray(body.input)) return sendError(res, 400, "invalid_request_error", "input: required");
      return reply(entry, messagesBodyOf(body), req, res);
    }
    sendError(res, 404, "not_found_error", `${req.method} ${path} is not emulated`);
  }

  function control(method, what, text, res) {
    if (method === "GET" && what === "requests") return sendJson(res, 200, state.requests);
    if (method === "GET" && what === "state") {
      const rules = (state.scenario.rules ?? []).map((r, i) => ({ name: r.name ?? `#${i}`, used: state.used[i] }));
      return sendJson(res, 200, { requests: state.count, open: state.open, held: state.held.size, rules });
    }
    if (method === "POST" && what === "scenario") {
      try {
        setScenario(JSON.parse(text));
      } catch (e) {
        return sendError(res, 400, "invalid_request_error", e.message);
      }
      return sendJson(res, 200, { ok: true });
    }
    if (method === "POST" && what === "release") return sendJson(res, 200, { released: release() });
    if (method === "POST" && what === "reset") {
      state.requests.length = 0;
      state.count = 0;
      state.prefixes.clear();
      setScenario(state.scenario);
      return sendJson(res, 200, { ok: true });
    }
    sendError(res, 404, "not_found_error", `no control ${method} ${what}`);
  }

  const models = () => state.scenario.models ?? DEFAULT_MODELS;

  /** Chooses the scenario's reply for a request and sends it. */
  async function reply(entry, body, req, res) {
    const path = new URL(req.url, "http://x").pathname;
    const facts = factsOf(body, entry.n);
    const { rule, index, groups } = choose(facts, body, req.headers);
    entry.rule = rule ? (rule.name ?? `#${index}`) : "fallback";
    let chosen = rule ? rule.reply : (state.scenario.fallback ?? "ok");
    if (rule?.replies) chosen = rule.replies[Math.min(state.used[index] - 1, rule.replies.length - 1)];
    if (typeof chosen === "string") chosen = { text: chosen };
    const r = fill({ ...state.scenario.defaults, ...chosen }, { ...facts, ...groups });

    if (r.delayMs) await sleep(r.delayMs, res);
    if (res.destroyed) return;
    if (r.error) {
      entry.status = r.error.status ?? 500;
      for (const [k, v] of Object.entries(r.error.headers ?? {})) res.setHeader(k, v);
      return sendError(res, entry.status, r.error.type ?? "api_error", r.error.message ?? "scripted error");
    }
    if (r.dropAfter === 0) return res.destroy();

    const content = contentOf(r);
    const usage = { ...usageOf(body, state.prefixes), output_tokens: tokens(content), ...r.usage };
    const message = {
      id: `msg_fake_${entry.n}_${shortId()}`,
      type: "message",
      role: "assistant",
      model: body.model ?? "fake",
      content,
      stop_reason: r.stopReason ?? (content.some((b) => b.type === "tool_use") ? "tool_use" : "end_turn"),
      stop_sequence: null,
      usage,
    };
    entry.usage = usage;
    if (body.stream) return path === "/v1/responses" ? streamResponse(message, r, res) : stream(message, r, res);
    if (r.hold) await hold(res);
    if (r.hangAfter !== undefined) return; // never answered
    if (!res.destroyed) sendJson(res, 200, message);
  }

  function choose(facts, body, headers) {
    const rules = state.scenario.rules ?? [];
    for (let index = 0; index < rules.length; index++) {
      const rule = rules[index];
      const limit = rule.times ?? rule.replies?.length ?? Infinity;
      if (state.used[index] >= limit) continue;
      const groups = matches(rule.when ?? {}, facts, body, headers);
      if (!groups) continue;
      state.used[index]++;
      return { rule, index, groups };
    }
    return { rule: null, index: -1, groups: {} };
  }

  const hold = (res) =>
    new Promise((go) => {
      state.held.add(go);
      res.on("close", () => {
        state.held.delete(go);
        go();
      });
    });

  /** Sends a message as the server-sent events of the Responses API. */
  async function streamResponse(message, r, res) {
    openStream(res);
    let sent = 0;
    for (const { isDelta, ...event } of responseEvents(message, r.chunkChars ?? 24)) {
      if (res.destroyed) return;
      if (isDelta && r.dropAfter !== undefined && sent >= r.dropAfter) return res.destroy();
      if (isDelta && r.hangAfter !== undefined && sent >= r.hangAfter) return; // the client must go away
      res.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      if (event.type === "response.created" && r.hold) await hold(res);
      if (isDelta) sent++;
      if (isDelta && r.chunkDelayMs) await sleep(r.chunkDelayMs, res);
    }
    res.end();
  }

  const openStream = (res) =>
    res.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache",
      connection: "keep-alive",
    });

  /** Sends a message as the API's server-sent events. */
  async function stream(message, r, res) {
    openStream(res);
    const send = (type, data) => res.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
    const { content, stop_reason, stop_sequence, usage } = message;
    const opening = {
      ...message,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...usage, output_tokens: 1 },
    };
    send("message_start", { message: opening });
    send("ping", {});
    if (r.hold) await hold(res);

    let sent = 0;
    for (let index = 0; index < content.length; index++) {
      const { start, deltas } = framesOf(content[index], r.chunkChars ?? 24);
      send("content_block_start", { index, content_block: start });
      for (const delta of deltas) {
        if (res.destroyed) return;
        if (r.dropAfter !== undefined && sent >= r.dropAfter) return res.destroy();
        if (r.hangAfter !== undefined && sent >= r.hangAfter) return; // the client must go away
        send("content_block_delta", { index, delta });
        sent++;
        if (r.chunkDelayMs) await sleep(r.chunkDelayMs, res);
      }
      send("content_block_stop", { index });
    }
    if (r.hangAfter !== undefined || res.destroyed) return;
    send("message_delta", { delta: { stop_reason, stop_sequence }, usage });
    send("message_stop", {});
    res.end();
  }

  await new Promise((ok, no) => {
    server.once("error", no);
    server.listen(port, host, ok);
  });
  const actual = server.address().port;
  return {
    port: actual,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${actual}`,
    requests: state.requests,
    setScenario,
    release,
    state: () => ({ open: state.open, held: state.held.size, used: [...state.used] }),
    close: () =>
      new Promise((ok) => {
        server.close(() => {
          log?.end();
          ok();
        });
        server.closeAllConnections?.();
      }),
  };
}

/** Rejects a scenario that would silently do nothing. */
function checkScenario(s) {
  if (typeof s !== "object" || s === null || Array.isArray(s)) throw new Error("a scenario is a JSON object");
  const known = new Set(["rules", "fallback", "defaults", "models", "comment"]);
  for (const k of Object.keys(s)) if (!known.has(k)) throw new Error(`unknown key in scenario: ${k}`);
  (s.rules ?? []).forEach((r, i) => {
    if ((r.reply === undefined) === (r.replies === undefined)) {
      throw new Error(`rule ${r.name ?? i}: give either reply or replies`);
    }
    for (const k of Object.keys(r.when ?? {})) {
      if (!MATCHERS[k]) throw new Error(`rule ${r.name ?? i}: unknown matcher ${k}`);
    }
  });
  return s;
}

/** What the matchers and the {{...}} marks look at. */
function factsOf(body, n) {
  const messages = body.messages;
  const last = messages.findLast((m) => m.role !== "system") ?? { content: "" };
  const blocks = (m) => (typeof m.content === "string" ? [{ type: "text", text: m.content }] : (m.content ?? []));
  const texts = (m) =>
    blocks(m)
      .filter((b) => b.type === "text")
      .map((b) => b.text.trim())
      .filter(Boolean);
  const plain = (m) =>
    texts(m)
      .map((t) => t.replace(/<system-reminder>[\s\S]*?<\/system-reminder>/g, "").trim())
      .filter(Boolean)
      .at(-1);
  const prompt = (m) =>
    m.role === "user"
      ? (plain(m) ?? (blocks(m).some((b) => b.type === "tool_result") ? undefined : texts(m).at(-1)))
      : undefined;
  const toolNames = new Map();
  for (const m of messages) for (const b of blocks(m)) if (b.type === "tool_use") toolNames.set(b.id, b.name);
  const results = last.role === "user" ? blocks(last).filter((b) => b.type === "tool_result") : [];
  const resultText = (b) =>
    typeof b.content === "string" ? b.content : (b.content ?? []).map((c) => c.text ?? "").join("\n");
  return {
    n,
    model: body.model ?? "",
    user:
      messages
        .map(prompt)
        .filter((t) => t !== undefined)
        .at(-1) ?? "",
    system: typeof body.system === "string" ? body.system : (body.system ?? []).map((b) => b.text ?? "").join("\n"),
    toolResult: results.map(resultText).join("\n"),
    resultCount: results.length,
    resultTools: results.map((b) => toolNames.get(b.tool_use_id) ?? ""),
    raw: JSON.stringify(last),
    all: messages,
  };
}

const re = (source) => new RegExp(source, "is");
/** Each matcher answers false, true, or a RegExp match whose groups the reply may use. */
const MATCHERS = {
  user: (v, f) => f.user.match(re(v)),
  raw: (v, f) => re(v).test(f.raw),
  anyMessage: (v, f) => f.all.some((m) => re(v).test(JSON.stringify(m))),
  system: (v, f) => re(v).test(f.system),
  model: (v, f) => re(v).test(f.model),
  toolResult: (v, f) =>
    typeof v === "boolean" ? f.resultCount > 0 === v : f.resultCount > 0 && f.toolResult.match(re(v)),
  toolResultOf: (v, f) => f.resultTools.some((t) => re(v).test(t)),
  hasTool: (v, f, b) => (b.tools ?? []).some((t) => t.name === v),
  tools: (v, f, b) => (b.tools ?? []).length > 0 === v,
  stream: (v, f, b) => Boolean(b.stream) === v,
  header: (v, f, b, h) => Object.entries(v).every(([k, x]) => re(x).test(String(h[k.toLowerCase()] ?? ""))),
  minMessages: (v, f) => f.all.length >= v,
  maxMessages: (v, f) => f.all.length <= v,
};

/** null when a matcher fails; else the groups {1: ..., 2: ...} of the expressions that had some. */
function matches(when, facts, body, headers) {
  const groups = {};
  for (const [name, value] of Object.entries(when)) {
    const hit = MATCHERS[name](value, facts, body, headers);
    if (!hit) return null;
    if (Array.isArray(hit)) for (let i = 1; i < hit.length; i++) groups[i] = hit[i] ?? "";
  }
  return groups;
}

/** Replaces {{mark}} in every string of a reply. */
function fill(value, facts) {
  if (typeof value === "string") {
    return value.replace(/\{\{(\w+)\}\}/g, (all, k) =>
      k in facts && typeof facts[k] !== "object" ? String(facts[k]) : all,
    );
  }
  if (Array.isArray(value)) return value.map((v) => fill(v, facts));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fill(v, facts)]));
  }
  return value;
}

function contentOf(r) {
  if (r.content) return r.content;
  const out = [];
  if (r.thinking) {
    out.push({ type: "thinking", thinking: r.thinking, signature: Buffer.from("fake").toString("base64") });
  }
  if (r.text !== undefined && r.text !== "") out.push({ type: "text", text: r.text });
  for (const t of r.tools ?? (r.tool ? [r.tool] : [])) {
    out.push({ type: "tool_use", id: t.id ?? `toolu_fake_${shortId()}`, name: t.name, input: t.input ?? {} });
  }
  return out;
}

/** The content_block_start of a block and the deltas that follow it. */
function framesOf(block, size) {
  const cut = (s) => s.match(new RegExp(`[\\s\\S]{1,${Math.max(1, size)}}`, "g")) ?? [];
  if (block.type === "text") {
    return { start: { type: "text", text: "" }, deltas: cut(block.text).map((text) => ({ type: "text_delta", text })) };
  }
  if (block.type === "thinking") {
    const deltas = cut(block.thinking).map((thinking) => ({ type: "thinking_delta", thinking }));
    return {
      start: { type: "thinking", thinking: "", signature: "" },
      deltas: [...deltas, { type: "signature_delta", signature: block.signature }],
    };
  }
  if (block.type === "tool_use") {
    const deltas = cut(JSON.stringify(block.input)).map((partial_json) => ({ type: "input_json_delta", partial_json }));
    return { start: { ...block, input: {} }, deltas };
  }
  return { start: block, deltas: [] };
}

const tokens = (x) => Math.max(1, Math.ceil((JSON.stringify(x)?.length ?? 0) / 4));

/** Emulates prompt caching: see USAGE NUMBERS above. */
function usageOf(body, seen) {
  const parts = [];
  for (const t of body.tools ?? []) parts.push(t);
  for (const s of typeof body.system === "string" ? [{ text: body.system }] : (body.system ?? [])) parts.push(s);
  for (const m of body.messages) {
    for (const b of typeof m.content === "string" ? [{ type: "text", text: m.content }] : (m.content ?? [])) {
      parts.push({ role: m.role, ...b });
    }
  }
  const hash = crypto.createHash("sha256").update(body.model ?? "");
  let total = 0,
    read = 0,
    lastBreak = 0;
  for (const part of parts) {
    const { cache_control, ...rest } = part;
    const text = JSON.stringify(rest);
    total += Math.ceil(text.length / 4);
    hash.update(text);
    const key = hash.copy().digest("hex");
    if (seen.has(key)) read = total; // a marked prefix of an earlier request
    if (cache_control) {
      lastBreak = total;
      seen.add(key);
    }
  }
  const cached = Math.min(read, lastBreak);
  return {
    input_tokens: total - lastBreak,
    cache_creation_input_tokens: lastBreak - cached,
    cache_read_input_tokens: cached,
  };
}

const modelRecord = (id) => ({ type: "model", id, display_name: id, created_at: "2025-01-01T00:00:00Z" });
const shortId = () => crypto.randomBytes(6).toString("hex");
/** Waits, but no longer than the connection lives. */
const sleep = (ms, res) =>
  new Promise((ok) => {
    const done = () => {
      clearTimeout(timer);
      res.off("close", done);
      ok();
    };
    const timer = setTimeout(done, ms);
    res.on("close", done);
  });

function readBody(req) {
  return new Promise((ok, no) => {
    const chunks = [];
    req.on("data", (c) => chunks.push(c));
    req.on("end", () => ok(Buffer.concat(chunks).toString("utf8")));
    req.on("error", no);
  });
}

function sendJson(res, status, value) {
  res.writeHead(status, { "content-type": "application/json" });
  res.end(JSON.stringify(value));
}

function sendError(res, status, type, message) {
  sendJson(res, status, { type: "error", error: { type, message } });
}

if (process.argv[1] && import.meta.url === pathToFileURL(fs.realpathSync(process.argv[1])).href) {
  const options = { port: 0 };
  const args = process.argv.slice(2);
  while (args.length) {
    const a = args.shift();
    if (a === "--port") options.port = Number(args.shift());
    else if (a === "--scenario") options.scenario = JSON.parse(fs.readFileSync(args.shift(), "utf8"));
    else if (a === "--log") options.logFile = args.shift();
    else {
      console.error(
        `fake-anthropic: unknown argument ${a}\nusage: fake-anthropic.mjs [--port N] [--scenario FILE] [--log FILE]`,
      );
      process.exit(2);
    }
  }
  const fake = await startFakeAnthropic(options);
  console.log(JSON.stringify({ ready: true, port: fake.port, url: fake.url }));
  for (const s of ["SIGTERM", "SIGINT"]) process.on(s, () => void fake.close().then(() => process.exit(0)));
}
