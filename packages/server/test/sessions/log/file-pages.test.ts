import fc from "fast-check";
import { renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FileChangedError } from "../../../src/sessions/log/log-reader.ts";
import type { LogMessage } from "../../../src/sessions/session.ts";
import { Conversation, idOf, realisticConversation } from "./conversation.ts";
import { ReaderPlace, stateOf } from "./reader-place.ts";

describe("pages", () => {
  test("[HIST-5] [HIST-8] any stretch, forwards or backwards, is that of the whole log", async () => {
    const place = new ReaderPlace();
    const talk = realisticConversation(120, { bytes: 500 });
    // Repeated ids, lines without one, and records without a time, all over the file.
    talk.records.splice(300, 0, ...talk.records.slice(100, 130));
    for (const at of [40, 41, 500, 501]) talk.records[at] = { ...talk.records[at], uuid: undefined };
    for (const at of [0, 2, 600, 601, 602]) talk.records[at] = { ...talk.records[at], timestamp: undefined };
    place.write(talk.text);
    const state = await place.state();
    const pages = place.reader.openPages(place.file, state);
    const all = await pages.read(1, state.count);
    expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: state.count }, (_, i) => i + 1));
    expect(state.repeatedOffsets.length).toBeGreaterThan(0);
    await fc.assert(
      fc.asyncProperty(fc.nat(state.count + 5), fc.nat(60), async (from, length) => {
        expect(await pages.read(from, from + length)).toEqual(
          all.filter(({ seq }) => seq >= from && seq <= from + length),
        );
        const backwards: LogMessage[] = [];
        for await (const batch of pages.readBackwards(from + length, from)) backwards.push(...batch);
        expect(backwards).toEqual(all.filter(({ seq }) => seq > from && seq < from + length).toReversed());
      }),
      { numRuns: 60 },
    );
  });

  test("[SUB-6] the end of a log is read without its beginning", async () => {
    const place = new ReaderPlace();
    place.write(realisticConversation(40, { bytes: 4_000 }).text);
    const state = await place.state();
    const batches = place.reader.openPages(place.file, state).readBackwards(state.count + 1, 0);
    for await (const batch of batches) {
      expect(batch[0]?.seq).toBe(state.count);
      expect(batch.length).toBeLessThan(state.count / 2);
      break;
    }
  });

  test("[SUB-4] a message's number is found by its id, of the log and no other", async () => {
    const place = new ReaderPlace();
    place.write(realisticConversation(90, { bytes: 60 }).text);
    const state = await place.state();
    const pages = place.reader.openPages(place.file, state);
    const all = await place.pages(state);
    const asked = [1, 2, 255, 256, 257, 258, state.count];
    expect(await Promise.all(asked.map((seq) => pages.seqOf(all[seq - 1]?.id ?? "")))).toEqual(asked);
    expect(await pages.seqOf(idOf(999_999))).toBeUndefined();
    expect(await pages.seqOf("")).toBeUndefined();
  });

  test("[HIST-11] what was appended later is not in them, and a file that was replaced is told", async () => {
    const place = new ReaderPlace();
    const talk = new Conversation().prompt("One").reply("Two");
    place.write(talk.text);
    const state = await place.state();
    place.append(new Conversation({ seed: 1 }).prompt("Three").text);
    expect((await place.pages(state)).map(({ text }) => text)).toEqual(["One", "Two"]);
    truncateSync(place.file.path, 10);
    await expect(place.pages(state)).rejects.toThrow(FileChangedError);
    const other = join(place.folder, "other");
    writeFileSync(other, talk.text);
    renameSync(other, place.file.path);
    await expect(place.pages(state)).rejects.toThrow(FileChangedError);
  });

  test("[HIST-8] which prompts are ours is for the server to say", async () => {
    const talk = new Conversation()
      .prompt("Ours", { uuid: idOf(500) })
      .prompt("Theirs", { uuid: idOf(501) })
      .steered("Ours too", idOf(502));
    const place = new ReaderPlace({
      isOwnPrompt: (sessionId, id) => sessionId === talk.sessionId && [idOf(500), idOf(502)].includes(id),
    });
    place.write(talk.text);
    const result = await place.scan();
    const expected = [idOf(500), undefined, idOf(502)];
    expect(result.outcome === "grown" && result.messages.map(({ promptId }) => promptId)).toEqual(expected);
    expect((await place.pages(stateOf(result))).map(({ promptId }) => promptId)).toEqual(expected);
  });
});

describe("a prompt and its answer, after a crash", () => {
  test("[CRASH-3] a prompt is in the file as a record, under any case of its id, or as a steered one", async () => {
    const place = new ReaderPlace();
    const talk = new Conversation()
      .prompt("One", { uuid: idOf(0xabc).toUpperCase() })
      .steered("Two", idOf(501))
      .prompt("No", { isMeta: true, uuid: idOf(502) });
    place.write(talk.loose("queue-operation", { commandUuid: idOf(503) }).text);
    const pages = place.reader.openPages(place.file, await place.state());
    expect(await Promise.all([0xabc, 501, 502, 503, 504].map((number) => pages.hasRecord(idOf(number))))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  test("[CRASH-3] the answer is the last text of its turn, with the usage of every request once", async () => {
    const place = new ReaderPlace();
    const talk = new Conversation().prompt("Before").reply("Not this");
    talk.prompt("Fix it", { uuid: idOf(500) }).reply("Looking", { stopReason: "tool_use", message: { id: "m1" } });
    talk.assistant([{ type: "tool_use", id: "a", name: "Bash", input: {} }], {
      stopReason: "tool_use",
      message: { id: "m1" },
    });
    talk
      .result("a", "ok")
      .steered("And more", idOf(501))
      .reply("Fixed.", { message: { id: "m2" } })
      .system("stop_hook_summary");
    talk.prompt("After").reply("Nor this");
    place.write(talk.text);
    const pages = place.reader.openPages(place.file, await place.state());
    const answer = { isFinished: true, text: "Fixed.", usage: { inputTokens: 24, outputTokens: 14 } };
    expect(await pages.answerTo(idOf(500))).toEqual(answer);
    expect(await pages.answerTo(idOf(501))).toMatchObject({ isFinished: true, text: "Fixed." });
    expect(await pages.answerTo(idOf(999))).toBeUndefined();
  });

  test("[CRASH-3] [HIST-12] a turn that was broken off is not finished", async () => {
    const place = new ReaderPlace();
    place.write(new Conversation().prompt("Fix it", { uuid: idOf(500) }).call("a", "Bash", {}).text);
    const pages = place.reader.openPages(place.file, await place.state());
    expect(await pages.answerTo(idOf(500))).toMatchObject({ isFinished: false, text: "" });
  });
});
