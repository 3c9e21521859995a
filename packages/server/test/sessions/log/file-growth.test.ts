import {
  appendFileSync,
  closeSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Conversation, idOf, realisticConversation } from "./conversation.ts";
import { messagesOf, ReaderPlace, SESSION, stateOf } from "./reader-place.ts";

const user = (id: number, fields: object = {}): string =>
  `${JSON.stringify({ parentUuid: null, type: "user", uuid: idOf(id), message: { role: "user", content: `Message ${id}` }, timestamp: "2026-03-01T09:00:00.000Z", cwd: "/home/anna", ...fields })}\n`;

const texts = (messages: readonly { text: string }[]): string[] => messages.map(({ text }) => text);

describe("a torn end", () => {
  test("[HIST-4] is held back byte by byte until its newline comes", async () => {
    const place = new ReaderPlace();
    place.write(user(1));
    let state = await place.state();
    const line = Buffer.from(user(2, { message: { content: "α 🛒 ω" } }));
    for (const byte of line.subarray(0, -1)) {
      place.append(Buffer.from([byte]));
      const result = await place.scan(state);
      expect(messagesOf(result)).toEqual([]);
      state = stateOf(result);
      expect(state).toMatchObject({ count: 1, offset: user(1).length });
    }
    place.append("\n");
    expect(texts(messagesOf(await place.scan(state)))).toEqual(["α 🛒 ω"]);
  });

  test("[HIST-4] counts as a line when it is a complete object and the file is at rest", async () => {
    const place = new ReaderPlace();
    place.write(user(1) + user(2).trimEnd());
    const state = await place.state();
    expect(state.count).toBe(1);
    expect((await place.scan(state)).outcome).toBe("unchanged");
    const rested = await place.scan(state, { atRest: true });
    expect(texts(messagesOf(rested))).toEqual(["Message 2"]);
    expect(texts(await place.pages(stateOf(rested)))).toEqual(["Message 1", "Message 2"]);
    place.append(`\n${user(3)}`);
    expect(texts(messagesOf(await place.scan(stateOf(rested))))).toEqual(["Message 3"]);
  });

  test("[HIST-4] is none at rest when it is no complete object, and is not called broken", async () => {
    const place = new ReaderPlace();
    place.write(user(1) + user(2).slice(0, 40));
    const state = await place.state(undefined, { atRest: true });
    expect(state).toMatchObject({ count: 1, skippedLines: 0, offset: user(1).length });
  });

  test("[HIST-4] [HIST-11] a line that went on after it had been taken for whole makes the log begin anew", async () => {
    const place = new ReaderPlace();
    place.write(user(1) + user(2).trimEnd());
    const rested = await place.state(undefined, { atRest: true });
    place.append(user(3));
    expect(await place.scan(rested)).toMatchObject({
      outcome: "rewritten",
      isPrefixKept: false,
      state: { count: 1, skippedLines: 1 },
    });
  });
});

describe("what a file's change was", () => {
  test("[HIST-11] nothing, growth without messages, growth", async () => {
    const place = new ReaderPlace();
    place.write(user(1));
    const state = await place.state();
    expect(await place.scan(state)).toEqual({ outcome: "unchanged", state });
    place.append('{"type":"last-prompt"}\n');
    const grown = await place.scan(state);
    expect(grown).toMatchObject({ outcome: "grown", messages: [], hasMore: false });
    place.append(user(2));
    expect(texts(messagesOf(await place.scan(stateOf(grown))))).toEqual(["Message 2"]);
  });

  test("[HIST-11] only what is new is read: an edit between the edges is not seen", async () => {
    const place = new ReaderPlace();
    const lines = Array.from({ length: 100 }, (_, i) => user(i + 1));
    place.write(lines.join(""));
    const state = await place.state();
    const middle = Math.floor(lines.join("").indexOf("Message 50"));
    const file = openSync(place.file.path, "r+");
    writeSync(file, "Changed", middle);
    closeSync(file);
    place.append(user(101));
    const result = await place.scan(state);
    expect(texts(messagesOf(result))).toEqual(["Message 101"]);
    expect(stateOf(result)).toMatchObject({ count: 101, firstLineHash: state.firstLineHash });
  });

  test("[HIST-11] a smaller file is read anew; what is left of the old log is not all of it", async () => {
    const place = new ReaderPlace();
    place.write(user(1) + user(2));
    const state = await place.state();
    truncateSync(place.file.path, user(1).length);
    expect(await place.scan(state)).toMatchObject({ outcome: "rewritten", isPrefixKept: false, state: { count: 1 } });
  });

  test("[HIST-11] another file in its place with the same messages first keeps the numbering", async () => {
    const place = new ReaderPlace();
    place.write(user(1) + user(2));
    const state = await place.state();
    const other = join(place.folder, "other");
    writeFileSync(other, user(1) + user(2) + user(3));
    renameSync(other, place.file.path);
    const result = await place.scan(state);
    expect(result).toMatchObject({ outcome: "rewritten", isPrefixKept: true, state: { count: 3 } });
    expect(texts(await place.reader.openPages(place.file, stateOf(result)).read(3, 3))).toEqual(["Message 3"]);
  });

  test.each([
    ["the beginning", (place: ReaderPlace) => place.write(user(9) + user(2) + user(3))],
    ["the line before the end", (place: ReaderPlace) => place.write(user(1) + user(9) + user(3))],
  ])("[HIST-11] another prefix at %s is noticed, though the file grew", async (_, rewrite) => {
    const place = new ReaderPlace();
    place.write(user(1) + user(2));
    const state = await place.state();
    rewrite(place);
    expect(await place.scan(state)).toMatchObject({ outcome: "rewritten", isPrefixKept: false });
  });

  test("[HIST-11] a numbering of which only the fingerprint is known is compared with the whole file", async () => {
    const place = new ReaderPlace();
    place.write(user(1) + user(2));
    const { count, idsHash } = await place.state();
    place.append(user(3));
    const scan = (compare: { count: number; idsHash: string }) =>
      place.reader.scan({ file: place.file, compare, atRest: false, wantMessages: false });
    expect(await scan({ count, idsHash })).toMatchObject({
      outcome: "rewritten",
      isPrefixKept: true,
      state: { count: 3 },
    });
    expect(await scan({ count: 3, idsHash })).toMatchObject({ isPrefixKept: false });
    expect(await scan({ count: 4, idsHash })).toMatchObject({ isPrefixKept: false });
    expect(await scan({ count: 0, idsHash: "0000000000000000" })).toMatchObject({ isPrefixKept: true });
  });

  test("[HIST-13] a file that is gone, a folder and a path through a file are no files", async () => {
    const place = new ReaderPlace();
    expect(await place.scan()).toEqual({ outcome: "gone" });
    place.write(user(1));
    const state = await place.state();
    rmSync(place.file.path);
    expect(await place.scan(state)).toEqual({ outcome: "gone" });
    const at = (path: string) =>
      place.reader.scan({ file: { path, sessionId: SESSION }, atRest: false, wantMessages: false });
    expect(await at(place.folder)).toEqual({ outcome: "gone" });
    place.write(user(1));
    expect(await at(join(place.file.path, "x"))).toEqual({ outcome: "gone" });
  });

  test("[HIST-3] a file that cannot be read is an error that names it", async () => {
    const place = new ReaderPlace();
    symlinkSync(place.file.path, place.file.path);
    await expect(place.scan()).rejects.toThrow(`Cannot read ${place.file.path}: `);
  });
});

describe("ids over several reads", () => {
  test("[HIST-5] an id that occurred in an earlier read is dropped, and what follows is numbered as ever", async () => {
    const place = new ReaderPlace();
    place.write(user(1) + user(2));
    const state = await place.state();
    place.append(user(1) + user(3));
    const result = await place.scan(state);
    expect(messagesOf(result).map(({ seq, text }) => [seq, text])).toEqual([[3, "Message 3"]]);
    const whole = await place.state();
    expect(stateOf(result)).toEqual(whole);
    expect((await place.pages(whole)).map(({ seq, text }) => [seq, text])).toEqual([
      [1, "Message 1"],
      [2, "Message 2"],
      [3, "Message 3"],
    ]);
  });

  test("[HIST-6] equal lines without an id are told apart over several reads and in pages", async () => {
    const place = new ReaderPlace();
    const line = user(1, { uuid: undefined });
    place.write(line);
    let state = await place.state();
    const ids = [(await place.pages(state))[0]?.id];
    for (let i = 0; i < 3; i++) {
      place.append(line);
      const result = await place.scan(state);
      ids.push(...messagesOf(result).map(({ id }) => id));
      state = stateOf(result);
    }
    expect(new Set(ids).size).toBe(4);
    expect((await place.pages(state)).map(({ id }) => id)).toEqual(ids);
    expect((await place.reader.openPages(place.file, state).read(3, 3))[0]?.id).toBe(ids[2]);
    expect((await place.state()).idPrints).toBe(state.idPrints);
  });

  test("[HIST-8] the ancestor of what is appended is found behind dropped records, however far back", async () => {
    const place = new ReaderPlace();
    const talk = new Conversation().prompt("One").reply("Two").attachment("prompt_snapshot");
    const far = talk.leaf;
    for (let i = 0; i < 40; i++) talk.prompt("More").attachment("file", { content: "x".repeat(60_000) });
    place.write(talk.text);
    const state = await place.state();
    const before = talk.records.length;
    talk.prompt("Next").from(far).attachment("date").prompt("Branch");
    const appended = talk.records.slice(before).map((record) => `${JSON.stringify(record)}\n`);
    place.append(appended.join(""));
    const result = await place.scan(state);
    const pages = await place.pages(stateOf(result));
    expect(messagesOf(result).map(({ text, parentId }) => [text, parentId])).toEqual([
      ["Next", pages[41]?.id],
      ["Branch", pages[1]?.id],
    ]);
    expect(messagesOf(result)).toEqual(pages.slice(-2));
  });
});

describe("large files", () => {
  test(
    "[HIST-3] a line over 64 MiB is skipped and counted, and held back while it is not over",
    { timeout: 60_000 },
    async () => {
      const place = new ReaderPlace();
      place.write(user(1));
      const huge = Buffer.alloc(65 * 1024 * 1024, "x");
      appendFileSync(place.file.path, huge);
      const state = await place.state();
      expect(state).toMatchObject({ count: 1, skippedLines: 0, offset: user(1).length });
      place.append(`\n${user(2)}`);
      const result = await place.scan(state);
      expect(stateOf(result)).toMatchObject({ count: 2, skippedLines: 1 });
      expect(texts(messagesOf(result))).toEqual(["Message 2"]);
      expect(texts(await place.pages(stateOf(result)))).toEqual(["Message 1", "Message 2"]);
    },
  );

  test("[HIST-3] a line of several megabytes is read, wherever it lies", async () => {
    const place = new ReaderPlace();
    const content = "é".repeat(1_700_000);
    place.write(user(1) + user(2, { message: { content } }) + user(3));
    const state = await place.state();
    expect((await place.pages(state)).map(({ text }) => text.length)).toEqual([9, 1_700_000, 9]);
    expect(state.facts.preview).toBe("Message 3");
  });

  test("[HIST-3] much that is new is given in parts", async () => {
    const place = new ReaderPlace();
    place.write(realisticConversation(60, { bytes: 9_000 }).text);
    let result = await place.scan();
    const messages = [...messagesOf(result)];
    let parts = 1;
    for (; result.outcome === "grown" && result.hasMore; parts++) {
      result = await place.scan(stateOf(result));
      messages.push(...messagesOf(result));
    }
    expect(parts).toBeGreaterThan(1);
    expect(stateOf(result)).toEqual(await place.state());
    expect(messages).toEqual(await place.pages(stateOf(result)));
  });
});
