import { expect, test } from "vitest";
import { decodeBase64 } from "@parlatory/protocol";
import type { Frame } from "../support/scripted-broker.ts";
import { SESSION, TIME, caughtUp, cut, eventOf, failureOf, openRemote, settled } from "./support/remote-fixture.ts";

const REQUEST = "4be00000-0000-4000-8000-000000000001";
const permission = {
  type: "permission_request",
  request_id: REQUEST,
  session_id: SESSION,
  run_id: SESSION,
  tool_name: "Bash",
  input: { command: "npm publish" },
  summary: "Bash npm publish",
  created_at: TIME,
  expires_at: TIME,
};
const resolved = {
  type: "permission_resolved",
  request_id: REQUEST,
  session_id: SESSION,
  decision: "deny",
  scope: "once",
  by: null,
  reason: "answered",
  at: TIME,
};
const echo = (asked: Frame) => ({ correlation_id: asked["correlation_id"] });

test("[CONN-8] answers find their questions by id, in whatever order they come", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const infos = [fixture.client.sessions.info("a"), fixture.client.sessions.info("b")];
  const asked = [await connection.nextOf("get_session_info"), await connection.nextOf("get_session_info")];
  for (const question of asked.toReversed()) {
    const session = { session_id: question["session_id"], state: "idle", session_busy_elsewhere: false };
    connection.send({ type: "session_info", session, ...echo(question) });
  }
  expect((await Promise.all(infos)).map(({ session_id: id }) => id)).toEqual(["a", "b"]);
});

test("a question has a time limit from its writing, and ends with a lost connection", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const late = failureOf(fixture.client.sessions.info("a"));
  await connection.nextOf("get_session_info");
  fixture.clock.advance(10_000);
  expect(await late).toMatchObject({ code: "no_answer", retryable: true });

  const lost = failureOf(fixture.client.sessions.info("a"));
  await connection.nextOf("get_session_info");
  await cut(fixture, connection);
  expect(await lost).toMatchObject({ code: "connection_lost" });
  const unsent = failureOf(fixture.client.sessions.info("a"));
  fixture.random.byte = 255;
  fixture.clock.advance(900);
  expect(await Promise.race([unsent, Promise.resolve("waits")])).toBe("waits");
  await fixture.client.close();
  expect(await unsent).toMatchObject({ code: "server_unreachable" });
});

test("[CONN-12] an error is the answer with its code, text and details", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const failed = failureOf(fixture.client.sessions.setPermissionMode(SESSION, "bypass"));
  const asked = await connection.nextOf("set_permission_mode");
  const error = { type: "error", code: "not_allowed", message: "Mode not allowed: bypass", retryable: false };
  connection.send({ ...error, details: { session_id: SESSION }, ...echo(asked) });
  expect(await failed).toMatchObject({
    code: "not_allowed",
    message: "Mode not allowed: bypass",
    retryable: false,
    details: { session_id: SESSION },
  });
});

test("[LOCK-7] an answer that is told to everybody is known without an id", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const killed = fixture.client.sessions.kill(SESSION, { keepQueue: true });
  expect(await connection.nextOf("kill_session")).toMatchObject({ session_id: SESSION, keep_queue: true });
  connection.send({ type: "session_killed", session_id: "another", message: "…" });
  connection.send({ type: "session_killed", session_id: SESSION, message: "Session process terminated" });
  await killed;

  const locked = failureOf(fixture.client.sessions.unlock(SESSION));
  const asked = await connection.nextOf("unlock_session");
  connection.send({
    type: "session_locked",
    message: "…",
    session_id: SESSION,
    holder: "prompt",
    run_alive: true,
    ...echo(asked),
  });
  expect(await locked).toMatchObject({ code: "session_locked", lock: { run_alive: true } });
});

test("[APPROVE-1] pending requests are kept as they are told, and answered", async () => {
  const fixture = await openRemote();
  const { client } = fixture;
  const connection = await caughtUp(fixture);
  const told = eventOf(client, "permissions");
  connection.send(permission);
  await told;
  expect(client.permissions.pending).toEqual([permission]);

  const answering = client.permissions.answer({ requestId: REQUEST, decision: "deny", message: "Not yet." });
  expect(await connection.nextOf("permission_response")).toMatchObject({
    request_id: REQUEST,
    decision: "deny",
    message: "Not yet.",
  });
  connection.send(resolved);
  expect(await answering).toMatchObject({ decision: "deny", reason: "answered" });
  expect(client.permissions.pending).toEqual([]);
});

test("[APPROVE-1] what was pending before a reconnect is what the server says afterwards", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  connection.send(permission);
  await settled(fixture.client, connection);
  await cut(fixture, connection);
  fixture.client.wake();
  const ready = eventOf(fixture.client, "ready");
  const again = await fixture.server.nextConnection();
  again.send({ type: "hello", protocol: 1, auth_version: 1 });
  await again.nextOf("connect");
  again.send({
    type: "connected",
    capabilities: [],
    server_version: "1",
    device_id: "d",
    limits: { max_inbound_bytes: 1 },
  });
  await ready;
  expect(fixture.client.permissions.pending).toEqual([]);
});

test("[APPROVE-9] a request list and the whole of a cut input are read to their end", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const listing = fixture.client.permissions.list();
  const asked = await connection.nextOf("list_permissions");
  connection.send({ ...permission, ...echo(asked) });
  connection.send({ type: "ack", message: "1 pending", ...echo(asked) });
  expect(await listing).toMatchObject([{ request_id: REQUEST }]);

  const reading = fixture.client.permissions.wholeInput(REQUEST);
  const json = JSON.stringify({ command: "x".repeat(20) });
  for (let offset: number | null = 0; offset !== null;) {
    const page = await connection.nextOf("get_permission_request");
    expect(page).toMatchObject({ request_id: REQUEST, offset });
    const next: number | null = offset + 10 < json.length ? offset + 10 : null;
    connection.send({
      type: "permission_input",
      request_id: REQUEST,
      input_json: json.slice(offset, offset + 10),
      offset,
      next_offset: next,
      ...echo(page),
    });
    offset = next;
  }
  expect(await reading).toEqual({ command: "x".repeat(20) });
});

test("[RES-5] a large file goes in parts, one after the other, and a small one in one", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const bytes = new Uint8Array(9 * 1024 * 1024).map((_, index) => index % 251);
  const sent: number[] = [];
  const uploading = fixture.client.files.upload({
    filename: "a.bin",
    storageLocation: "/tmp",
    bytes,
    progress: (count) => sent.push(count),
  });
  const received = new Uint8Array(bytes.length);
  const finals: unknown[] = [];
  const ids = new Set<unknown>();
  for (let isFinal = false; !isFinal;) {
    const part = await connection.nextOf("upload_file");
    received.set(decodeBase64(String(part["content"])) ?? new Uint8Array(), Number(part["offset"]));
    isFinal = part["final"] === true;
    finals.push(isFinal);
    ids.add(part["upload_id"]);
    const done = {
      type: "file_uploaded",
      filename: "a.bin",
      path: ".parlatory/resources/a.bin",
      size: bytes.length,
      timestamp: TIME,
    };
    connection.send({ ...(isFinal ? done : { type: "ack", message: "Part received" }), ...echo(part) });
  }
  expect(await uploading).toMatchObject({ size: bytes.length });
  expect({ finals, ids: ids.size }).toEqual({ finals: [false, false, true], ids: 1 });
  expect(Buffer.compare(received, bytes)).toBe(0);
  expect(sent).toEqual([4 * 1024 * 1024, 8 * 1024 * 1024, 9 * 1024 * 1024]);

  void fixture.client.files
    .upload({ filename: "b", storageLocation: "/tmp", bytes: new Uint8Array(3) })
    .catch(() => undefined);
  const whole = await connection.nextOf("upload_file");
  expect(whole).toMatchObject({ offset: 0, final: true });
  expect(whole).not.toHaveProperty("upload_id");
});

test("[CLIENT-1] set_directory, sizes, names, resources and worktrees are asked in the words of the contract", async () => {
  const fixture = await openRemote();
  const { client } = fixture;
  const connection = await caughtUp(fixture);
  const ask = async (type: string, expected: object, answer: object): Promise<void> => {
    const asked = await connection.nextOf(type);
    expect(asked).toMatchObject(expected);
    connection.send({ ...answer, ...echo(asked) });
  };
  const directory = client.setDirectory("/tmp");
  await ask("set_directory", { path: "/tmp" }, { type: "ack", message: "Directory set" });
  connection.send({ type: "available_commands", working_directory: "/", project_commands: [], general_commands: [] });
  connection.send({
    type: "available_commands",
    working_directory: "/tmp",
    project_commands: [],
    general_commands: [],
    correlation_id: "q1",
  });
  expect(await directory).toMatchObject({ working_directory: "/tmp" });
  const size = client.setMaxMessageSize(2);
  await ask(
    "set_max_message_size",
    { size_kb: 2 },
    { type: "ack", message: "Max message size set to 2 KB", effective_size_kb: 4 },
  );
  expect(await size).toBe(4);
  const name = client.sessions.inferName(SESSION, "Fix the cart");
  await ask(
    "infer_session_name",
    { message_text: "Fix the cart" },
    { type: "session_name_inferred", session_id: SESSION, name: "Cart" },
  );
  expect(await name).toBe("Cart");
  const failing = failureOf(client.sessions.createWorktree({ sessionName: "x", parentDirectory: "/nowhere" }));
  const failure = {
    type: "worktree_session_error",
    success: false,
    error: "Directory does not exist: /nowhere",
    error_type: "validation_failed",
  };
  await ask("create_worktree_session", { session_name: "x" }, { ...failure, details: { suggestion: "y" } });
  expect(await failing).toMatchObject({ code: "worktree_session_error", details: { suggestion: "y" } });
  const listing = client.files.list("/tmp");
  const resource = { filename: "a", path: "a", size: 1, timestamp: TIME };
  await ask(
    "list_resources",
    { offset: 0 },
    { type: "resources_list", resources: [resource], storage_location: "/tmp", has_more: true },
  );
  await ask(
    "list_resources",
    { offset: 1 },
    { type: "resources_list", resources: [resource], storage_location: "/tmp", has_more: false },
  );
  expect(await listing).toHaveLength(2);
});

test("[AUTH-7] devices are listed over all pages, revoked by id, and let in by a code", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const device = (id: string) => ({
    device_id: id,
    name: id,
    paired_at: TIME,
    last_seen_at: TIME,
    last_address: null,
    is_current: false,
  });
  const listing = fixture.client.devices.list();
  const first = await connection.nextOf("list_devices");
  expect(first).not.toHaveProperty("cursor");
  connection.send({ type: "device_list", devices: [device("a")], has_more: true, next_cursor: "c1", ...echo(first) });
  const second = await connection.nextOf("list_devices");
  expect(second).toMatchObject({ cursor: "c1" });
  connection.send({ type: "device_list", devices: [device("b")], has_more: false, next_cursor: null, ...echo(second) });
  expect(await listing).toEqual([device("a"), device("b")]);

  const revoking = fixture.client.devices.revoke("a");
  const revoke = await connection.nextOf("revoke_device");
  expect(revoke).toMatchObject({ device_id: "a" });
  connection.send({ type: "ack", message: "Device revoked", ...echo(revoke) });
  await revoking;

  const pairing = fixture.client.devices.createPairCode();
  const create = await connection.nextOf("create_pair_code");
  connection.send({ type: "pair_code", code: "AAAA-BBBB", expires_at: TIME, url: null, ...echo(create) });
  expect(await pairing).toEqual({ code: "AAAA-BBBB", expiresAt: TIME, url: null });
  const refused = failureOf(fixture.client.devices.createPairCode());
  const again = await connection.nextOf("create_pair_code");
  connection.send({ type: "error", message: "too many", code: "too_many", retryable: true, ...echo(again) });
  expect(await refused).toMatchObject({ code: "too_many", retryable: true });
});
