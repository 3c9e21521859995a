import fc from "fast-check";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { countFile } from "../../../src/sessions/log/count-file.ts";
import { countLog } from "./build-log.ts";
import { idOf, realisticConversation } from "./conversation.ts";
import { mutate, mutationSource } from "./mutations.ts";
import { ReaderPlace, SESSION, stateOf } from "./reader-place.ts";
import { referenceLog } from "./reference-log.ts";

/** Records where the same keys stand in other places, or stand there twice, and what the filter looks at is unusual. */
const unusual = [
  `{"parentUuid":null,"isSidechain":false,"type":"user","message":{"content":"a"},"uuid":"${idOf(901)}","type":"system"}`,
  `{"parentUuid":null,"isSidechain":false,"type":"assistant","message":{"content":[]},"uuid":"${idOf(902)}","isSidechain":true}`,
  `{"parentUuid":null,"isSidechain":false,"type":"user","isMeta":true,"message":{"content":"b"},"uuid":"${idOf(903)}"}`,
  `{"parentUuid":"${idOf(1)}","isSidechain":false,"type":"user","message":{"type":"assistant","uuid":"x","content":7}}`,
  `{"parentUuid":null,"isSidechain":false,"userType":"\\"type\\":\\"user\\"","type":"system","uuid":"${idOf(904)}"}`,
  `{"\\u0074ype":"user","message":{"content":"escaped key"},"uuid":"${idOf(905)}"}`,
  `{"parentUuid":null,"isSidechain":false,"type":"user","message":{"content":"torn`,
  `{"parentUuid":null,"isSidechain":false,"type":"attachment","attachment":{"type":"queued_command","prompt":"c"}}`,
  ` \t{"parentUuid":null,"isSidechain":false,"type":"user","message":{"content":"d"}} \r`,
  `{"parentUuid":null,"isSidechain":false,"type":"user","message":{"content":"e"}}{}`,
  `{"type":"user","message":{"content":"tab\tin a string"}}`,
];

const file = fc.record({
  seed: fc.nat(),
  isAscii: fc.boolean(),
  extra: fc.array(fc.constantFrom(...unusual), { maxLength: 6 }),
  repeated: fc.nat(8),
  isTorn: fc.boolean(),
});

type FileCase = typeof file extends fc.Arbitrary<infer Case> ? Case : never;

/** A file with damage, repeated records and unusual ones among those of a conversation. */
function bytesOf({ seed, isAscii, extra, repeated, isTorn }: FileCase): Buffer {
  const next = mutationSource(seed);
  const lines = realisticConversation(2, { seed, bytes: 40 }).records.map((record) => JSON.stringify(record));
  for (const line of [...extra, ...lines.slice(0, repeated)]) lines.splice(next(lines.length + 1), 0, line);
  const damaged = lines.map((line) => (next(4) === 0 ? mutate(Buffer.from(line), next) : Buffer.from(line)));
  const bytes = Buffer.concat(damaged.flatMap((line, i) => (i > 0 ? [Buffer.from("\n"), line] : [line])));
  const whole = isTorn ? bytes : Buffer.concat([bytes, Buffer.from("\n")]);
  return isAscii ? Buffer.from(whole.map((byte) => byte & 0x7f)) : whole;
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; ;) {
    const end = bytes.indexOf(10, start);
    if (end === -1) return lines;
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
}

describe("files counted for a first list", () => {
  test("[HIST-2] [HIST-3] [HIST-5] [HIST-6] gives what reading line by line gives, and what the contract says", () => {
    const place = new ReaderPlace();
    let messageCount = 0;
    fc.assert(
      fc.property(file, (one) => {
        const bytes = bytesOf(one);
        place.write(bytes);
        const state = countFile(place.file);
        const mtimeMs = Math.floor(place.mtimeMs);
        // What lists say comes from lines that were decoded one by one here, and all at once there.
        expect(state).toMatchObject({ ...countLog(linesOf(bytes), mtimeMs), size: bytes.length });
        const { messages } = referenceLog(bytes.subarray(0, bytes.lastIndexOf(10) + 1), SESSION, place.mtimeMs);
        expect(state?.count).toBe(messages.length);
        messageCount += messages.length;
      }),
      { numRuns: 1_000 },
    );
    expect(messageCount).toBeGreaterThan(5_000);
  });

  test("[WATCH-5] [HIST-11] many at once give the state that each gives alone, and what is no file gives none", async () => {
    const place = new ReaderPlace();
    const next = mutationSource(5);
    const files = Array.from({ length: 150 }, (_, i) => {
      const path = join(place.folder, `${idOf(i)}.jsonl`);
      const { text } = realisticConversation(1 + next(6), { seed: i, bytes: next(3_000) });
      if (i % 30 === 29) mkdirSync(path);
      else if (i % 30 !== 28) writeFileSync(path, text);
      return { path, sessionId: idOf(i), size: text.length };
    });
    const states = await place.reader.count(files);
    const alone = await Promise.all(
      files.map(async (one) => {
        const result = await place.reader.scan({ file: one, atRest: false, wantMessages: false });
        return result.outcome === "gone" ? null : stateOf(result);
      }),
    );
    expect(states).toEqual(alone);
    expect(states.filter((state) => state === null)).toHaveLength(10);
    // Growth is told from a rewrite by what was kept of the file's edges.
    const [first] = states;
    const [firstFile] = files;
    if (!first || !firstFile) throw new Error("the first file was not counted");
    writeFileSync(firstFile.path, "\n", { flag: "a" });
    const grown = await place.reader.scan({ file: firstFile, from: first, atRest: false, wantMessages: false });
    expect(grown).toMatchObject({ outcome: "grown", state: { count: first.count, offset: first.offset + 1 } });
  });
});
