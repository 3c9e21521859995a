import { describe, expect, onTestFinished, test, vi } from "vitest";
import { EventStream, maxWaitingEvents } from "../../src/harness/event-stream.ts";
import { errorOf, run } from "../support/run-in-process.ts";

const follow = ["ticks", "--follow", "--json"];

/** A promise with its resolve function. */
function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe("lines", () => {
  test("[STR-4] each line is an envelope plus `seq` from 1 without gaps, `type` and `final`", async () => {
    const { lines, status } = await run(follow);

    expect(status).toBe(0);
    expect(lines().map(({ seq, type, final }) => ({ seq, type, final }))).toEqual([
      { seq: 1, type: "tick", final: false },
      { seq: 2, type: "tick", final: false },
      { seq: 3, type: "tick", final: false },
      { seq: 4, type: "result", final: true },
    ]);
    for (const line of lines()) expect(line).toMatchObject({ command: "ticks", exit_code: 0, schema_version: "1.0" });
    expect(Object.keys(lines()[0] ?? {}).slice(5)).toEqual(["seq", "type", "final", "number", "from", "padding"]);
    expect(lines()[1]).toMatchObject({ number: 2, from: "http://***@host/" });
  });

  test("[STR-5] the last line equals the envelope without the stream option", async () => {
    const { seq, type, final, ...streamed } = (await run([...follow, "--count", "0"])).json();
    const single = (await run(["ticks", "--count", "0", "--json"])).json();

    expect({ seq, type, final }).toEqual({ seq: 1, type: "result", final: true });
    expect(streamed).toEqual(single);
  });

  test("[STR-5] after a failure the one final line has type `error`, and decides the status", async () => {
    const { lines, status } = await run([...follow, "--fail"]);

    expect(lines().map(({ final }) => final)).toEqual([false, false, false, true]);
    expect(lines().map(({ exit_code: code }) => code)).toEqual([0, 0, 0, 1]);
    expect(lines().at(-1)).toMatchObject({ seq: 4, type: "error", error: { kind: "server_unreachable" } });
    expect(status).toBe(1);
  });

  test("[STR-4] a usage error of a stream is one final line, and an envelope too", async () => {
    const { lines, status } = await run([...follow, "--count", "x"]);

    expect(lines()).toHaveLength(1);
    expect(lines()[0]).toMatchObject({ seq: 1, type: "error", final: true, error: { kind: "parse" } });
    expect(status).toBe(1);
  });

  test("[STR-4] text mode prints what each event says, with secrets replaced", async () => {
    const { stdout } = await run(["ticks", "--follow", "--count", "2"]);

    expect(stdout).toBe("tick 1 http://***@host/\ntick 2 http://***@host/\n2 ticks\n");
  });

  test("[STR-6] nothing is written before the line before it was taken, and nothing is dropped", async () => {
    const taken: string[] = [];
    let inside = 0;
    const { lines } = await run([...follow, "--count", "50"], {
      onStdout: async (text) => {
        inside += 1;
        expect(inside).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        taken.push(text);
        inside -= 1;
      },
    });

    expect(lines().map(({ seq }) => seq)).toEqual(Array.from({ length: 51 }, (_, index) => index + 1));
    for (const text of taken) expect(text).toMatch(/^\{.*\}\n$/);
  });

  test("[STR-6] a command that does not wait for the reader fails rather than lose events", async () => {
    const { lines, status } = await run([...follow, "--count", String(maxWaitingEvents + 1), "--flood"]);

    expect(status).toBe(1);
    expect(lines()).toHaveLength(maxWaitingEvents + 1);
    expect(lines().at(-1)).toMatchObject({ seq: maxWaitingEvents + 1, final: true, error: { kind: "internal" } });
  });

  test("[STR-6] a silent stream writes a heartbeat, with its place in the sequence", async () => {
    let send = (_signal: "SIGINT" | "SIGTERM"): void => {};
    const { lines, status } = await run([...follow, "--count", "1", "--wait"], {
      heartbeatMs: 10,
      onStart: (sender) => {
        send = sender;
      },
      onStdout: (text) => {
        if (text.includes('"seq":3')) send("SIGINT");
      },
    });

    expect(lines().slice(0, 3)).toMatchObject([
      { seq: 1, type: "tick" },
      { seq: 2, type: "heartbeat", final: false, exit_code: 0 },
      { seq: 3, type: "heartbeat" },
    ]);
    expect(status).toBe(130);
  });

  test("[STR-6] a reader that is behind gets no heartbeat", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const reader = deferred();
    const written: string[] = [];
    const stream = new EventStream({
      heartbeatMs: 15_000,
      write: async ({ type }) => {
        written.push(type);
        await reader.promise;
      },
    });
    const first = stream.emit({ type: "tick" });
    await vi.advanceTimersByTimeAsync(60_000);

    expect(written).toEqual(["tick"]);

    reader.resolve();
    await first;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(written).toEqual(["tick", "heartbeat"]);
    expect(stream.end("result")).toEqual({ seq: 3, type: "result", final: true });
  });
});

describe("ending", () => {
  test("[STR-6] a follow command ended by SIGINT writes its final line and exits 130", async () => {
    let send = (_signal: "SIGINT" | "SIGTERM"): void => {};
    const { lines, status } = await run([...follow, "--count", "2", "--wait"], {
      onStart: (sender) => {
        send = sender;
      },
      onStdout: (text) => {
        if (text.includes('"number":2')) send("SIGINT");
      },
    });

    expect(status).toBe(130);
    expect(lines().at(-1)).toMatchObject({ seq: 3, type: "error", final: true, exit_code: 130, ticked: 2 });
    expect(errorOf(lines().at(-1) ?? {})).toMatchObject({ kind: "interrupted", detail: { signal: "SIGINT" } });
  });

  test("[ENV-10] when the reader goes away the stream stops, and the status is 1", async () => {
    let writes = 0;
    const { stderr, status } = await run([...follow, "--count", "1000000", "--wait"], {
      onStdout: () => {
        writes += 1;
        if (writes > 2) throw Object.assign(new Error("EPIPE"), { code: "EPIPE" });
      },
    });

    expect({ stderr, status, writes }).toEqual({ stderr: "", status: 1, writes: 3 });
  });
});
