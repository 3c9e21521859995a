import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { REMOTE_SERVER_MESSAGE_SCHEMAS, compileJsonSchema } from "@parlatory/protocol/schemas";
import type { RemoteServerMessage } from "@parlatory/protocol/remote";
import { encodeWithin } from "../../../src/gateway/remote/frames/encode-within.ts";
import { toCommandOutput } from "../../../src/gateway/remote/frames/command-output-frames.ts";
import { splitByJson } from "../../../src/gateway/remote/frames/split-by-json.ts";
import { takeJsonPrefix } from "../../../src/gateway/remote/frames/take-json-prefix.ts";
import { Outbox } from "../../../src/gateway/remote/outbox.ts";
import { toResponse } from "../../../src/gateway/remote/wire/result-wire.ts";
import { resultOf } from "../../support/remote/fake-runs.ts";
import { linesOf } from "../../support/remote/fake-commands.ts";

const ID = "1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77";
const TIME = "2026-03-01T09:00:00.000Z";
/** What is hard to fit: each character takes six bytes in a frame, or four, or is half of a pair. */
const NASTY = ["\u0001", '"', "é", "𝒳", "\ud800", "x", "\n"] as const;

const session = (name: string) => ({
  session_id: ID,
  name,
  working_directory: `/${name}`,
  message_count: 1,
  preview: name,
  agent: "echo",
  state: "idle" as const,
  session_busy_elsewhere: false,
  last_modified: TIME,
});

/** One of each kind, its texts filled with so much of one character. */
function messagesWith(text: string): RemoteServerMessage[] {
  const { last_modified: _, ...created } = session(text);
  return [
    { type: "response", ...responseWith(text, undefined) },
    { type: "response", ...responseWith(text, text) },
    {
      type: "replay",
      message_id: ID,
      message: { role: "assistant", text, session_id: ID, timestamp: TIME, prompt_id: ID, success: false, error: text },
    },
    { type: "recent_sessions", sessions: Array.from({ length: 10 }, () => session(text)), limit: 10 },
    {
      type: "available_commands",
      working_directory: text,
      project_commands: [
        { id: text.slice(0, 50), label: "a", type: "command", description: text },
        {
          id: "g",
          label: "g",
          type: "group",
          children: Array.from({ length: 100 }, (_child, n) => ({
            id: `g.${n}`,
            label: `${n}`,
            type: "command" as const,
          })),
        },
      ],
      general_commands: [{ id: "git.status", label: "Git Status", type: "command", description: text }],
    },
    {
      type: "permission_request",
      request_id: ID,
      session_id: ID,
      run_id: ID,
      tool_name: text,
      input: { command: text, list: [text, { deep: text }], number: 5 },
      summary: text,
      created_at: TIME,
      expires_at: TIME,
    },
    {
      type: "session_info",
      session: {
        ...session(text),
        created_at: TIME,
        log_id: "9c41d2ab03e7f515",
        permission_mode: "default",
        queued_prompts: 0,
        granted_tools: Array.from({ length: 500 }, (_tool, n) => `tool ${n}`),
      },
    },
    { type: "session_created", ...created, last_modified: 5, last_modified_at: TIME },
    { type: "error", message: text, code: "internal", retryable: true, details: { stderr: text, session_id: ID } },
    { type: "command_error", command_id: text, error: text },
    { type: "compaction_error", session_id: text, error: text },
    {
      type: "worktree_session_error",
      success: false,
      error: text,
      error_type: "git_failed",
      details: { stderr: text, step: text },
    },
    { type: "ack", message: "Processing prompt...", working_directory: text, correlation_id: text.slice(0, 64) },
    { type: "session_killed", session_id: text, message: "Session process terminated" },
    { type: "infer_name_error", session_id: text, error: text },
    {
      type: "command_started",
      command_session_id: `cmd-${ID}`,
      command_id: text,
      shell_command: text,
      working_directory: text,
      timestamp: TIME,
    },
  ];
}

function responseWith(text: string, error: string | undefined) {
  const { type: _, ...response } = toResponse(
    resultOf(ID, "c", { text, ...(error === undefined ? {} : { success: false, error, code: "agent_error" }) }),
    { isStrict: false },
  );
  return response;
}

const checks = new Map<string, (value: unknown) => string[]>();

/** What the published schema says of a frame. */
function problemsOf(frame: Record<string, unknown>): string[] {
  const type = String(frame["type"]) as keyof typeof REMOTE_SERVER_MESSAGE_SCHEMAS;
  const check = checks.get(type) ?? compileJsonSchema({ ...REMOTE_SERVER_MESSAGE_SCHEMAS[type] });
  checks.set(type, check);
  return check(frame);
}

describe("the budget", () => {
  test("[RLIM-1] [RLIM-2] [RLIM-3] every message of every size fits every budget from 4 KiB on, and stays what its schema says", () => {
    for (const character of NASTY) {
      for (const count of [1, 300, 1_100, 60_000]) {
        for (const message of messagesWith(character.repeat(count))) {
          for (const budget of [4_096, 20_000, 204_800]) {
            const text = encodeWithin(message, budget);
            const what = { type: message.type, character, count, budget };
            expect({ ...what, fits: Buffer.byteLength(text) <= budget }).toEqual({ ...what, fits: true });
            const frame = JSON.parse(text) as Record<string, unknown>;
            expect({ ...what, problems: problemsOf(frame) }).toMatchObject({ problems: [] });
          }
        }
      }
    }
  }, 60_000);

  test("[RLIM-4] a text is cut so that the frame fits and at most a twentieth of the budget is left", () => {
    for (const character of NASTY) {
      for (const budget of [4_096, 65_536, 204_800, 1024 * 1024]) {
        const message = messagesWith(character.repeat(budget + 10))[0];
        if (message === undefined) throw new Error("no message");
        const bytes = Buffer.byteLength(encodeWithin(message, budget));
        expect(bytes).toBeLessThanOrEqual(budget);
        expect(bytes).toBeGreaterThanOrEqual(budget * 0.95);
      }
    }
  }, 60_000);

  test("[RLIM-3] [RLIM-4] text that fits is untouched; text that does not says so and keeps head and tail", () => {
    const whole = { type: "response", ...responseWith("x".repeat(1_000), undefined) } as const;
    expect(JSON.parse(encodeWithin(whole, 4_096))).toEqual(whole);
    const long = { type: "response", ...responseWith(`head ${"x".repeat(9_000)} tail`, undefined) } as const;
    const cut = JSON.parse(encodeWithin(long, 4_096)) as { text: string; truncated: boolean };
    expect(cut.truncated).toBe(true);
    expect(cut.text).toMatch(/^head x+\n\n\.\.\. \[truncated ~\d+ KB\] \.\.\.\n\nx+ tail$/);
  });

  test("[RLIM-3] lists leave out the oldest, commands their descriptions and then the last, sessions their last tools", () => {
    const [, , , recent, commands, , info] = messagesWith("x".repeat(700));
    if (recent === undefined || commands === undefined || info === undefined) throw new Error("no message");
    const shown = JSON.parse(encodeWithin(recent, 8_192)) as { sessions: unknown[]; limit: number };
    expect(shown.sessions).toHaveLength(3);
    expect(shown.limit).toBe(10);
    const bare = JSON.parse(encodeWithin(commands, 6_500)) as Record<string, { description?: string }[]>;
    expect(bare["truncated"]).toBeUndefined();
    expect(JSON.stringify(bare)).not.toContain("description");
    const fewer = JSON.parse(encodeWithin(commands, 4_096)) as {
      truncated: boolean;
      project_commands: { children?: { id: string }[] }[];
      general_commands: unknown[];
    };
    const children = fewer.project_commands[1]?.children ?? [];
    expect(fewer.truncated).toBe(true);
    expect(fewer.general_commands).toHaveLength(1);
    expect(children.length).toBeGreaterThan(10);
    expect(children.map(({ id }) => id)).toEqual(children.map((_, n) => `g.${n}`));
    const { session: cut } = JSON.parse(encodeWithin(info, 4_096)) as { session: { granted_tools: string[] } };
    expect(cut.granted_tools).toEqual(cut.granted_tools.map((_, n) => `tool ${n}`));
    expect(cut.granted_tools.length).toBeGreaterThan(50);
    expect(cut.granted_tools.length).toBeLessThan(500);
  });

  test("[RLIM-2] a frame over the budget is a defect: it is told to the log and never written", () => {
    const written: unknown[] = [];
    const errors: unknown[] = [];
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: (msg: string) => void errors.push(msg) };
    const wire = { isOpen: true, send: (frame: unknown) => void written.push(frame), bufferedBytes: () => 0 };
    const outbox = new Outbox({ wire, log });
    expect(outbox.setSizeKb(1)).toBe(4);
    outbox.sendFrame(Buffer.alloc(4_097, "x"));
    outbox.sendFrame("é".repeat(2_049));
    expect(written).toEqual([]);
    expect(errors).toHaveLength(2);
    outbox.sendFrame("é".repeat(2_048));
    expect(written).toHaveLength(1);
    expect(outbox.setSizeKb(1_000_000)).toBe(16_384);
  });
});

describe("output of commands", () => {
  test("[CMD-11] [RLIM-3] lines fit, one a frame; a long one comes in pieces that are its text again", () => {
    for (const character of NASTY) {
      const line = character.repeat(40_000);
      const frames = toCommandOutput(`cmd-${ID}`, linesOf(["short", line, "last"]), {
        budgetBytes: 4_096,
        batched: false,
      });
      for (const frame of frames) expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(4_096);
      const pieces = frames.filter(({ seq }) => seq === 2);
      expect(pieces.map(({ text }) => text).join("")).toBe(line);
      expect(pieces.map(({ partial }) => partial)).toEqual(
        pieces.map((_, n) => (n < pieces.length - 1 ? true : undefined)),
      );
      expect(frames[0]).toMatchObject({ seq: 1, text: "short" });
      expect(frames.at(-1)).toMatchObject({ seq: 3, text: "last" });
    }
  });

  test("[CONN-11] [CMD-11] with output_batch lines of one stream share a frame, as many as fit, counted", () => {
    const lines = [...linesOf(["a", "b"]), ...linesOf(["c"], 3, "stderr"), ...linesOf(["d", "e", "f"], 4)];
    const options = { budgetBytes: 4_096, batched: true };
    const shown = toCommandOutput(`cmd-${ID}`, lines, options).map(({ stream, text, seq, lines: count }) => ({
      stream,
      text,
      seq,
      count,
    }));
    expect(shown).toEqual([
      { stream: "stdout", text: "a\nb", seq: 1, count: 2 },
      { stream: "stderr", text: "c", seq: 3, count: undefined },
      { stream: "stdout", text: "d\ne\nf", seq: 4, count: 3 },
    ]);
    const many = toCommandOutput(`cmd-${ID}`, linesOf(Array.from({ length: 500 }, (_, n) => `"line" ${n}`)), options);
    for (const frame of many) expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(4_096);
    const all = many.flatMap(({ text }) => text.split("\n"));
    expect(all).toEqual(Array.from({ length: 500 }, (_, n) => `"line" ${n}`));
    expect(many.reduce((sum, { lines: count = 1 }) => sum + count, 0)).toBe(500);
    expect(many.length).toBeLessThan(6);
  });

  test("[CMD-11] an unfinished piece is partial to its end", () => {
    const [piece] = toCommandOutput(`cmd-${ID}`, [{ stream: "stdout", seq: 1, text: "half", isPartial: true }], {
      budgetBytes: 4_096,
      batched: true,
    });
    expect(piece).toMatchObject({ text: "half", partial: true });
  });

  test("[RLIM-4] sizes of pieces are those that JSON writes, for every character", () => {
    const all = Array.from({ length: 0x11_00 }, (_, code) => String.fromCodePoint(code)).join("");
    const text = `${all}\ud800x\udc00𝒳\uffff`;
    for (const room of [12, 100, 4_000]) {
      const pieces = splitByJson(text, room);
      expect(pieces.join("")).toBe(text);
      for (const piece of pieces) expect(Buffer.byteLength(JSON.stringify(piece)) - 2).toBeLessThanOrEqual(room);
    }
  });

  test("[CMDHIST-8] pages of bytes fall between characters and are the whole again", () => {
    const whole = Buffer.from(`a"é𝒳\n`.repeat(300), "utf8");
    let offset = 0;
    let read = "";
    for (let pages = 0; offset < whole.length; pages++) {
      const { text, bytes } = takeJsonPrefix(whole, offset, 50);
      expect(bytes).toBeGreaterThan(0);
      read += text;
      offset += bytes;
      expect(pages).toBeLessThan(300);
    }
    expect(read).toBe(whole.toString("utf8"));
    // An offset within a character is moved to its beginning.
    expect(takeJsonPrefix(Buffer.from("é"), 1, 50)).toEqual({ text: "é", bytes: 1 });
  });
});

test("[NAME-1] [RLIM-7] the wire has snake_case keys only", () => {
  const keys = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value)) keys.add(key);
      collect(inner);
    }
  };
  for (const message of messagesWith(randomUUID())) collect(message);
  expect([...keys].filter((key) => !/^[a-z]+(_[a-z0-9]+)*$/.test(key))).toEqual([]);
});
