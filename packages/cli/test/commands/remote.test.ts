/** The commands of the remote against the real server, with the agent that needs nothing; every answer fits its schema. */
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Follower, MeshHome, errorOf, type Envelope } from "./support/mesh-home.ts";

const home = new MeshHome();
let session = "";
let url = "";

beforeAll(async () => {
  const up = await home.json(["up"], { env: { PARL_REMOTE_DEFAULT_AGENT: "echo" } });
  url = String(up["url"]);
  const answer = await home.json(["prompt", "hello there"]);
  session = String(answer["session_id"]);
});
afterAll(() => home.remove());

/** Runs a stream command to its end; answers its events and its last line. */
async function stream(args: readonly string[], input?: string): Promise<{ lines: Envelope[]; last: Envelope }> {
  const { stdout, stderr } = await home.run([...args, "--json"], input === undefined ? {} : { input });
  expect(stderr).toBe("");
  const lines = stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Envelope);
  return { lines, last: lines.at(-1) ?? {} };
}

test("[AUTH-2] [NAME-7] a prompt needs no key to be typed, and begins where the command runs", async () => {
  const answer = await home.json(["prompt", "once more", "--session", session, "--directory", "."]);
  expect(answer).toMatchObject({ outcome: "success", text: "echo: once more", session_id: session, created: false });
  expect(answer["working_directory"]).toBe(home.directory);
  const text = await home.run(["prompt", "as text", "--session", session]);
  expect(text).toMatchObject({ status: 0, stdout: "echo: as text\n" });
  expect(text.stderr).toMatch(/^session [0-9a-f-]{36} {2}prompt [0-9a-f-]{36} {2}run\n$/);
});

test("[AUTH-2] without the key of the server nothing works, and the error names the file", async () => {
  const other = new MeshHome();
  try {
    const failed = await other.failure(["sessions", "list"], "unauthorized", { env: { PARL_URL: url } });
    expect(errorOf(failed)["message"]).toContain("remote-key");
  } finally {
    await other.remove();
  }
});

test("sessions are listed, shown and followed", async () => {
  const { sessions } = (await home.json(["sessions", "list", "--directory", "."])) as { sessions: Envelope[] };
  expect(sessions.map(({ session_id: id }) => id)).toContain(session);
  const shown = (await home.json(["sessions", "show", session, "--last", "1"])) as { messages: Envelope[] };
  expect(shown.messages).toHaveLength(1);

  const follower = new Follower(home.start(["sessions", "follow", session, "--last", "0", "--json"]));
  await follower.next("following");
  await home.json(["prompt", "to whom it may concern", "--session", session]);
  const message = await follower.next("message");
  expect(message).toMatchObject({ kind: "prompt", text: "to whom it may concern" });
  expect(await follower.interrupt()).toBe(130);
});

test("[EXIT-1] the exit status tells how a prompt ended", async () => {
  await home.failure(["prompt", "/fail no", "--session", session], "engine_failed");
  await home.failure(["prompt", "x", "--session", "00000000-0000-4000-8000-000000000000"], "session_not_found");
  const busy = home.start(["prompt", "/sleep 60000 late", "--session", session, "--json"]);
  const ended = new Promise<number | null>((resolve) => busy.once("close", resolve));
  await untilState("running");
  const failed = await home.failure(["prompt", "x", "--session", session], "session_locked");
  expect(errorOf(failed)["detail"]).toMatchObject({ holder: "prompt" });
  busy.kill("SIGINT");
  expect(await ended).toBe(130);
  await untilState("idle");
});

test("lines of a pipe are prompts, one after the other, and their answers are waited for", async () => {
  const { lines, last } = await stream(["attach", session, "--last", "0"], "one\n/sleep 50 two\n/help\n");
  expect(last).toMatchObject({ prompts: 2, failed: 0, exit_code: 0 });
  const answers = lines.filter(({ type }) => type === "answer").map(({ text }) => text);
  expect(answers).toEqual(["echo: one", "echo: two"]);
  const messages = lines.filter(({ type }) => type === "message").map(({ text }) => text);
  expect(messages).toEqual(expect.arrayContaining(["one", "echo: one", "/sleep 50 two"]));
});

test("a question of the agent is listed and answered, once", async () => {
  const asking = home.json(["prompt", '/ask Bash {"command":"ls"} go on', "--session", session]);
  let pending: Envelope[] = [];
  while (pending.length === 0) {
    pending = ((await home.json(["approvals", "list"])) as { approvals: Envelope[] }).approvals;
  }
  const id = String(pending[0]?.["request_id"]);
  expect(await home.json(["approvals", "answer", id, "allow"])).toMatchObject({
    decision: "allow",
    stood_already: false,
  });
  expect(await home.json(["approvals", "answer", id, "deny"])).toMatchObject({
    decision: "allow",
    stood_already: true,
  });
  expect(await asking).toMatchObject({ text: "allowed: go on" });
});

test("[EXIT-1] a project command prints what it prints, and its status is 1 for any but 0", async () => {
  const scripts = { ok: "node -e \"console.log('out'); console.error('err')\"", bad: 'node -e "process.exit(3)"' };
  writeFileSync(home.path("package.json"), JSON.stringify({ scripts }));
  const offered = await stream(["run"]);
  expect((offered.last["commands"] as Envelope[]).map(({ command }) => command)).toEqual(
    expect.arrayContaining(["npm.ok", "npm.bad", "git.status"]),
  );
  const ok = await home.run(["run", "npm.ok"]);
  expect({ status: ok.status, out: ok.stdout.includes("out\n"), err: ok.stderr.includes("err\n") }).toEqual({
    status: 0,
    out: true,
    err: true,
  });
  const bad = await stream(["run", "npm.bad"]);
  expect(bad.last).toMatchObject({ exit_code: 1, command_exit_code: 3, error: { kind: "execution_failed" } });
  const { commands } = (await home.json(["history", "--directory", "."])) as { commands: Envelope[] };
  expect(commands.map(({ command_exit_code: code }) => code)).toEqual([3, 0]);
  const kept = await home.run(["history", "--output", String(commands[1]?.["command_session_id"])]);
  expect(kept.stdout).toContain("out\n");
});

test("[AUTH-6] [AUTH-7] a code pairs one device, which is listed and revoked", async () => {
  const pairing = await home.json(["pair"]);
  expect(pairing).toMatchObject({ loopback_only: true });
  expect(String(pairing["code"])).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
  const link = new URL(String(pairing["link"]));
  expect([link.pathname, link.hash]).toEqual(["/pair", `#${String(pairing["code"])}`]);
  const paired = await fetch(new URL("/remote/pair", link), {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body: JSON.stringify({ code: pairing["code"], device_name: "Anna's phone" }),
  });
  const { device_id: id } = (await paired.json()) as { device_id: string };
  const { devices } = (await home.json(["devices"])) as { devices: Envelope[] };
  expect(devices).toMatchObject([{ device_id: id, name: "Anna's phone" }]);
  expect(await home.json(["devices", "revoke", id])).toMatchObject({ revoked: true });
  await home.failure(["devices", "revoke", id], "device_not_found");
  expect((await home.json(["devices"]))["devices"]).toEqual([]);
});

test("a session is compacted and killed", async () => {
  expect(await home.json(["compact", session])).toMatchObject({ session_id: session });
  expect(await home.json(["kill", session])).toMatchObject({ killed: true });
});

/** Asks until the session is in this state. */
async function untilState(state: string): Promise<void> {
  for (;;) {
    const { session: shown } = (await home.json(["sessions", "show", session, "--last", "0"])) as { session: Envelope };
    if (shown["state"] === state) return;
  }
}
