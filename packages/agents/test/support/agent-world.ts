import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { createAcpDriver } from "../../src/acp/acp-driver.ts";
import type { AcpQuirks } from "../../src/acp/acp-quirks.ts";
import type { AgentEvent, SessionEvent } from "../../src/agent-event.ts";
import { createClaudeDriver, type ClaudeDriverOptions } from "../../src/claude/claude-driver.ts";
import type { Driver, StartOptions } from "../../src/driver.ts";
import { readProcessTable } from "../../src/process/process-table.ts";
import type { AgentSession, PromptRequest, Run } from "../../src/session.ts";

/** A directory with fake agent programs in it, and the sessions started there. */
export class AgentWorld {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), "parl-agents-")));
  readonly events: SessionEvent[] = [];
  readonly #sessions: AgentSession[] = [];

  /** Path of a program that runs one of the fakes; it is the fake's process itself, without a shell around it. */
  program(fake: "fake-claude" | "fake-acp"): string {
    const path = join(this.directory, fake);
    const script = fileURLToPath(new URL(`./${fake}.ts`, import.meta.url));
    writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' --no-warnings '${script}' "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  }

  claude(environment: Record<string, string> = {}, options: ClaudeDriverOptions = {}): Driver {
    return createClaudeDriver(this.host(environment), { program: this.program("fake-claude"), ...options });
  }

  acp(environment: Record<string, string> = {}, quirks?: AcpQuirks): Driver {
    return createAcpDriver(this.host(environment), { command: [this.program("fake-acp"), "serve"], quirks });
  }

  host(environment: Record<string, string> = {}) {
    return { environment: { PATH: process.env["PATH"], ...environment }, randomUuid: () => randomUUID() };
  }

  async start(driver: Driver, options: Partial<StartOptions> = {}): Promise<AgentSession> {
    const onEvent = (event: SessionEvent) => void this.events.push(event);
    const session = await driver.start({ workingDirectory: this.directory, onEvent, ...options });
    this.#sessions.push(session);
    return session;
  }

  diagnostics(): string[] {
    return this.events.flatMap((event) => (event.type === "diagnostic" ? [event.text] : []));
  }

  /** Closes what is open, and checks that nothing of it lives. */
  async end(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close({ graceMs: 0 })));
    rmSync(this.directory, { recursive: true, force: true });
    await expectNothingLeft();
  }
}

/** No agent that this process started lives. */
export async function expectNothingLeft(): Promise<void> {
  expect(await survivors()).toEqual([]);
}

/** Living processes of agents that a process (this one, if not given) started. */
export async function survivors(starter: number | undefined = process.pid): Promise<number[]> {
  const table = await readProcessTable();
  return table
    .filter((row) => !row.isZombie && row.mark?.replace("recorded:", "").startsWith(`${starter}:`) === true)
    .map((row) => row.pid);
}

/** Which of these processes live. One that has ended and whose parent takes no note of it does not. */
export async function living(pids: readonly number[]): Promise<number[]> {
  const table = await readProcessTable();
  return table.filter((row) => !row.isZombie && pids.includes(row.pid)).map((row) => row.pid);
}

export function submit(session: AgentSession, prompt: string, rest: Partial<PromptRequest> = {}): Run {
  return session.submit({ prompt, messageUuid: randomUUID(), generation: 1, ...rest });
}

export async function eventsOf(run: Run): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  for await (const event of run.events) events.push(event);
  return events;
}

/** Reads a run's events until one of this type comes. */
export async function firstOf<T extends AgentEvent["type"]>(
  run: Run,
  type: T,
): Promise<Extract<AgentEvent, { type: T }>> {
  for await (const event of run.events) {
    if (event.type === type) return event as Extract<AgentEvent, { type: T }>;
  }
  throw new Error(`the run ended without a ${type}`);
}
