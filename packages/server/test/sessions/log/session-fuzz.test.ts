import { describe, expect, test } from "vitest";
import { renderText } from "../../../src/sessions/log/render-text.ts";
import { messageBlocks } from "../../../src/sessions/log/message-blocks.ts";
import { anyRecord, anyValue, types } from "./any-record.ts";
import { buildLog, countLog } from "./build-log.ts";
import { idOf, realisticConversation } from "./conversation.ts";
import { mutate, mutationSource } from "./mutations.ts";
import { messagesOf, ReaderPlace, SESSION, stateOf } from "./reader-place.ts";
import { referenceLog } from "./reference-log.ts";

const LINES = 100_000;

describe("damaged session files", () => {
  test(
    `[HIST-3] ${LINES} damaged lines stop nothing, and counting and reading agree on them`,
    { timeout: 120_000 },
    () => {
      const lines = realisticConversation(8, { bytes: 80 }).records.map((record) =>
        Buffer.from(JSON.stringify(record)),
      );
      const next = mutationSource(11);
      let done = 0;
      while (done < LINES) {
        const damaged = lines.map((line) => mutate(line, next)).filter((line) => !line.includes(10));
        done += damaged.length;
        const { messages, content } = buildLog(damaged);
        // Counting does not look back for an ancestor of the newest record: that is done when it is needed.
        expect({ ...countLog(damaged), tip: null }).toEqual({ ...content, tip: null });
        expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, i) => i + 1));
        expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
      }
    },
  );

  test(
    "[HIST-2] [HIST-7] [HIST-9] whatever a record holds, a message is made of it or none",
    { timeout: 60_000 },
    () => {
      const next = mutationSource(13);
      let made = 0;
      for (let i = 0; i < 20_000; i++) {
        const content = next(2) === 0 ? Array.from({ length: next(4) }, () => anyRecord(next, 2)) : anyValue(next, 2);
        const record = {
          type: types[next(2)],
          uuid: idOf(i + 1),
          ...anyRecord(next, 0),
          message: { role: "user", content },
        };
        const { messages } = buildLog([record]);
        made += messages.length;
        for (const message of messages) expect(typeof JSON.stringify(message)).toBe("string");
        const blocks = Array.isArray(content) ? (content as readonly unknown[]) : [];
        expect(messageBlocks(blocks)).toHaveLength(blocks.length);
        expect(typeof renderText(blocks)).toBe("string");
      }
      expect(made).toBeGreaterThan(5_000);
    },
  );

  test(
    "[HIST-3] [HIST-4] [HIST-5] damaged files are read as the contract says, in pages and pieces too",
    { timeout: 120_000 },
    async () => {
      const place = new ReaderPlace();
      const lines = realisticConversation(4, { bytes: 60 }).records.map((record) =>
        Buffer.from(`${JSON.stringify(record)}\n`),
      );
      const next = mutationSource(17);
      for (let round = 0; round < 150; round++) {
        const file = Buffer.concat(lines.map((line) => mutate(line, next)));
        const cut = next(file.length);
        place.write(file.subarray(0, cut));
        const before = await place.scan();
        place.append(file.subarray(cut));
        const state = stateOf(await place.scan(stateOf(before)));
        const { messages } = referenceLog(file, SESSION, place.mtimeMs);
        const pages = await place.pages(state);
        expect(pages.map(({ id, seq, role }) => [id, seq, role])).toEqual(
          messages.map(({ id, seq, role }) => [id, seq, role]),
        );
        expect(pages.map(({ parentId }) => parentId)).toEqual(
          messagesOf(await place.scan()).map(({ parentId }) => parentId),
        );
        expect(stateOf(await place.scan())).toMatchObject({
          count: state.count,
          idPrints: state.idPrints,
          skippedLines: state.skippedLines,
        });
      }
    },
  );
});
