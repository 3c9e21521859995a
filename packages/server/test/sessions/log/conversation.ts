/** Session files as Claude Code writes them: the same records, fields and order of fields, with made-up content. */

export type Record_ = Readonly<Record<string, unknown>>;

const CWD = "/home/anna/shop";

export interface ConversationOptions {
  readonly sessionId?: string;
  readonly seed?: number;
}

/** A writer of one session file's records. Ids are counted, so that a test can name them. */
export class Conversation {
  readonly sessionId: string;
  readonly records: Record_[] = [];
  #counter: number;
  #leaf: string | null = null;
  #time = Date.UTC(2026, 2, 1, 9, 0, 0);

  constructor(options: ConversationOptions = {}) {
    this.sessionId = options.sessionId ?? "1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77";
    this.#counter = (options.seed ?? 0) * 1_000_000;
  }

  get leaf(): string | null {
    return this.#leaf;
  }

  get text(): string {
    return this.records.map((record) => `${JSON.stringify(record)}\n`).join("");
  }

  nextId(): string {
    return idOf(++this.#counter);
  }

  add(record: Record_): this {
    this.records.push(record);
    return this;
  }

  /** A record that is in no tree. */
  loose(type: string, fields: Record_ = {}): this {
    return this.add({ type, sessionId: this.sessionId, ...fields });
  }

  queueOperation(content: string): this {
    return this.add({
      type: "queue-operation",
      operation: "enqueue",
      timestamp: this.#tick(),
      sessionId: this.sessionId,
      content,
    });
  }

  apiRequest(bytes: number): this {
    const text = filler(bytes, this.#counter);
    return this.loose("api-request-blob", {
      hash: "e60e3d57",
      message: { role: "user", content: [{ type: "text", text }] },
    });
  }

  /** One that the filter drops, but that is in the tree. */
  attachment(type: string, fields: Record_ = {}): this {
    return this.#tree({ attachment: { type, ...fields }, type: "attachment" });
  }

  system(subtype: string, fields: Record_ = {}): this {
    return this.#tree({ type: "system", subtype, content: "…", level: "info", ...fields });
  }

  prompt(content: string | readonly unknown[], fields: Record_ = {}): this {
    return this.#tree({ type: "user", message: { role: "user", content } }, { permissionMode: "default", ...fields });
  }

  steered(prompt: string, sourceUuid: string): this {
    return this.attachment("queued_command", { prompt, source_uuid: sourceUuid, commandMode: "prompt" });
  }

  reply(text: string, fields: { stopReason?: string | null; message?: Record_; record?: Record_ } = {}): this {
    return this.assistant([{ type: "text", text }], { stopReason: "end_turn", ...fields });
  }

  think(thinking: string): this {
    return this.assistant([{ type: "thinking", thinking, signature: "ZmFrZQ==" }], { stopReason: "tool_use" });
  }

  call(callId: string, name: string, input: unknown): this {
    return this.assistant([{ type: "tool_use", id: callId, name, input }], { stopReason: "tool_use" });
  }

  result(
    callId: string,
    content: unknown,
    fields: { isError?: boolean; parent?: string; record?: Record_ } = {},
  ): this {
    const block = { tool_use_id: callId, type: "tool_result", content, is_error: fields.isError ?? false };
    return this.#tree(
      { type: "user", message: { role: "user", content: [block] } },
      { toolUseResult: { stdout: content, stderr: "" }, ...fields.record },
      fields.parent,
    );
  }

  assistant(
    content: readonly unknown[],
    fields: { stopReason?: string | null; message?: Record_; record?: Record_ } = {},
  ): this {
    const message = {
      id: `msg_${this.#counter}`,
      type: "message",
      role: "assistant",
      model: "claude-opus-5-5",
      content,
      stop_reason: fields.stopReason ?? null,
      stop_sequence: null,
      usage: { input_tokens: 12, cache_creation_input_tokens: 30, cache_read_input_tokens: 1_200, output_tokens: 7 },
      ...fields.message,
    };
    return this.#tree({ message, requestId: "req_1", type: "assistant" }, { madeBy: "model", ...fields.record });
  }

  /** Goes on from another record: a branch. */
  from(leaf: string | null): this {
    this.#leaf = leaf;
    return this;
  }

  #tree(fields: Record_, more: Record_ = {}, parent: string | null = this.#leaf): this {
    const uuid = typeof more["uuid"] === "string" ? more["uuid"] : this.nextId();
    this.#leaf = uuid;
    return this.add({
      parentUuid: parent,
      isSidechain: false,
      ...fields,
      uuid,
      timestamp: this.#tick(),
      ...more,
      userType: "external",
      entrypoint: "sdk-cli",
      cwd: CWD,
      sessionId: this.sessionId,
      version: "2.1.329",
      gitBranch: "main",
    });
  }

  #tick(): string {
    this.#time += 1_020;
    return new Date(this.#time).toISOString();
  }
}

/** A UUID v4 that a number stands for. */
export function idOf(number: number): string {
  const spread = Math.imul(number, 2654435761) >>> 0;
  return `${spread.toString(16).padStart(8, "0")}-7a3b-4c5d-8e6f-${number.toString(16).padStart(12, "0")}`;
}

const words =
  'the cart total was wrong because α rounding happened twice — once per line "and" once per order\n\tso tests pass now 🛒'.split(
    " ",
  );

export function filler(bytes: number, seed = 0): string {
  const parts: string[] = [];
  for (let length = 0, i = seed; length < bytes; i++) {
    const word = words[(Math.imul(i, 40503) >>> 7) % words.length] ?? "";
    parts.push(word);
    length += Buffer.byteLength(word) + 1;
  }
  return parts.join(" ");
}

/** Some turns with everything that is found in real files. */
export function realisticConversation(
  turns: number,
  options: ConversationOptions & { bytes?: number } = {},
): Conversation {
  const { bytes = 300 } = options;
  const talk = new Conversation(options);
  for (let turn = 0; turn < turns; turn++) {
    talk.queueOperation("Fix the cart total");
    talk.prompt(turn % 5 === 3 ? "go on" : `Fix the cart total, please (${turn}): ${filler(bytes / 4, turn)}`);
    if (turn === 0) talk.attachment("environment", { text: filler(bytes), nested: { uuid: idOf(7) } });
    talk.attachment("prompt_snapshot", { system: [filler(bytes * 2, turn)] });
    talk.apiRequest(bytes * 3);
    talk.think(turn % 2 === 0 ? filler(bytes, turn) : "");
    talk.call(`toolu_${turn}a`, "Bash", { command: `npm test -- ${turn}`, description: "Runs the tests" });
    const first = talk.leaf ?? "";
    talk.call(`toolu_${turn}b`, "Read", { file_path: `/home/anna/shop/cart-${turn}.ts` });
    talk.result(`toolu_${turn}b`, filler(bytes * 2, turn));
    talk.result(`toolu_${turn}a`, [{ type: "text", text: filler(bytes, turn) }], {
      parent: first,
      isError: turn % 7 === 2,
    });
    if (turn % 4 === 1) talk.steered("and the invoices too", idOf(900_000 + turn));
    talk.reply(filler(bytes, turn * 3));
    talk.system("stop_hook_summary", { hookInfos: [] });
    talk.loose("last-prompt", { lastPrompt: "Fix", leafUuid: talk.leaf });
  }
  talk.loose("ai-title", { aiTitle: "Cart total" });
  return talk;
}
