/**
 * One prompt on its way through the echo agent [AGENT-15]: does what it orders and says so as whole messages. All that it says
 * follows from the prompt, the texts that were steered in, and the answers to its questions.
 */
import { countWords } from "@parlatory/protocol/words";
import type { ActiveRun } from "../active-run.ts";
import type { PermissionAnswer, RunUsage, SteerMessage } from "../session.ts";
import { uuidV5 } from "../uuid-v5.ts";
import type { EchoOrder } from "./echo-order.ts";

/** What a turn needs of its session. */
export interface EchoWorld {
  /** Rejects when the turn is interrupted. */
  readonly pause: (ms: number) => Promise<void>;
  /** Rejects when the turn is interrupted. */
  readonly ask: (question: { questionId: string; toolName: string; input: unknown }) => Promise<PermissionAnswer>;
  /** The texts that were steered in and are not taken up yet. After the last time no more are accepted. */
  readonly takeSteered: (isLast: boolean) => readonly SteerMessage[];
}

/** How a turn came to its end by itself. */
export type EchoEnd =
  | { readonly type: "reply"; readonly text: string }
  | { readonly type: "failure"; readonly text: string }
  | { readonly type: "crash" };

type Block = Readonly<Record<string, unknown>>;

export class EchoTurn {
  readonly #run: ActiveRun;
  readonly #world: EchoWorld;
  readonly #steered: string[] = [];
  #ids = 0;
  #openTool: string | undefined;

  constructor(run: ActiveRun, world: EchoWorld) {
    this.#run = run;
    this.#world = world;
  }

  /** Undefined: it was interrupted. */
  async perform(order: EchoOrder): Promise<EchoEnd | undefined> {
    try {
      return await this.#perform(order);
    } catch {
      if (this.#openTool !== undefined) this.#finishTool(this.#openTool, "interrupted", true);
      return undefined;
    }
  }

  async #perform(order: EchoOrder): Promise<EchoEnd> {
    switch (order.type) {
      case "crash":
        return { type: "crash" };
      case "fail":
        return { type: "failure", text: order.text };
      case "sleep":
        await this.#world.pause(order.ms);
        break;
      case "steps":
        for (let step = 1; step <= order.count; step += 1) await this.#step(step, order);
        break;
      case "ask":
        return this.#reply(await this.#ask(order));
      case "long":
        return this.#reply(longText(order.bytes));
      case "echo":
    }
    return this.#reply(`echo: ${order.text}`);
  }

  /** In words [AGENT-15]: of the prompt and what was steered in, and of the answer. */
  usageOf(prompt: string, output: string): RunUsage {
    const inputTokens = [prompt, ...this.#steered].map(countWords).reduce((sum, words) => sum + words, 0);
    return { source: "words", inputTokens, outputTokens: countWords(output), cacheReadTokens: 0, cacheWriteTokens: 0 };
  }

  #reply(text: string): EchoEnd {
    this.#takeSteered(true);
    const reply = [text, ...this.#steered.map((steered) => `echo: ${steered}`)].join("\n");
    this.#run.emit({ type: "text_delta", text: reply });
    this.#say("assistant", { type: "text", text: reply });
    return { type: "reply", text: reply };
  }

  async #step(step: number, { count, ms }: Extract<EchoOrder, { type: "steps" }>): Promise<void> {
    const toolUseId = this.#startTool("step", { step, of: count });
    await this.#world.pause(ms);
    this.#finishTool(toolUseId, `step ${step} of ${count}`);
    this.#takeSteered(false);
  }

  async #ask({ tool, input, text }: Extract<EchoOrder, { type: "ask" }>): Promise<string> {
    const toolUseId = this.#startTool(tool, input);
    const answer = await this.#world.ask({ questionId: toolUseId, toolName: tool, input });
    if (answer.behavior === "allow") {
      this.#finishTool(toolUseId, JSON.stringify(answer.updatedInput ?? input));
      return `allowed: ${text}`;
    }
    this.#run.emit({ type: "permission_denied", toolName: tool, reason: answer.reason });
    this.#finishTool(toolUseId, answer.reason, true);
    return `denied: ${answer.reason}`;
  }

  #startTool(toolName: string, input: unknown): string {
    const toolUseId = this.#newId("tool");
    this.#openTool = toolUseId;
    this.#say("assistant", { type: "tool_use", id: toolUseId, name: toolName, input });
    this.#run.emit({ type: "tool_started", toolUseId, toolName });
    return toolUseId;
  }

  #finishTool(toolUseId: string, content: string, failed = false): void {
    this.#openTool = undefined;
    const error = failed ? { is_error: true } : {};
    this.#say("user", { type: "tool_result", tool_use_id: toolUseId, content, ...error });
    this.#run.emit({ type: "tool_finished", toolUseId, failed });
  }

  #takeSteered(isLast: boolean): void {
    for (const { text, messageUuid } of this.#world.takeSteered(isLast)) {
      this.#steered.push(text);
      this.#run.emit({ type: "prompt_seen", messageUuid });
    }
  }

  #say(role: "user" | "assistant", block: Block): void {
    this.#run.emit({ type: "message", id: this.#newId("message"), role, blocks: [block] });
  }

  #newId(kind: string): string {
    return uuidV5(this.#run.request.messageUuid, `${kind} ${(this.#ids += 1)}`);
  }
}

/** So many bytes of words. */
function longText(bytes: number): string {
  return "echo ".repeat(Math.ceil(bytes / 5)).slice(0, bytes);
}
