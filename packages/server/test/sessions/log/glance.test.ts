import { describe, expect, test } from "vitest";
import { Conversation, realisticConversation } from "./conversation.ts";
import { ReaderPlace } from "./reader-place.ts";

describe("a glance at a file", () => {
  test("[WATCH-5] a small file is read whole", async () => {
    const place = new ReaderPlace();
    place.write(new Conversation().prompt("Fix the cart").reply("Done").text);
    expect(await place.reader.glance(place.file)).toEqual({ isExact: true, state: await place.state() });
  });

  test("[WATCH-5] of a large one its ends are read: what a list shows, and a lower bound of the count", async () => {
    const place = new ReaderPlace();
    place.write(realisticConversation(60, { bytes: 900 }).text);
    const whole = await place.state();
    const glance = await place.reader.glance(place.file);
    expect(glance?.isExact).toBe(false);
    expect(glance?.state.count).toBeGreaterThan(0);
    expect(glance?.state.count).toBeLessThan(whole.count);
    expect(glance?.state.facts).toEqual(whole.facts);
    expect(glance?.state).toMatchObject({ size: whole.size, mtimeMs: whole.mtimeMs, inode: whole.inode });
    const counted = await place.scan(glance?.state, { wantMessages: false });
    expect(counted).toMatchObject({ outcome: "grown", state: whole });
  });

  test("[WATCH-5] it looks further where a record is longer", async () => {
    const place = new ReaderPlace();
    const talk = new Conversation().prompt(`Fix the cart ${"x".repeat(30_000)}`).reply("y".repeat(70_000));
    place.write(talk.attachment("prompt_snapshot", { text: "z".repeat(90_000) }).text);
    const glance = await place.reader.glance(place.file);
    expect(glance?.state.facts).toMatchObject({
      preview: "y".repeat(200),
      firstPrompt: `Fix the cart ${"x".repeat(187)}`,
      isTurnFinished: true,
    });
    expect(glance?.state.count).toBe(2);
  });

  test("[HIST-13] a file that is gone is none", async () => {
    expect(await new ReaderPlace().reader.glance({ path: "/nowhere/at/all.jsonl", sessionId: "x" })).toBeUndefined();
  });
});

describe("threads", () => {
  test("[HIST-3] thousands of files asked for at once are all read", async () => {
    const place = new ReaderPlace();
    place.write(new Conversation().prompt("Fix the cart").text);
    const results = await Promise.all(Array.from({ length: 2_000 }, () => place.reader.glance(place.file)));
    expect(new Set(results.map((result) => result?.state.count))).toEqual(new Set([1]));
  });

  test("[HIST-3] threads without work are let go, and started again", async () => {
    const place = new ReaderPlace();
    place.write(new Conversation().prompt("Fix the cart").text);
    expect((await place.scan()).outcome).toBe("grown");
    await place.time.advance(10_000);
    expect((await place.scan()).outcome).toBe("grown");
  });

  test("[HIST-3] a thread that ends by itself fails what it was reading, by name, and nothing after it", async () => {
    const { Worker } = await import("node:worker_threads");
    const workers: InstanceType<typeof Worker>[] = [];
    const place = new ReaderPlace({
      countingThreads: 1,
      startThread: (script, options) => {
        const worker = new Worker(script, options);
        workers.push(worker);
        return worker;
      },
    });
    place.write(realisticConversation(30).text);
    const scanned = place.scan().catch((error: unknown) => error);
    await Promise.resolve();
    await workers[0]?.terminate();
    expect(await scanned).toMatchObject({ message: `Cannot read ${place.file.path}: the thread that read it ended` });
    expect((await place.scan()).outcome).toBe("grown");
    expect(workers).toHaveLength(2);
  });

  test("[HIST-3] a closed reader reads nothing", async () => {
    const place = new ReaderPlace();
    place.write(new Conversation().prompt("Fix the cart").text);
    await place.scan();
    await place.reader.close();
    await expect(place.scan()).rejects.toThrow("the reader is closed");
  });
});
