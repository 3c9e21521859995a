import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createSessionSocket, sessionSocketAddress } from "../../src/mcp/ways-in/session-socket.ts";
import { FakeSession } from "./support/fake-session.ts";

let folder: string;
let session: FakeSession;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "parl-session-"));
  session = await FakeSession.open(join(folder, "s.sock"));
});
afterEach(async () => {
  await session.close();
  rmSync(folder, { recursive: true, force: true });
});

test("[MCP-9] succeeds when both lines were read and the socket was closed, whatever the text holds", async () => {
  const text = `a "quoted"\nline\u2028 and ${"long ".repeat(50_000)}`;
  await createSessionSocket({ path: session.path, token: session.token })(text);
  expect(session.texts).toEqual([text]);
  expect(session.deliveries[0]?.lines[0]).toEqual({ type: "auth", token: session.token });
});

test("[MCP-9] fails when the socket is cut off, is not closed in time, or is not there", async () => {
  const write = createSessionSocket({ path: session.path, token: session.token }, 300);
  session.behaviour = "refuse";
  // More than the system takes without a reader.
  await expect(write("x".repeat(1_000_000))).rejects.toMatchObject({
    name: "SessionSocketError",
    mayHaveArrived: false,
  });
  session.behaviour = "hang";
  await expect(write("text")).rejects.toMatchObject({ name: "SessionSocketError", mayHaveArrived: true });
  const missing = createSessionSocket({ path: join(folder, "none.sock"), token: "t" });
  await expect(missing("text")).rejects.toMatchObject({
    name: "SessionSocketError",
    mayHaveArrived: false,
    message: expect.stringContaining("ENOENT"),
  });
});

test("[MCP-9] there is no socket without both path and token", () => {
  expect(sessionSocketAddress("/s", "t")).toEqual({ path: "/s", token: "t" });
  for (const [path, token] of [
    ["/s", undefined],
    ["/s", ""],
    [undefined, "t"],
    ["", "t"],
  ]) {
    expect(sessionSocketAddress(path, token)).toBeUndefined();
  }
});
