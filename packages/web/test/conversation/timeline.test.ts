import type { RemoteMessageItem } from "@parlatory/protocol/remote";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Timeline } from "../../src/conversation/timeline/timeline.ts";
import { isSaid, type TimelineRow, type WorkRow } from "../../src/conversation/timeline/timeline-row.ts";
import { call, message, prompt, result } from "./message-maker.ts";

function timelineOf(...messages: RemoteMessageItem[]): Timeline {
  const timeline = new Timeline();
  timeline.reset(messages);
  return timeline;
}

const types = (timeline: Timeline): string[] => timeline.rows.map(({ type }) => type);
const seqsOf = (rows: readonly TimelineRow[]): number[] => rows.flatMap((row) => (isSaid(row) ? row.seqs : []));
const workIn = (timeline: Timeline): WorkRow[] => timeline.rows.filter((row) => row.type === "work");

describe("rows", () => {
  test("a call and its result are one step, and steps between two texts one row", () => {
    const timeline = timelineOf(
      prompt(1),
      call(2, "a"),
      result(3, "a"),
      call(4, "b", "c"),
      result(5, "c", "b"),
      message(6),
    );
    expect(types(timeline)).toEqual(["prompt", "work", "reply"]);
    const [work] = workIn(timeline);
    expect(work?.steps.map((step) => (step.type === "tool" ? step.result?.text : ""))).toEqual([
      "out a",
      "out b",
      "out c",
    ]);
    expect(work?.seqs).toEqual([2, 3, 4, 5]);
  });

  test("thoughts are steps, texts of one message are one row, and what stands between them keeps its place", () => {
    const timeline = timelineOf(
      message(1, {
        blocks: [
          { type: "thinking", text: "hm" },
          { type: "text", text: "one" },
          { type: "text", text: "two" },
          { type: "tool_use", id: "a", name: "Read", input: {} },
          { type: "text", text: "three" },
        ],
      }),
    );
    expect(types(timeline)).toEqual(["work", "reply", "work", "reply"]);
    expect(timeline.rows.map((row) => ("text" in row ? row.text : ""))).toEqual(["", "one\n\ntwo", "", "three"]);
    expect(seqsOf(timeline.rows)).toEqual([1]);
    expect(new Set(timeline.rows.map(({ key }) => key)).size).toBe(4);
  });

  test("a result whose call is not here is shown, and joins its call when that comes", () => {
    const timeline = timelineOf(result(3, "a"), message(4), prompt(5));
    expect(workIn(timeline)[0]?.steps[0]).toMatchObject({ name: undefined, result: { text: "out a" } });
    const key = workIn(timeline)[0]?.key;
    const older = [prompt(1), call(2, "a")];
    timeline.take([...older, result(3, "a"), message(4), prompt(5)], older);
    expect(types(timeline)).toEqual(["prompt", "work", "reply", "prompt"]);
    expect(workIn(timeline)[0]).toMatchObject({
      key,
      seqs: [2, 3],
      steps: [{ name: "Bash", result: { text: "out a" } }],
    });
  });

  test("[CLIENT-4] a hole is a row, which goes when what was missing has come", () => {
    const timeline = timelineOf(prompt(1), message(5));
    expect(timeline.rows[1]).toMatchObject({ type: "gap", afterSeq: 1, beforeSeq: 5 });
    const missing = [message(2), message(3), message(4)];
    timeline.take([prompt(1), ...missing, message(5)], missing);
    expect(types(timeline)).toEqual(["prompt", "reply", "reply", "reply", "reply"]);
  });

  test("every new day begins with its date, also when older pages come in front of it", () => {
    const late = message(3, { timestamp: "2026-03-05T12:00:00.000Z" });
    const timeline = timelineOf(prompt(2, { timestamp: "2026-03-04T12:00:00.000Z" }), late);
    expect(types(timeline)).toEqual(["prompt", "day", "reply"]);
    const older = [message(1, { timestamp: "2026-03-04T11:00:00.000Z" })];
    timeline.take([...older, prompt(2, { timestamp: "2026-03-04T12:00:00.000Z" }), late], older);
    expect(types(timeline)).toEqual(["reply", "prompt", "day", "reply"]);
  });

  test("each kind of message has its row, one without content too", () => {
    const timeline = timelineOf(
      message(1, { role: "user", kind: "notice", text: "[Request interrupted by user]" }),
      message(2, { role: "user", kind: "compact_summary" }),
      message(3, { kind: "api_error" }),
      message(4, { kind: "activity", blocks: [], text: "" }),
      message(5, {
        role: "user",
        kind: "prompt",
        blocks: [{ type: "image", media_type: "image/png", size_bytes: 2048 }],
      }),
    );
    expect(types(timeline)).toEqual(["notice", "summary", "failure", "notice", "prompt"]);
    expect(timeline.rows.at(-1)).toMatchObject({ images: ["[image/png, 2 KB]"] });
  });

  test("[CLIENT-8] a prompt of a client has the key of that prompt, so that it takes the place of the one shown before", () => {
    const id = "0d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b01";
    const timeline = timelineOf(prompt(1, { prompt_id: id }), prompt(2, { prompt_id: id }));
    expect(timeline.rows.map(({ key }) => key)).toEqual([`prompt:${id}`, "m:2"]);
  });

  test("work of very many steps is cut into rows that can be drawn", () => {
    const steps = Array.from({ length: 100 }, (_, index) => [
      call(index * 2 + 1, `t${index}`),
      result(index * 2 + 2, `t${index}`),
    ]);
    const work = workIn(timelineOf(...steps.flat()));
    expect(work.map((row) => row.steps.length)).toEqual([40, 40, 20]);
    expect(seqsOf(work)).toHaveLength(200);
  });

  test("the newest call without a result is the one at work", () => {
    const timeline = timelineOf(prompt(1), call(2, "a"), call(3, "b"));
    expect(timeline.pendingCall).toMatchObject({ input: { command: "run b" } });
    timeline.append(result(4, "b"));
    expect(timeline.pendingCall).toMatchObject({ input: { command: "run a" } });
    timeline.append(result(5, "a"));
    expect(timeline.pendingCall).toBeUndefined();
  });
});

describe("growing", () => {
  test("an appended message replaces at most one row and leaves every other object as it was", () => {
    const timeline = timelineOf(
      ...Array.from({ length: 500 }, (_, index) => (index % 5 === 0 ? prompt(index + 1) : message(index + 1))),
    );
    timeline.append(call(501, "a"));
    const before = [...timeline.rows];
    const rows = timeline.rows;
    timeline.append(result(502, "a"));
    expect(timeline.rows).toBe(rows);
    expect(timeline.rows.filter((row, index) => row !== before[index])).toHaveLength(1);
  });

  test("an older page leaves the rows from the first prompt on as they were", () => {
    const newer = Array.from({ length: 300 }, (_, index) =>
      index % 3 === 1 ? prompt(index + 101) : message(index + 101),
    );
    const timeline = timelineOf(...newer);
    const border = timeline.rows.findIndex(({ type }) => type === "prompt");
    const kept = timeline.rows.slice(border);
    const older = Array.from({ length: 100 }, (_, index) => message(index + 1));
    timeline.take([...older, ...newer], older);
    expect(timeline.rows.slice(-kept.length).every((row, index) => row === kept[index])).toBe(true);
    expect(seqsOf(timeline.rows)).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
  });

  test("a result after an older page came finds its call", () => {
    const newer = [prompt(11), call(12, "late")];
    const timeline = timelineOf(...newer);
    const older = Array.from({ length: 10 }, (_, index) => message(index + 1));
    timeline.take([...older, ...newer], older);
    timeline.append(result(13, "late"));
    expect(workIn(timeline).at(-1)?.steps).toMatchObject([{ result: { text: "out late" } }]);
  });

  test("messages that the view has forgotten are forgotten here in bulk", () => {
    const messages = Array.from({ length: 2_500 }, (_, index) => message(index + 1));
    const timeline = timelineOf(...messages.slice(0, 2_000));
    timeline.take(messages.slice(500, 2_001), messages.slice(2_000, 2_001));
    expect(timeline.firstSeq).toBe(1);
    timeline.take(messages.slice(1_500), messages.slice(2_001));
    expect(timeline.firstSeq).toBe(1_501);
  });

  test("every message is found where it has its place", () => {
    const timeline = timelineOf(prompt(1), call(2, "a"), message(3), result(4, "a"), message(5));
    for (const seq of [1, 2, 3, 4, 5]) {
      const row = timeline.rows[timeline.indexOf(seq)];
      expect(row !== undefined && isSaid(row) && row.seqs.includes(seq)).toBe(true);
    }
    expect(timeline.indexOf(6)).toBe(-1);
    expect(timeline.indexOf(0)).toBe(-1);
  });
});

test("[CLIENT-3] whatever comes in whatever pieces and order, every message has one place and every row one name", () => {
  const logs = fc.array(fc.constantFrom("prompt", "reply", "call", "result", "thought", "notice"), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(logs, fc.array(fc.nat(), { maxLength: 12 }), fc.boolean(), (kinds, cuts, isBackwards) => {
      const log = logOf(kinds);
      const timeline = new Timeline();
      let known: RemoteMessageItem[] = [];
      for (const piece of piecesOf(log, cuts, isBackwards)) {
        known = [...known, ...piece].sort((a, b) => a.seq - b.seq);
        const keysBefore = timeline.rows.flatMap((row) => (isSaid(row) ? [row.key] : []));
        timeline.take(known, piece);
        const keys = timeline.rows.map(({ key }) => key);
        expect(new Set(keys).size).toBe(keys.length);
        expect(seqsOf(timeline.rows).sort((a, b) => a - b)).toEqual(known.map(({ seq }) => seq));
        // What was there keeps its name, so that it can keep its place.
        expect(keysBefore.filter((key) => !keys.includes(key))).toEqual([]);
      }
      const steps = workIn(timeline).flatMap((row) => row.steps);
      expect(steps.filter((step) => step.type === "tool" && step.name === undefined)).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

/** A log in which every result follows its call, at some distance. */
function logOf(kinds: readonly string[]): RemoteMessageItem[] {
  const open: string[] = [];
  return kinds.map((kind, index) => {
    const seq = index + 1;
    if (kind === "prompt") return prompt(seq);
    if (kind === "notice") return message(seq, { role: "user", kind: "notice" });
    if (kind === "thought") return message(seq, { kind: "activity", blocks: [{ type: "thinking", text: "hm" }] });
    if (kind === "call") {
      open.push(`t${seq}`);
      return call(seq, `t${seq}`);
    }
    const id = kind === "result" ? open.shift() : undefined;
    return id === undefined ? message(seq) : result(seq, id);
  });
}

/** Contiguous pieces, the last ones first or the first ones first. */
function piecesOf(
  log: readonly RemoteMessageItem[],
  cuts: readonly number[],
  isBackwards: boolean,
): RemoteMessageItem[][] {
  const ends = [...new Set(cuts.map((cut) => (cut % log.length) + 1)), log.length].sort((a, b) => a - b);
  let start = 0;
  const pieces: RemoteMessageItem[][] = [];
  for (const end of ends) {
    if (end > start) pieces.push(log.slice(start, end));
    start = Math.max(start, end);
  }
  return isBackwards ? pieces.reverse() : pieces;
}
