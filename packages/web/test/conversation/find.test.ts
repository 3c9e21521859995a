import { expect, test } from "vitest";
import { findRows, foldsOver } from "../../src/conversation/find/find-rows.ts";
import { workingText } from "../../src/conversation/live/working-text.ts";
import { seqInAddress } from "../../src/conversation/scroll/use-target-seq.ts";
import { keepPlace, placeIn } from "../../src/conversation/scroll/reading-places.ts";
import { Timeline } from "../../src/conversation/timeline/timeline.ts";
import { call, message, prompt, result } from "./message-maker.ts";

test("words are found in what was said and in what tools were given and answered, whatever their case", () => {
  const timeline = new Timeline();
  timeline.reset([
    prompt(1, { text: "Fix the CART (now)" }),
    call(2, "a"),
    result(3, "a"),
    message(4, { text: "a.c" }),
  ]);
  const { rows } = timeline;
  expect(findRows(rows, "cart (")).toEqual(["m:1"]);
  expect(findRows(rows, "RUN A")).toEqual(["w:t:a"]);
  expect(findRows(rows, "out a")).toEqual(["w:t:a"]);
  // A point is a point.
  expect(findRows(rows, "a.c")).toEqual(["m:4"]);
  expect(findRows(rows, "abc")).toEqual([]);
  expect(findRows(rows, " ")).toEqual([]);
  expect(foldsOver(rows[1]!, "out a")).toContain("t:a");
});

test.each([
  ["running", 12_400, "Working for 12 s"],
  ["running", 75_000, "Working for 1 min 15 s"],
  ["running", 7_380_000, "Working for 2 h 3 min"],
  ["running", undefined, "Working"],
  ["waiting_permission", 1, "Waiting for your answer"],
  ["compacting", 1, "Compacting the conversation"],
] as const)("%s after %s ms reads %s", (state, elapsed, what) => {
  expect(workingText({ state }, elapsed)).toMatchObject({ what });
});

test("that the model's service is tried again stands above what the state says", () => {
  const retry = { attempt: 3, max_attempts: 10, delay_ms: null, status: 529 };
  expect(workingText({ state: "running", retry }, 5)).toEqual({
    what: "The model's service does not answer; trying again, try 3 of 10",
    isWaiting: true,
  });
});

test("an address names a message", () => {
  expect(seqInAddress("#seq-118")).toBe(118);
  for (const hash of ["", "#seq-", "#seq-1x", "#seq-99999999999", "#page"]) expect(seqInAddress(hash)).toBeUndefined();
});

test("of the places where one was reading the latest are kept", () => {
  for (let index = 0; index < 80; index += 1) keepPlace(`s${index}`, { seq: index, hidden: 0, sizes: [] });
  expect(placeIn("s0")).toBeUndefined();
  expect(placeIn("s79")).toEqual({ seq: 79, hidden: 0, sizes: [] });
  keepPlace("s79", undefined);
  expect(placeIn("s79")).toBeUndefined();
});
