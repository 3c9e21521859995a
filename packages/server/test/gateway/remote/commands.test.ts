import { mkdirSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RawClient } from "../../support/raw-client.ts";
import { linesOf } from "../../support/remote/fake-commands.ts";
import {
  forget,
  newsOf,
  openRemoteWorld,
  settle,
  typesOf,
  type RemoteWorld,
} from "../../support/remote/remote-world.ts";

let world: RemoteWorld;

beforeEach(async () => {
  world = await openRemoteWorld();
});
afterEach(() => world.end());

const execute = (more: Record<string, unknown> = {}) => ({
  type: "execute_command",
  command_id: "lint",
  working_directory: "/home/anna",
  ...more,
});

async function start(client: RawClient) {
  client.send(execute());
  await client.find(({ type }) => type === "command_started");
  const command = world.commands.started.at(-1);
  if (command === undefined) throw new Error("nothing runs");
  forget(client);
  return command;
}

describe("running commands", () => {
  test("[CMD-12] [CMD-9] start, output and end go to all sockets of the starting client session and to no other", async () => {
    const [asker, sibling] = [await world.connect(), await world.connect()];
    const stranger = await world.connect({ session_id: "stranger" });
    asker.send(execute({ correlation_id: "c" }));
    const started = await asker.next("command_started");
    const [command] = world.commands.started;
    if (command === undefined) throw new Error("nothing runs");
    expect(started).toEqual({
      type: "command_started",
      command_session_id: command.commandSessionId,
      command_id: "lint",
      shell_command: "make lint",
      working_directory: "/home/anna",
      timestamp: "2026-03-01T09:00:00.000Z",
      correlation_id: "c",
    });
    world.commands.print(command, [...linesOf(["a", "b"]), ...linesOf(["c"], 3, "stderr")]);
    world.commands.complete(command, 3);
    for (const client of [asker, sibling]) {
      await client.find(({ type }) => type === "command_complete");
      expect(typesOf(client)).toEqual([
        "command_started",
        "command_output",
        "command_output",
        "command_output",
        "command_complete",
      ]);
    }
    expect(newsOf(sibling)[0]).not.toHaveProperty("correlation_id");
    expect(newsOf(sibling).slice(1)).toMatchObject([
      { stream: "stdout", text: "a", seq: 1 },
      { stream: "stdout", text: "b", seq: 2 },
      { stream: "stderr", text: "c", seq: 3 },
      { exit_code: 3, duration_ms: 5 },
    ]);
    await settle(stranger);
    expect(newsOf(stranger)).toEqual([]);
    await Promise.all([asker, sibling, stranger].map((client) => client.close()));
  });

  test("[CMD-13] a command goes on without sockets; a later socket of the client session gets the rest live", async () => {
    const client = await world.connect();
    const command = await start(client);
    await client.close();
    world.commands.print(command, linesOf(["unheard"]));
    const later = await world.connect();
    world.commands.print(command, linesOf(["heard"], 2));
    world.commands.complete(command);
    await later.find(({ type }) => type === "command_complete");
    expect(newsOf(later)).toMatchObject([{ text: "heard", seq: 2 }, { type: "command_complete" }]);
    await later.close();
  });

  test("[CONN-11] with output_batch lines share a frame", async () => {
    const [batch, single] = [await world.connect({ capabilities: ["output_batch"] }), await world.connect()];
    const command = await start(batch);
    forget(single);
    world.commands.print(command, linesOf(["a", "b", "c"]));
    world.commands.complete(command);
    await Promise.all([batch, single].map((client) => client.find(({ type }) => type === "command_complete")));
    expect(newsOf(batch)[0]).toMatchObject({ text: "a\nb\nc", seq: 1, lines: 3 });
    expect(newsOf(single).filter(({ type }) => type === "command_output")).toHaveLength(3);
    await Promise.all([batch.close(), single.close()]);
  });

  test("[CMD-7] [CMD-8] what cannot be started is said as the contract says it", async () => {
    const client = await world.connect();
    const cases = [
      [{ command_id: undefined }, { type: "error", message: "command_id required in execute_command message" }],
      [{ command_id: " " }, { type: "error", code: "missing_field" }],
      [
        { working_directory: undefined },
        { type: "error", message: "working_directory required in execute_command message" },
      ],
      [{ working_directory: "/nowhere" }, { type: "command_error", error: "Directory does not exist: /nowhere" }],
      [{ command_id: "missing" }, { type: "command_error", command_id: "missing", error: "Unknown command: missing" }],
      [{ working_directory: "shop" }, { type: "error", message: "Path must be absolute: shop" }],
    ] as const;
    for (const [more, answer] of cases) {
      client.send(execute({ ...more, correlation_id: "c" }));
      expect(await client.next()).toMatchObject({ ...answer, correlation_id: "c" });
    }
    await client.close();
  });

  test("[CMD-14] killing is acknowledged; what does not run is named", async () => {
    const client = await world.connect();
    const command = await start(client);
    client.send({ type: "kill_command", command_session_id: command.commandSessionId });
    expect(await client.next()).toEqual({ type: "ack", message: "Command terminated" });
    client.send({ type: "kill_command", command_session_id: "cmd-x" });
    expect(await client.next()).toMatchObject({ message: "Command not running: cmd-x", code: "not_found" });
    await client.close();
  });
});

describe("reading commands", () => {
  const ID = `cmd-${randomUUID()}`;

  test("[CMDHIST-8] [RLIM-3] an output comes in pages that fit, and is the whole again", async () => {
    const text = Array.from({ length: 3_000 }, (_, n) => `line "${n}" é\t𝒳\n`).join("");
    world.commands.pages.set(ID, { text, lastSeq: 3_000, isRunning: false });
    for (const sizeKb of [4, 10, 200]) {
      const client = await world.connect({ size_kb: sizeKb });
      let offset: unknown = 0;
      let read = "";
      while (offset !== null) {
        client.send({ type: "get_command_output", command_session_id: ID, offset, correlation_id: "é".repeat(60) });
        const page = await client.next("command_output_full");
        expect(page).toMatchObject({ offset, total_bytes: Buffer.byteLength(text), exit_code: 0, running: false });
        read += String(page["output"]);
        offset = page["next_offset"];
      }
      expect(read).toBe(text);
      await client.close();
    }
    expect(world.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("[CMDHIST-7] [CMDHIST-9] what is unknown is named; while it runs the two numbers are numbers", async () => {
    world.commands.pages.set(ID, { text: "a\n", lastSeq: 1, isRunning: true });
    const client = await world.connect();
    client.send({ type: "get_command_output", command_session_id: ID });
    expect(await client.next()).toMatchObject({ running: true, exit_code: -1, duration_ms: expect.any(Number) });
    client.send({ type: "get_command_output", command_session_id: "cmd-x", follow: true });
    expect(await client.next()).toMatchObject({ message: "Command output not found: cmd-x", code: "not_found" });
    client.send({ type: "get_command_output" });
    expect(await client.next()).toMatchObject({
      message: "command_session_id required in get_command_output message",
    });
    await client.close();
  });

  test("[CMDHIST-8] which lines are of stderr is told with the first page, where it leaves room for the output", async () => {
    const text = Array.from({ length: 3_000 }, (_, n) => `line ${n}\n`).join("");
    const stderrLines = [
      { from: 2, to: 2 },
      { from: 7, to: 3_000 },
    ];
    world.commands.pages.set(ID, { text, lastSeq: 3_000, isRunning: false, stderrLines });
    const client = await world.connect({ size_kb: 4 });
    client.send({ type: "get_command_output", command_session_id: ID });
    const first = await client.next("command_output_full");
    expect(first["stderr_lines"]).toEqual([2, 2, 7, 3_000]);
    client.send({ type: "get_command_output", command_session_id: ID, offset: first["next_offset"] });
    expect(await client.next("command_output_full")).not.toHaveProperty("stderr_lines");
    const turns = Array.from({ length: 1_000 }, (_, n) => ({ from: 2 * n + 1, to: 2 * n + 1 }));
    world.commands.pages.set(ID, { text, lastSeq: 3_000, isRunning: false, stderrLines: turns });
    client.send({ type: "get_command_output", command_session_id: ID });
    expect(await client.next("command_output_full")).not.toHaveProperty("stderr_lines");
    await client.close();
  });

  test("[CMDHIST-9] with follow the lines behind last_seq come live on any socket, none twice, none lost", async () => {
    const owner = await world.connect({ session_id: "owner" });
    const command = await start(owner);
    const id = command.commandSessionId;
    world.commands.pages.set(id, { text: "1\n2\n", lastSeq: 2, isRunning: true });
    const follower = await world.connect();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.commands.gate = promise;
    follower.send({ type: "get_command_output", command_session_id: id, follow: true });
    await settle(follower);
    // While the page is read lines are printed: one that it covers, and two that it does not.
    world.commands.print(command, linesOf(["2", "3"], 2));
    world.commands.print(command, linesOf(["4"], 4));
    forget(follower);
    resolve();
    await follower.next("command_output_full");
    world.commands.print(command, linesOf(["5"], 5));
    world.commands.complete(command);
    await follower.find(({ type }) => type === "command_complete");
    const seqs = newsOf(follower).filter(({ type }) => type === "command_output");
    expect(seqs.map((frame) => frame["seq"])).toEqual([3, 4, 5]);
    await Promise.all([owner.close(), follower.close()]);
  });

  test("[CMDHIST-9] a command that ends while its page is read is told complete behind the page", async () => {
    const owner = await world.connect({ session_id: "owner" });
    const command = await start(owner);
    const id = command.commandSessionId;
    world.commands.pages.set(id, { text: "1\n", lastSeq: 1, isRunning: true });
    const follower = await world.connect();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.commands.gate = promise;
    follower.send({ type: "get_command_output", command_session_id: id, follow: true });
    await settle(follower);
    world.commands.print(command, linesOf(["2"], 2));
    world.commands.complete(command);
    forget(follower);
    resolve();
    await follower.find(({ type }) => type === "command_complete");
    expect(typesOf(follower)).toEqual(["command_output_full", "command_output", "command_complete"]);
    await Promise.all([owner.close(), follower.close()]);
  });

  test("[RLIM-3] the history is paged by what fits, and goes on at its cursor; any other limit than 1 to 500 means 50", async () => {
    world.commands.entries = Array.from({ length: 90 }, (_, n) => ({
      commandSessionId: `cmd-${n}`,
      commandId: "lint",
      shellCommand: "make lint",
      workingDirectory: "/home/anna/shop",
      startedAt: Date.UTC(2026, 2, 1),
      exitCode: 0,
      durationMs: n,
      outputPreview: "x".repeat(200),
    }));
    const client = await world.connect({ size_kb: 4 });
    const read: unknown[] = [];
    let cursor: unknown;
    do {
      client.send({ type: "get_command_history", limit: 0, ...(cursor === undefined ? {} : { cursor }) });
      const page = await client.next("command_history");
      expect(page["limit"]).toBe(50);
      read.push(...(page["sessions"] as { command_session_id: string }[]).map((entry) => entry.command_session_id));
      cursor = page["next_cursor"];
      expect(page["has_more"]).toBe(cursor !== null);
    } while (cursor !== null);
    expect(read).toEqual(world.commands.entries.map(({ commandSessionId }) => commandSessionId));
    await client.close();
  });
});

describe("files", () => {
  test("[RES-4] [RLIM-3] uploads, lists in pages and deletions reach the desk of resources and are answered by it", async () => {
    const place = join(world.folder, "shop");
    mkdirSync(place);
    const client = await world.connect({ size_kb: 4 });
    client.send({ type: "upload_file", filename: "a.txt" });
    expect(await client.next()).toMatchObject({
      message: "filename, content, and storage_location required in upload_file message",
    });
    for (let n = 0; n < 40; n++) {
      const filename = `${"n".repeat(150)}${n}.txt`;
      client.send({ type: "upload_file", filename, content: "aGVsbG8=", storage_location: place });
      expect(await client.next("file_uploaded")).toMatchObject({ filename, size: 5 });
    }
    let offset = 0;
    let hasMore: unknown = true;
    for (let pages = 0; hasMore === true; pages++) {
      client.send({ type: "list_resources", storage_location: place, offset });
      const page = await client.next("resources_list");
      offset += (page["resources"] as unknown[]).length;
      hasMore = page["has_more"];
      expect(pages).toBeLessThan(40);
    }
    expect(offset).toBe(40);
    client.send({ type: "delete_resource", filename: `${"n".repeat(150)}7.txt`, storage_location: place });
    expect(await client.next("resource_deleted")).toMatchObject({ filename: `${"n".repeat(150)}7.txt` });
    client.send({ type: "delete_resource", filename: "none", storage_location: place });
    expect(await client.next()).toMatchObject({ message: "Failed to delete resource: Resource not found" });
    await client.close();
  });
});

describe("push subscriptions", () => {
  test("[PUSH-1] one is stored per device and removed again; a bad one is refused", async () => {
    const client = await world.connect();
    client.send({ type: "push_subscribe", endpoint: "https://push.example.org/1", keys: { p256dh: "x", auth: "y" } });
    expect(await client.next()).toMatchObject({ type: "error", code: "invalid_field" });
    client.send({ type: "push_unsubscribe", correlation_id: "c" });
    expect(await client.next()).toEqual({
      type: "ack",
      message: "Push subscription removed",
      correlation_id: "c",
    });
    await client.close();
  });
});
