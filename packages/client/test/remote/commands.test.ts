import { expect, test } from "vitest";
import type { CommandRun } from "../../src/remote/commands/command-run.ts";
import type { Frame, ScriptedConnection } from "../support/scripted-broker.ts";
import {
  TIME,
  catchUpNext,
  caughtUp,
  cut,
  failureOf,
  openRemote,
  settled,
  type RemoteFixture,
} from "./support/remote-fixture.ts";

const ID = "cmd-0d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b01";

interface Printed {
  readonly lines: string[];
  readonly lost: [number, number][];
}

const started = (asked: Frame) => ({
  type: "command_started",
  command_session_id: ID,
  command_id: asked["command_id"],
  shell_command: "npm run test",
  working_directory: asked["working_directory"],
  timestamp: TIME,
  correlation_id: asked["correlation_id"],
});
const output = (seq: number, text: string, more: object = {}) => ({
  type: "command_output",
  command_session_id: ID,
  stream: "stdout",
  text,
  seq,
  ...more,
});
const complete = { type: "command_complete", command_session_id: ID, exit_code: 3, duration_ms: 12 };

function full(asked: Frame, text: string, changes: object = {}): object {
  return {
    type: "command_output_full",
    command_session_id: ID,
    output: text,
    exit_code: -1,
    timestamp: TIME,
    duration_ms: 5,
    command_id: "npm.test",
    shell_command: "npm run test",
    working_directory: "/tmp",
    offset: asked["offset"],
    next_offset: null,
    total_bytes: text.length,
    truncated: false,
    running: true,
    last_seq: text.split("\n").length - 1,
    correlation_id: asked["correlation_id"],
    ...changes,
  };
}

/** Starts a command, with frames that come in one packet with its start. */
async function start(
  fixture: RemoteFixture,
  ...frames: object[]
): Promise<{ run: CommandRun; connection: ScriptedConnection; printed: Printed }> {
  const connection = await caughtUp(fixture);
  const starting = fixture.client.commands.start("npm.test", "/tmp");
  const asked = await connection.nextOf("execute_command");
  connection.send(started(asked));
  for (const frame of frames) connection.send(frame);
  const run = await starting;
  const printed: Printed = { lines: [], lost: [] };
  run.listen({
    lines: (lines) => {
      printed.lines.push(
        ...lines.map(({ stream, text, isPartial }) => `${stream ?? "?"}:${text}${isPartial ? "…" : ""}`),
      );
    },
    lost: (from, to) => void printed.lost.push([from, to]),
  });
  return { run, connection, printed };
}

test("[CMD-9] output comes in order before the end, also what came with the start", async () => {
  const fixture = await openRemote();
  const { run, connection, printed } = await start(fixture, output(1, "one"), output(2, "two", { stream: "stderr" }));
  connection.send(output(3, "three\nfour\nfive", { lines: 3 }));
  connection.send(output(3, "three"));
  connection.send(complete);
  expect(await run.ended).toEqual({ exitCode: 3, durationMs: 12, signal: undefined });
  expect(printed.lines).toEqual(["stdout:one", "stderr:two", "stdout:three", "stdout:four", "stdout:five"]);
});

test("[CMD-11] a long line comes in pieces, between which the other stream may go on", async () => {
  const fixture = await openRemote();
  const { run, connection, printed } = await start(fixture);
  connection.send(output(1, "long ", { partial: true }));
  connection.send(output(2, "meanwhile", { stream: "stderr" }));
  connection.send(output(1, "line"));
  connection.send(output(3, "next"));
  connection.send({ ...complete, exit_code: 130, signal: "SIGINT" });
  expect(await run.ended).toMatchObject({ exitCode: 130, signal: "SIGINT" });
  expect(printed.lines).toEqual(["stdout:long …", "stderr:meanwhile", "stdout:line", "stdout:next"]);
});

test("[CMD-12] what a slow socket lost is read from the history, before what comes after it", async () => {
  const fixture = await openRemote();
  const { run, connection, printed } = await start(fixture, output(1, "1"));
  connection.send({ type: "command_output_gap", command_session_id: ID, from_seq: 2, to_seq: 3 });
  connection.send(output(4, "4"));
  connection.send(complete);
  const first = await connection.nextOf("get_command_output");
  expect(first).toMatchObject({ offset: 0, command_session_id: ID });
  connection.send(full(first, "1\n2\n", { next_offset: 4, last_seq: 5 }));
  const second = await connection.nextOf("get_command_output");
  expect(second).toMatchObject({ offset: 4 });
  connection.send(full(second, "3\n4\n5\n", { running: false, exit_code: 3, last_seq: 5 }));
  expect(await run.ended).toMatchObject({ exitCode: 3 });
  expect(printed.lines).toEqual(["stdout:1", "?:2", "?:3", "?:4", "?:5"]);
});

test("[CMD-12] lines from the history are of the stream that the first page tells them to be of", async () => {
  const fixture = await openRemote();
  const { run, connection, printed } = await start(fixture, output(1, "1"));
  connection.send({ type: "command_output_gap", command_session_id: ID, from_seq: 2, to_seq: 7 });
  const first = await connection.nextOf("get_command_output");
  const stderr_lines = [1, 1, 3, 4, 7, 9];
  connection.send(full(first, "1\n2\n3\n", { next_offset: 6, last_seq: 7, stderr_lines }));
  const second = await connection.nextOf("get_command_output");
  connection.send(full(second, "4\n5\n6\n7\n", { running: false, exit_code: 0, last_seq: 7 }));
  await run.ended;
  expect(printed.lines).toEqual(["stdout:1", "stdout:2", "stderr:3", "stderr:4", "stdout:5", "stdout:6", "stderr:7"]);
});

test("[CMD-13] after a lost connection goes on with what was missed, and with the rest of a line begun", async () => {
  const fixture = await openRemote();
  const { run, connection, printed } = await start(fixture, output(1, "1"), output(2, "be", { partial: true }));
  await settled(fixture.client, connection);
  await cut(fixture, connection);
  fixture.clock.advance(1_000);
  const again = await catchUpNext(fixture);
  again.send(output(4, "4"));
  again.send(full(await again.nextOf("get_command_output"), "1\nbegun\n3\n4\n"));
  again.send(output(5, "5"));
  again.send(complete);
  await run.ended;
  expect(printed.lines).toEqual(["stdout:1", "stdout:be…", "stdout:gun", "?:3", "?:4", "stdout:5"]);
});

test("[CMDHIST-8] of an output that is too long to be served the lost lines are told", async () => {
  const fixture = await openRemote();
  const { run, connection, printed } = await start(fixture, output(1, "1"), output(5, "5"));
  connection.send(
    full(await connection.nextOf("get_command_output"), "1\n… cut …\n", { truncated: true, last_seq: 9 }),
  );
  connection.send(output(10, "10"));
  connection.send(complete);
  await run.ended;
  expect(printed).toEqual({ lines: ["stdout:1", "stdout:10"], lost: [[2, 9]] });
});

test("lines that never come into the history are given up", async () => {
  const fixture = await openRemote();
  const { run, connection, printed } = await start(fixture, output(1, "1"), output(5, "5"), complete);
  for (let n = 0; n < 3; n += 1) connection.send(full(await connection.nextOf("get_command_output"), "1\n"));
  await run.ended;
  expect(printed).toEqual({ lines: ["stdout:1", "stdout:5"], lost: [[2, 4]] });
});

test("[CMD-7] a command that is not offered is refused in its own words, and one can be killed", async () => {
  const fixture = await openRemote();
  const { run, connection } = await start(fixture);
  const refused = failureOf(fixture.client.commands.start("nosuch", "/tmp"));
  const asked = await connection.nextOf("execute_command");
  connection.send({
    type: "command_error",
    command_id: "nosuch",
    error: "Unknown command: nosuch",
    correlation_id: asked["correlation_id"],
  });
  expect(await refused).toMatchObject({ code: "command_error", message: "Unknown command: nosuch" });

  const killing = fixture.client.commands.kill(run.commandSessionId);
  const kill = await connection.nextOf("kill_command");
  connection.send({ type: "ack", message: "Command terminated", correlation_id: kill["correlation_id"] });
  await killing;
  await fixture.client.close();
  expect(await failureOf(run.ended)).toMatchObject({ code: "client_ended" });
});

test("[CMD-12] a listener that is slow is given nothing more until it has taken what it was given", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const starting = fixture.client.commands.start("npm.test", "/tmp");
  connection.send(started(await connection.nextOf("execute_command")));
  const run = await starting;
  const taking = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const given: string[][] = [];
  run.listen({
    lines: async (lines) => {
      given.push(lines.map(({ text }) => text));
      await taking[given.length - 1]?.promise;
    },
  });
  // More than is kept here comes a second time, from the history.
  const large = "x".repeat(3 * 1024 * 1024);
  connection.send(output(1, "1"));
  connection.send(output(2, large));
  connection.send(output(3, large));
  connection.send(complete);
  await settled(fixture.client, connection);
  expect(given).toEqual([["1"]]);
  taking[0]?.resolve();
  await settled(fixture.client, connection);
  expect(given.map((texts) => texts.map(({ length }) => length))).toEqual([[1], [large.length]]);
  taking[1]?.resolve();
  const asked = await connection.nextOf("get_command_output");
  connection.send(full(asked, `1\n${large}\n${large}\n`, { running: false, exit_code: 3 }));
  expect(await run.ended).toMatchObject({ exitCode: 3 });
  expect(given.map((texts) => texts.length)).toEqual([1, 1, 1]);
});

const entry = {
  command_session_id: ID,
  command_id: "npm.test",
  shell_command: "npm run test",
  working_directory: "/tmp",
  timestamp: TIME,
};

function listen(run: CommandRun): string[] {
  const texts: string[] = [];
  run.listen({ lines: (lines) => void texts.push(...lines.map(({ stream, text }) => `${stream ?? "?"}:${text}`)) });
  return texts;
}

test("[CMDHIST-9] a command of another client is followed from its first line, each line once", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const run = fixture.client.commands.follow(entry);
  const texts = listen(run);
  const first = await connection.nextOf("get_command_output");
  expect(first).toMatchObject({ follow: true, offset: 0 });
  connection.send(full(first, "1\n", { next_offset: 2, last_seq: 2 }));
  // Live lines may come between the pages of what was before them.
  connection.send(output(3, "3"));
  const second = await connection.nextOf("get_command_output");
  expect(second).not.toHaveProperty("follow");
  connection.send(full(second, "2\n3\n", { last_seq: 3 }));
  connection.send(output(4, "4"));
  connection.send(complete);
  expect(await run.ended).toMatchObject({ exitCode: 3 });
  expect(texts).toEqual(["?:1", "?:2", "?:3", "stdout:4"]);
});

test("[CMDHIST-9] following goes on over a lost connection, and ends with a command that ended meanwhile", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const run = fixture.client.commands.follow(entry);
  const texts = listen(run);
  connection.send(full(await connection.nextOf("get_command_output"), "1\n"));
  await settled(fixture.client, connection);
  expect(fixture.client.commands.follow(entry)).toBe(run);
  await cut(fixture, connection);
  fixture.clock.advance(1_000);
  const again = await catchUpNext(fixture);
  const asked = await again.nextOf("get_command_output");
  expect(asked).toMatchObject({ follow: true });
  again.send(full(asked, "1\n2\n", { running: false, exit_code: 0, duration_ms: 9 }));
  expect(await run.ended).toMatchObject({ exitCode: 0, durationMs: 9 });
  expect(texts).toEqual(["?:1", "?:2"]);
});

test("[CMDHIST-7] following what the server does not have fails in its words", async () => {
  const fixture = await openRemote();
  const connection = await caughtUp(fixture);
  const run = fixture.client.commands.follow(entry);
  const asked = await connection.nextOf("get_command_output");
  connection.send({
    type: "error",
    message: `Command output not found: ${ID}`,
    code: "not_found",
    retryable: false,
    correlation_id: asked["correlation_id"],
  });
  expect(await failureOf(run.ended)).toMatchObject({ code: "not_found", message: `Command output not found: ${ID}` });
});
