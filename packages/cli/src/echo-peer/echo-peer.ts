/**
 * A peer without a model: prints what it gets and answers by the fixed rules of `instruction.ts`. It must not know files,
 * processes or the terminal: lines go in through `handleLine` and out through `show`.
 *
 * Work is done one piece after the other, so that answers come in the order of the questions.
 */
import type { IncomingMessage, MeshClient, SendResult, StateChange } from "@parlatory/client";
import type { GroupEntry } from "@parlatory/protocol";
import { escapeText } from "../output/escape.ts";
import { parseInstruction, type Instruction } from "./instruction.ts";
import { typedRules } from "./rules-help.ts";

type EchoClient = Pick<
  MeshClient,
  "send" | "listPeers" | "remember" | "recall" | "getState" | "setState" | "watchState" | "unwatchState" | "pubkey"
>;

export interface EchoPeerOptions {
  readonly client: EchoClient;
  readonly groups: readonly GroupEntry[];
  /** Prints one line, already safe for a terminal. */
  readonly show: (line: string) => void;
}

interface Vigil {
  readonly key: string;
  readonly value: unknown;
  readonly target: string;
  readonly text: string;
}

const maxVigils = 100;
/** Messages that may wait for their turn; what comes beyond is shown and not answered. */
const maxWaiting = 1000;
const maxEchoedChars = 4000;
const maxRecalled = 3;
const settleMs = 2000;

export class EchoPeer {
  readonly #client: EchoClient;
  readonly #leads: ReadonlySet<string>;
  readonly #show: (line: string) => void;
  readonly #vigils = new Set<Vigil>();
  #work: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor({ client, groups, show }: EchoPeerOptions) {
    this.#client = client;
    // Everything shown has text of peers in it.
    this.#show = (line) => show(escapeText(line));
    const leads = groups.filter(({ role }) => role?.toLowerCase() === "lead");
    this.#leads = new Set(leads.map(({ name }) => `@${name}`));
  }

  /** Shows the message, says that it was seen, and answers it if a rule says so. */
  handleMessage(message: IncomingMessage): void {
    this.#show(describeMessage(message));
    message.surfaced();
    if (!this.#isAnswered(message)) return;
    this.#enqueue(async () => {
      const answer = await this.#answerTo(message.text);
      await this.#send(message.senderPubkey, answer, { to: message.senderName, replyTo: message.messageId });
    });
  }

  handleStateChange({ key, value, version, updatedBy }: StateChange): void {
    this.#show(`* ${describeState(key, value, version, updatedBy)}`);
    this.#enqueue(() => this.#keepVigils(key, value));
  }

  /** A line typed by the owner of this peer. The answer: whether it is to leave. */
  handleLine(line: string): { readonly leaves: boolean } {
    if (line.trim() === "") return { leaves: false };
    const instruction = parseInstruction(line);
    if (instruction.kind === "leave") return { leaves: true };
    if (instruction.kind === "help") for (const rule of typedRules) this.#show(rule);
    else if (instruction.kind === "talk") this.#show("! to whom? Type `say TARGET TEXT`, or `help`");
    else this.#enqueue(() => this.#obey(instruction));
    return { leaves: false };
  }

  /** Resolves when everything begun so far is done. */
  idle(): Promise<void> {
    return this.#work;
  }

  #isAnswered({ kind, replyTo, targetSpec = "", text }: IncomingMessage): boolean {
    if (replyTo !== undefined) return false;
    if (kind === "direct") return true;
    const asks = parseInstruction(text).kind !== "talk" || text.trimEnd().endsWith("?");
    return kind === "group" && this.#leads.has(targetSpec) && asks;
  }

  #enqueue(work: () => Promise<void>): void {
    if (this.#waiting >= maxWaiting) {
      this.#show(`! ${maxWaiting} messages wait already; this one is not answered`);
      return;
    }
    this.#waiting += 1;
    this.#work = this.#work
      .then(work)
      .catch((cause: unknown) => this.#show(`! ${cause instanceof Error ? cause.message : String(cause)}`))
      .finally(() => (this.#waiting -= 1));
  }

  async #obey(instruction: Instruction): Promise<void> {
    switch (instruction.kind) {
      case "say":
        return this.#say(instruction.target, instruction.text);
      case "peers":
        for (const peer of await this.#client.listPeers()) {
          const groups = peer.groups.map(({ name, role }) => `@${name}${role === undefined ? "" : ` (${role})`}`);
          const rest = [...groups, peer.status, ...(peer.you === true ? ["you"] : [])];
          this.#show(`* ${peer.displayName}: ${rest.join(", ")}`);
        }
        return;
      default:
        this.#show(`* ${await this.#carryOut(instruction)}`);
    }
  }

  async #answerTo(text: string): Promise<string> {
    try {
      return await this.#carryOut(parseInstruction(text));
    } catch (cause) {
      return `that failed: ${cause instanceof Error ? cause.message : String(cause)}`;
    }
  }

  /** What both the owner and other peers may ask for; the answer is a sentence. */
  async #carryOut(instruction: Instruction): Promise<string> {
    const client = this.#client;
    switch (instruction.kind) {
      case "remember":
        return `remembered as ${await client.remember(instruction.text)}`;
      case "recall": {
        const found = await client.recall(instruction.query, { limit: maxRecalled });
        if (found.length === 0) return `nothing is remembered about "${instruction.query}"`;
        return found.map(({ content, rememberedBy }) => `${content} (remembered by ${rememberedBy})`).join("; ");
      }
      case "set": {
        const { key, value } = instruction;
        const { version, updatedBy } = await client.setState(key, value);
        // The broker does not report a change to the one who made it.
        await this.#keepVigils(key, value);
        return describeState(key, value, version, updatedBy);
      }
      case "get": {
        const { key, value, version, updatedBy } = await client.getState(instruction.key);
        return version === 0 ? `${key} is not set` : describeState(key, value, version, updatedBy);
      }
      case "when":
        return this.#beginVigil(instruction);
      case "say":
      case "peers":
      case "help":
      case "leave":
        // Only the owner may ask for these; from a peer they are words like any other.
        return echo(instruction.kind === "say" ? `say ${instruction.target} ${instruction.text}` : instruction.kind);
      case "talk":
        return echo(instruction.text);
    }
  }

  async #beginVigil({ key, value, target, text }: Vigil): Promise<string> {
    if (this.#vigils.size >= maxVigils) return `${maxVigils} keys are watched already; no more fit`;
    await this.#client.watchState(key);
    this.#vigils.add({ key, value, target, text });
    const now = await this.#client.getState(key);
    if (now.version > 0) await this.#keepVigils(key, now.value);
    return `watching ${key}`;
  }

  async #keepVigils(key: string, value: unknown): Promise<void> {
    const due = [...this.#vigils].filter((vigil) => vigil.key === key && isSame(vigil.value, value));
    for (const vigil of due) {
      this.#vigils.delete(vigil);
      await this.#say(vigil.target, vigil.text);
    }
    if (due.length > 0 && ![...this.#vigils].some((vigil) => vigil.key === key)) await this.#client.unwatchState(key);
  }

  async #say(target: string, text: string): Promise<void> {
    const { resolveTarget } = await import("@parlatory/client");
    const resolved = resolveTarget(target, await this.#client.listPeers({ includeOffline: true }), {
      pubkey: this.#client.pubkey,
    });
    if (resolved.ok) await this.#send(resolved.targetSpec, text, { to: resolved.peer?.displayName ?? target });
    else this.#show(`! ${resolved.message}`);
  }

  async #send(targetSpec: string, text: string, rest: { to: string; replyTo?: string }): Promise<void> {
    const result = await this.#client.send({ targetSpec, text, settleMs, replyTo: rest.replyTo });
    this.#show(describeSent(rest.to, text, result));
  }
}

function echo(text: string): string {
  const characters = [...text.slice(0, 2 * maxEchoedChars)];
  return `echo: ${characters.length > maxEchoedChars ? `${characters.slice(0, maxEchoedChars).join("")}…` : text}`;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function describeState(key: string, value: unknown, version: number, by: string): string {
  return `${key} is ${JSON.stringify(value)} (version ${version}, set by ${by})`;
}

/** `< lin to @release [group, encrypted, id]: text` */
function describeMessage(message: IncomingMessage): string {
  const to = message.kind === "direct" || message.targetSpec === undefined ? "" : ` to ${message.targetSpec}`;
  const facts = [
    message.kind,
    ...(message.encrypted ? ["encrypted"] : ["not encrypted"]),
    ...(message.signed ? [] : ["unsigned"]),
    message.messageId,
    ...(message.replyTo === undefined ? [] : [`answers ${message.replyTo}`]),
  ];
  return `< ${message.senderName}${to} [${facts.join(", ")}]: ${message.text}`;
}

/** `> to lin [delivered, id]: text` */
function describeSent(to: string, text: string, result: SendResult): string {
  if (result.outcome === "rejected") return `! to ${to} [rejected, ${result.code}]: ${result.message}`;
  const reach = result.outcome === "queued" ? `queued, ${result.reason}` : "delivered";
  return `> to ${to} [${reach}, ${result.messageId}]: ${text}`;
}
