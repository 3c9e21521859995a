import { countWords } from "@parlatory/protocol/words";
import { ActiveRun } from "../active-run.ts";
import type { AgentCapabilities } from "../capabilities.ts";
import type { Driver } from "../driver.ts";
import type { AgentSession, PromptRequest, PromptRouting, Run } from "../session.ts";

const capabilities: AgentCapabilities = {
  transactional: true,
  isolation: "inline",
  usageSource: "words",
  permissionModes: null,
  canChooseModel: false,
  canResume: false,
  canSteer: false,
  canCompact: false,
  dedupesPrompts: false,
  keepsFiles: false,
  canInterrupt: false,
  resume: "none",
  canResumeElsewhere: false,
  systemPrompt: "none",
  cost: "none",
  attachmentTypes: [],
  rejectEndsTurn: false,
};

const nothingRouted: PromptRouting = { matchedCommands: [], matchedTools: [], deniedTools: [] };

/**
 * The deterministic agent: says what it was asked [TURN-8]. It keeps nothing, so that a caller that does not commit a result
 * leaves no trace. Mode, model and resume point are ignored; the harness warns about them.
 */
export function createEchoDriver(): Driver {
  return {
    id: "echo",
    probe: () => Promise.resolve({ version: "1", capabilities }),
    start: ({ signal }) => {
      signal?.throwIfAborted();
      return Promise.resolve(new EchoSession());
    },
  };
}

/** The four lines of [TURN-8]; the first has as many line breaks as the prompt. */
export function echoLines(prompt: string, routing: PromptRouting): string[] {
  const names = (list: readonly string[]) => (list.length === 0 ? "none" : list.join(", "));
  return [
    `Prompt: ${prompt}`,
    `Matched commands: ${names(routing.matchedCommands)}`,
    `Matched tools: ${names(routing.matchedTools)}`,
    `Permission denials: ${routing.deniedTools.length}`,
  ];
}

class EchoSession implements AgentSession {
  readonly agentSessionId = null;
  readonly capabilities = capabilities;
  readonly isIdle = true;
  readonly ended: Promise<void>;
  readonly #end: () => void;

  constructor() {
    const ended = Promise.withResolvers<void>();
    this.ended = ended.promise;
    this.#end = ended.resolve;
  }

  submit(request: PromptRequest): Run {
    const routing = request.routing ?? nothingRouted;
    const run = new ActiveRun(request, () => undefined);
    if (run.isAborted) {
      run.settle({ outcome: "cancelled", isIdle: true });
      return run;
    }
    for (const denial of routing.deniedTools) run.emit({ type: "permission_denied", ...denial });
    const output = echoLines(request.prompt, routing).join("\n");
    run.settle({
      outcome: "completed",
      output,
      isIdle: true,
      usage: {
        source: "words",
        inputTokens: countWords(request.prompt),
        outputTokens: countWords(output),
        cacheReadTokens: null,
        cacheWriteTokens: null,
      },
    });
    return run;
  }

  interrupt(): Promise<boolean> {
    return Promise.resolve(false);
  }

  steer(): Promise<"idle"> {
    return Promise.resolve("idle");
  }

  answerPermission(): boolean {
    return false;
  }

  close(): Promise<void> {
    this.#end();
    return Promise.resolve();
  }
}
