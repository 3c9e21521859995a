import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { DescriptorSink, type DescriptorWriter } from "../../src/output/descriptor-sink.ts";

function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

/** A descriptor that takes what `answer` says of each write: a number of bytes or an error. */
function descriptor(answer: (bytes: Buffer) => number | NodeJS.ErrnoException) {
  const taken: string[] = [];
  const write = (
    _fd: number,
    bytes: Buffer,
    offset: number,
    length: number,
    _at: null,
    done: (...r: unknown[]) => void,
  ) => {
    const result = answer(bytes.subarray(offset, offset + length));
    if (typeof result !== "number") return setImmediate(() => done(result, 0));
    taken.push(bytes.subarray(offset, offset + result).toString());
    return setImmediate(() => done(null, result));
  };
  const writeSync = (_fd: number, bytes: Buffer): number => {
    const result = answer(bytes);
    if (typeof result !== "number") throw result;
    taken.push(bytes.subarray(0, result).toString());
    return result;
  };
  return { taken, fs: { write, writeSync } as unknown as DescriptorWriter };
}

const noFallback = (): never => {
  throw new Error("the fallback is not needed here");
};

const send = (sink: DescriptorSink, text: string): Promise<Error | null | undefined> =>
  new Promise((resolve) => sink.write(text, resolve));

test("[ENV-10] a descriptor that takes little at a time gets everything, in order", async () => {
  const { taken, fs } = descriptor((bytes) => Math.min(7, bytes.length));
  const sink = new DescriptorSink(1, fs, noFallback);

  expect(await send(sink, "first text of some length\n")).toBeUndefined();
  expect(await send(sink, "y".repeat(100_000))).toBeUndefined();

  expect(taken.join("")).toBe(`first text of some length\n${"y".repeat(100_000)}`);
});

test("[ENV-10] a descriptor that does not block continues through its stream, without loss", async () => {
  let calls = 0;
  const { taken, fs } = descriptor((bytes) => {
    calls += 1;
    return calls === 1 ? 4 : calls === 2 ? systemError("EAGAIN") : bytes.length;
  });
  const stream = new PassThrough();
  const sink = new DescriptorSink(1, fs, () => stream);

  await send(sink, "abcdefgh");
  await send(sink, "ijkl");

  expect(taken.join("") + String(stream.read())).toBe("abcdefghijkl");
  expect(calls).toBe(2);
});

test("[ENV-10] a closed reader is told to the writer", async () => {
  const { fs } = descriptor(() => systemError("EPIPE"));

  expect(await send(new DescriptorSink(1, fs, noFallback), "text")).toMatchObject({ code: "EPIPE" });
});
