import fc from "fast-check";
import { rmSync, truncateSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { FileState } from "../../../src/sessions/log/log-reader.ts";
import { scanFile } from "../../../src/sessions/log/scan-file.ts";
import { joinSegments, scanSegment } from "../../../src/sessions/log/segment-scan.ts";
import { Conversation, idOf, realisticConversation } from "./conversation.ts";
import { ReaderPlace, stateOf } from "./reader-place.ts";

function countInParts(place: ReaderPlace, size: number, cuts: readonly number[]): FileState | undefined {
  const bounds = [0, ...cuts, size];
  const segments = bounds.slice(0, -1).map((from, i) => {
    const to = bounds[i + 1] ?? size;
    return scanSegment({ file: place.file, from, to, size, atRest: true });
  });
  const whole = segments.filter((segment) => segment !== undefined);
  return whole.length < segments.length ? undefined : joinSegments(place.file, size, whole);
}

function countAtOnce(place: ReaderPlace): FileState {
  const answer = scanFile({ file: place.file, atRest: true, wantMessages: false });
  if (answer.outcome !== "grown") throw new Error(answer.outcome);
  return answer.state;
}

/** What the newest record's ancestor is, is looked up when it is needed. */
const withoutTip = (state: FileState | undefined) => state && { ...state, tip: state.tip?.id };

describe("a file counted in parts", () => {
  test("[HIST-3] [HIST-5] [HIST-12] gives what counting it in one go gives, wherever it is cut", () => {
    const place = new ReaderPlace();
    const talk = realisticConversation(12, { bytes: 60 });
    for (const at of [3, 60]) talk.records[at] = { ...talk.records[at], timestamp: undefined };
    talk.records.splice(50, 0, ...talk.records.slice(40, 48));
    const text = `${talk.text}broken\n${new Conversation({ seed: 1 }).prompt("Last").reply("Done").text}`.trimEnd();
    place.write(text);
    const expected = withoutTip(countAtOnce(place));
    const size = Buffer.byteLength(text);
    let joined = 0;
    fc.assert(
      fc.property(fc.array(fc.nat(size - 1), { minLength: 1, maxLength: 3 }), (cuts) => {
        const state = countInParts(
          place,
          size,
          cuts.toSorted((a, b) => a - b).filter((cut) => cut > 0),
        );
        if (state !== undefined) joined++;
        expect(withoutTip(state) ?? expected).toEqual(expected);
      }),
      { numRuns: 300 },
    );
    expect(joined).toBeGreaterThan(100);
  });

  test("[HIST-5] [HIST-6] is not put together when an id, or a line without one, is in two parts", () => {
    const place = new ReaderPlace();
    for (const uuid of [idOf(1), undefined]) {
      const line = `${JSON.stringify({ type: "user", uuid, message: { content: "Hello" } })}\n`;
      const other = new Conversation({ seed: 1 }).prompt("Another").text;
      place.write(
        line + other + line + other.replaceAll("Another", "And another").replaceAll(idOf(1_000_001), idOf(7)),
      );
      expect(
        countInParts(place, Buffer.byteLength(line + other + line + other) + 4, [line.length + 5]),
      ).toBeUndefined();
    }
  });

  test("[HIST-12] is not put together when the last part does not see its turn begin", () => {
    const place = new ReaderPlace();
    const talk = new Conversation().prompt("Fix it").call("a", "Bash", {}).call("b", "Bash", {});
    const begin = talk.text.length;
    talk.result("b", "ok").reply("Done");
    place.write(talk.text);
    expect(countInParts(place, talk.text.length, [begin])).toBeUndefined();
    expect(countInParts(place, talk.text.length, [10])).toBeUndefined();
  });

  test("[HIST-13] is none when the file went away or shrank meanwhile", () => {
    const place = new ReaderPlace();
    const { text } = realisticConversation(2, { bytes: 40 });
    place.write(text);
    const size = Buffer.byteLength(text);
    truncateSync(place.file.path, size - 1);
    expect(countInParts(place, size, [100])).toBeUndefined();
    rmSync(place.file.path);
    expect(countInParts(place, size, [100])).toBeUndefined();
  });

  test(
    "[HIST-3] is what the reader does with a large one, and its pages are those of the log",
    { timeout: 60_000 },
    async () => {
      const place = new ReaderPlace();
      const texts = Array.from({ length: 30 }, (_, seed) => realisticConversation(40, { seed, bytes: 2_000 }).text);
      place.write(texts.join(""));
      const state = stateOf(await place.scan(undefined, { wantMessages: false }));
      expect(state.size).toBeGreaterThan(34_000_000);
      expect(withoutTip(state)).toEqual(withoutTip(countAtOnce(place)));
      const pages = place.reader.openPages(place.file, state);
      const middle = Math.floor(state.count / 2);
      expect((await pages.read(middle, middle + 300)).map(({ seq }) => seq)).toEqual(
        Array.from({ length: 301 }, (_, i) => middle + i),
      );
      const next = new Conversation({ seed: 99 })
        .from((await pages.read(state.count, state.count))[0]?.id ?? null)
        .prompt("Next");
      place.append(next.text);
      expect(await place.scan(state)).toMatchObject({
        outcome: "grown",
        messages: [{ seq: state.count + 1, text: "Next" }],
      });
    },
  );
});
