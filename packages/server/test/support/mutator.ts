import type { RawFrame } from "./raw-client.ts";

/** One well-formed frame of each type, to start from. */
export const SEED_FRAMES: readonly RawFrame[] = [
  {
    type: "hello",
    meshId: "m",
    memberId: "n",
    pubkey: "0".repeat(64),
    timestamp: 1,
    signature: "0".repeat(128),
    groups: [{ name: "ops" }],
  },
  {
    type: "send",
    id: "m1",
    targetSpec: "@ops",
    priority: "next",
    nonce: Buffer.alloc(24).toString("base64"),
    ciphertext: "aGVsbG8=",
    enc: "none",
  },
  { type: "pull", max: 5 },
  { type: "message_status", messageId: "abcdefgh" },
  { type: "client_ack", upTo: "abcdefgh", stage: "surfaced" },
  { type: "client_nack", messageId: "abcdefgh", reason: "policy" },
  { type: "list_peers", group: "@ops", includeOffline: true },
  { type: "set_status", status: "idle", source: "manual" },
  { type: "set_summary", summary: "reading" },
  { type: "set_agent_info", agentInfo: { agent: "echo", model: "none" } },
  { type: "join_group", name: "ops", role: "lead" },
  { type: "leave_group", name: "ops" },
  { type: "get_state", key: "build" },
  { type: "set_state", key: "build", value: { green: true }, ifVersion: 0 },
  { type: "list_state", prefix: "b" },
  { type: "watch_state", key: "build/*" },
  { type: "unwatch_state", key: "build/*" },
  { type: "remember", content: "the build is green", tags: ["build"] },
  { type: "recall", query: 'green OR "the build" -red', limit: 3 },
  { type: "list_memories", limit: 3 },
  { type: "forget", memoryId: "abcdefghijklmnopqrst" },
];

const STRANGE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  Number.MAX_SAFE_INTEGER,
  1e308,
  "",
  "all",
  "__proto__",
  "constructor",
  "\u0000",
  "\ud800",
  "é".repeat(300),
  "x".repeat(5_000),
  "x') OR ('1'='1",
  [],
  [null],
  [[[]]],
  {},
  { name: "ops" },
  { __proto__: null, toString: 1 },
  "*",
  "@",
  "#c",
  "f".repeat(64),
];

/** Makes frames that are wrong in every way, the same ones for the same seed. */
export class Mutator {
  #state: number;
  readonly #seeds: readonly RawFrame[];

  constructor(seed: number, seeds: readonly RawFrame[] = SEED_FRAMES) {
    this.#state = seed >>> 0;
    this.#seeds = seeds;
  }

  /** Text for most frames; bytes for a binary frame (first byte 0) or for text that is not UTF-8. */
  next(): string | Buffer {
    const frame = this.#pick(this.#seeds);
    const kind = this.#below(10);
    if (kind < 4) return JSON.stringify(this.#mutateFields({ ...frame }));
    if (kind === 4) return JSON.stringify(frame).slice(0, this.#below(60));
    if (kind === 5) return this.#mutateText(JSON.stringify(frame));
    if (kind === 6) return JSON.stringify(this.#pick(STRANGE));
    if (kind === 7) return this.#bytes(frame);
    if (kind === 8) return `${"[".repeat(this.#below(2_000))}${JSON.stringify(frame)}`;
    return JSON.stringify({
      ...this.#mutateFields({ ...frame }),
      type: this.#pick([...this.#seeds.map(({ type }) => type), "toString", "", 5]),
    });
  }

  #mutateFields(frame: Record<string, unknown>): Record<string, unknown> {
    const names = [...Object.keys(frame), "_reqId", "extra", "__proto__"];
    for (let changes = 1 + this.#below(3); changes > 0; changes--) {
      const name = this.#pick(names);
      if (this.#below(4) === 0) delete frame[name];
      else {
        Object.defineProperty(frame, name, {
          value: this.#pick(STRANGE),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
    }
    return frame;
  }

  #mutateText(text: string): string {
    const at = this.#below(text.length);
    const character = String.fromCharCode(
      this.#pick([0, 34, 44, 58, 91, 92, 93, 123, 125, 0x2028, 0xd800, 32 + this.#below(90)]),
    );
    return this.#below(2) === 0
      ? `${text.slice(0, at)}${character}${text.slice(at + 1)}`
      : `${text.slice(0, at)}${character}${text.slice(at)}`;
  }

  #bytes(frame: RawFrame): Buffer {
    const bytes = Buffer.from(JSON.stringify(frame));
    if (this.#below(2) === 0) return Buffer.concat([Buffer.of(0), bytes]);
    bytes[this.#below(bytes.length)] = 0x80 + this.#below(0x80);
    return bytes;
  }

  #pick<Value>(values: readonly Value[]): Value {
    return values[this.#below(values.length)] as Value;
  }

  /** mulberry32. */
  #below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }
}
