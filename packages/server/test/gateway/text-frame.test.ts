import type { Writable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import * as ws from "ws";
import { encodeSharedTextFrame, encodeTextFrame } from "../../src/gateway/text-frame.ts";

/** The reader of a client; the library exports it, its types do not say so. */
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Writable };

/** What a client's reader makes of these bytes. */
function read(bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const receiver = new Receiver({ isServer: false });
    receiver.on("message", (data: Buffer, isBinary: boolean) =>
      isBinary ? reject(new Error("binary")) : resolve(data.toString()),
    );
    receiver.on("error", reject);
    receiver.write(bytes);
  });
}

test("[WS-3] a frame is read as the text it was made from, at every size of its header", async () => {
  for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 200_000]) {
    const text = "x".repeat(length);
    expect(await read(encodeTextFrame(text))).toBe(text);
  }
});

test("[WS-3] any text comes out as it went in, from a string and from bytes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", maxLength: 400 }), async (text) => {
      expect(await read(encodeTextFrame(text))).toBe(text);
      expect(await read(encodeSharedTextFrame(Buffer.from(text)))).toBe(text);
    }),
  );
});

test("[DLV-5] a text for many is framed once", () => {
  const text = Buffer.from("to all");

  expect(encodeSharedTextFrame(text)).toBe(encodeSharedTextFrame(text));
  expect(encodeSharedTextFrame(Buffer.from("to all"))).not.toBe(encodeSharedTextFrame(text));
});
