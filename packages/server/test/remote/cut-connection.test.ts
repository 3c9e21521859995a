import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RawClient, RawFrame } from "../support/raw-client.ts";
import { startRemoteServer, type RemoteServer } from "../support/remote/remote-server.ts";

/**
 * A long conversation, cut after every frame of it: a client that keeps its cursor, sends unanswered prompts again under
 * their ids and acknowledges what it stored ends with the same history and the same answers as one that was never cut.
 */

let server: RemoteServer;

beforeAll(async () => {
  server = await startRemoteServer();
});
afterAll(() => server.end());

interface Item {
  readonly id: string;
  readonly seq: number;
  readonly text: string;
}

/** What the user does, one after the other: each step is over when its answer has come. */
const SCRIPT = [
  { kind: "prompt", text: "hello there" },
  { kind: "prompt", text: "/steps 3 1 done in steps" },
  { kind: "prompt", text: '/ask Bash {"command":"npm publish"} published' },
  { kind: "compact" },
  { kind: "prompt", text: "/fail on purpose" },
  { kind: "prompt", text: "what now, Zoë? 𝒳" },
  { kind: "prompt", text: '/ask Edit {"file_path":"/a"} edited' },
  { kind: "prompt", text: "/steps 4 1 more steps" },
  { kind: "prompt", text: "/long 3000" },
] as const;

/** The cautious client: everything it knows survives its sockets. */
class Follower {
  readonly #session = randomUUID();
  readonly #window = randomUUID();
  readonly #prompts = SCRIPT.map(() => randomUUID());
  readonly #cutAfter: number;
  readonly items = new Map<number, Item>();
  readonly answers = new Map<string, string>();
  /** Any message twice under two numbers, or two under one. */
  readonly clashes: string[] = [];
  frames = 0;
  cuts = 0;
  #step = 0;
  #isDone = false;
  #logId: string | undefined;

  /** Cuts its connection once, after so many frames. */
  constructor(cutAfter: number) {
    this.#cutAfter = cutAfter;
  }

  async run(): Promise<void> {
    while (!this.#isDone) await this.#live();
  }

  /** One socket, from its connect to its cut or to the end of the script. */
  async #live(): Promise<void> {
    const { client, frames } = await server.connect({
      session_id: this.#window,
      capabilities: ["stream", "approvals", "lean"],
    });
    let isCut = false;
    const take = (frame: RawFrame): void => {
      if (isCut) return;
      this.#store(client, frame);
      if (++this.frames === this.#cutAfter) {
        isCut = true;
        this.cuts++;
        client.webSocket.terminate();
      }
    };
    for (const frame of frames) take(frame);
    if (!isCut) this.#begin(client);
    while (!isCut && this.#step < SCRIPT.length) {
      const step = this.#step;
      take(await client.next());
      if (!isCut && this.#step !== step && this.#step < SCRIPT.length) this.#act(client);
    }
    // At the end everything behind the own cursor is asked for, as after any reconnect.
    if (!isCut) this.#subscribe(client);
    while (!isCut && !this.#isDone) {
      const frame = await client.next();
      take(frame);
      this.#isDone = !isCut && frame["live"] === false && frame["end_seq"] === this.#cursor();
    }
    client.webSocket.terminate();
    await client.closed;
  }

  #begin(client: RawClient): void {
    if (this.items.size > 0 || this.#step > 0) this.#subscribe(client);
    this.#act(client);
  }

  #subscribe(client: RawClient): void {
    const cursor = this.#cursor();
    client.send({
      type: "subscribe",
      session_id: this.#session,
      ...(cursor === 0 ? {} : { last_seq: cursor, log_id: this.#logId, last_message_id: this.items.get(cursor)?.id }),
    });
  }

  /** Does what the step says, or says it again: the ids make it once. */
  #act(client: RawClient): void {
    const step = SCRIPT[this.#step];
    if (step === undefined) return;
    if (step.kind === "compact") {
      client.send({ type: "compact_session", session_id: this.#session });
      return;
    }
    const isNew = this.#step === 0;
    client.send({
      type: "prompt",
      text: step.text,
      prompt_id: this.#prompts[this.#step],
      mode: "queue",
      ...(isNew ? { new_session_id: this.#session, working_directory: server.work } : { session_id: this.#session }),
    });
  }

  #store(client: RawClient, frame: RawFrame): void {
    switch (frame.type) {
      case "ack":
        if (this.#step === 0 && frame["prompt_id"] !== undefined && this.items.size === 0) this.#subscribe(client);
        break;
      case "session_history":
        this.#merge(frame);
        break;
      case "response":
        this.#answer(
          client,
          frame["message_id"],
          frame["prompt_id"],
          frame["success"] === true ? frame["text"] : frame["error"],
        );
        break;
      case "replay": {
        const message = frame["message"] as RawFrame;
        this.#answer(client, frame["message_id"], message["prompt_id"], message["text"]);
        break;
      }
      case "permission_request":
        client.send({ type: "permission_response", request_id: frame["request_id"], decision: "allow" });
        break;
      case "compaction_complete":
        if (SCRIPT[this.#step]?.kind === "compact") this.#step++;
        break;
      case "session_locked":
        // The compaction that was asked for before the cut is still under way, or just over.
        this.#act(client);
        break;
      default:
        break;
    }
  }

  #answer(client: RawClient, messageId: unknown, promptId: unknown, text: unknown): void {
    const known = this.answers.get(String(promptId));
    if (known !== undefined && known !== text) this.clashes.push(`two answers to ${String(promptId)}`);
    this.answers.set(String(promptId), String(text));
    client.send({ type: "message_ack", message_id: messageId });
    if (promptId === this.#prompts[this.#step]) this.#step++;
  }

  #merge(frame: RawFrame): void {
    if (frame["log_reset"] === true) this.clashes.push("the log began anew");
    this.#logId = String(frame["log_id"]);
    for (const item of frame["messages"] as Item[]) {
      const known = this.items.get(item.seq);
      if (known !== undefined && known.id !== item.id) this.clashes.push(`seq ${item.seq} twice`);
      this.items.set(item.seq, item);
    }
  }

  /** The largest contiguous number. */
  #cursor(): number {
    let cursor = 0;
    while (this.items.has(cursor + 1)) cursor++;
    return cursor;
  }

  /** Without the ids, which differ from one conversation to the next. */
  history(): string[] {
    return [...this.items.values()].sort((a, b) => a.seq - b.seq).map(({ seq, text }) => `${seq} ${text}`);
  }

  replies(): (string | undefined)[] {
    return this.#prompts.map((id) => this.answers.get(id));
  }
}

test("[RDLV-3] [RDLV-4] [SUB-10] [CONN-7] cut after every frame of a conversation, a client with its own cursor misses nothing and gets nothing twice", async () => {
  const whole = new Follower(0);
  await whole.run();
  const history = whole.history();
  const replies = whole.replies();
  expect(history.length).toBeGreaterThan(10);
  expect(whole.frames).toBeGreaterThan(40);
  expect(replies.filter((reply) => reply === undefined)).toHaveLength(1);
  expect(whole.clashes).toEqual([]);
  let cuts = 0;
  for (let cutAfter = 1; cutAfter <= whole.frames; cutAfter++) {
    const cut = new Follower(cutAfter);
    await cut.run();
    // A compaction that is asked for twice may be carried out twice: its marks are the only difference.
    const shown = { cutAfter, clashes: cut.clashes, replies: cut.replies() };
    expect(shown).toEqual({ cutAfter, clashes: [], replies });
    expect({ cutAfter, gaps: cut.history().findIndex((line, n) => !line.startsWith(`${n + 1} `)) }).toEqual({
      cutAfter,
      gaps: -1,
    });
    expect({ cutAfter, texts: textsOf(cut) }).toEqual({ cutAfter, texts: textsOf(whole) });
    cuts += cut.cuts;
  }
  // How live messages are batched differs a little, so that a conversation may be over before its last cut.
  expect(cuts).toBeGreaterThan(whole.frames / 2);
}, 180_000);

/** Each text once, in order: what a second compaction adds is not another text. */
function textsOf(follower: Follower): string[] {
  return [...new Set(follower.history().map((line) => line.replace(/^\d+ /, "")))];
}
