import { rowSentence } from "../handlers/mirrored-sentence.ts";
import { answerRun, failureOf, turnObject } from "./answer-run.ts";
import { turnDefaults } from "./conversation.ts";
import { routeRun } from "./route-run.ts";
import { endStage, SessionRun, type SessionRunArguments } from "./session-run.ts";
import { readSetupFacts, type SetupFacts } from "./setup-facts.ts";
import type { CommandResult } from "../harness/command.ts";
import type { CommandContext } from "../harness/context.ts";
import type { RoutedMatch } from "../inventory/inventory.ts";
import type { TurnEvent } from "./turn-event.ts";

export interface BootstrapArguments extends SessionRunArguments {
  readonly limit: number;
  readonly inventory: string | undefined;
  readonly allowTool: readonly string[];
  readonly stream: boolean;
}

/** What the text is rendered from. */
export interface BootstrapPayload {
  readonly prompt: string;
  readonly setup: SetupFacts;
  readonly routed_matches: readonly ReturnType<typeof matchObject>[];
  readonly command_execution_messages: readonly string[];
  readonly tool_execution_messages: readonly string[];
  readonly turn: ReturnType<typeof turnObject>;
  readonly persisted_session_path: string | null;
}

/** `parl bootstrap`: everything that leads to one turn, the turn, and its session [CMD-bootstrap-1..7]. */
export async function performBootstrap(
  context: CommandContext,
  args: BootstrapArguments,
  { asText }: { readonly asText: boolean },
): Promise<CommandResult> {
  endStage(context, "module-load");
  const run = new SessionRun(context, args);
  try {
    run.settle();
    const { workingDirectory } = run;
    const { inventory, matches, routing } = await routeRun(context, { ...args, workingDirectory });
    const setup = await readSetupFacts(context, inventory, workingDirectory);
    endStage(context, "inventory-build");
    await run.choose([args.prompt]);
    await run.restore({ maxTurns: turnDefaults.maxTurns, resumes: true });
    const events: TurnEvent[] = [];
    const [turn] = await run.turns({
      routing,
      maxTurns: 1,
      onEvent: async ({ event }) => {
        if (args.stream) await context.emit({ ...event });
        else events.push(event);
      },
    });
    if (turn === undefined) throw new Error("a run of one turn gives one result");
    const payload = (path: string | null) => ({
      prompt: args.prompt,
      limit: args.limit,
      setup,
      routed_matches: matches.map(matchObject),
      command_execution_messages: sentences("command", matches, args.prompt),
      tool_execution_messages: sentences("tool", matches, args.prompt),
      turn: turnObject(turn, { withMatches: false }),
      persisted_session_path: path,
      session_id: run.sessionId,
      ...run.engineValues(routing),
      interrupted: run.interruptSignal !== null,
      interrupt_signal: run.interruptSignal,
    });
    const text = asText
      ? (await import("./bootstrap-text.ts")).createBootstrapText({ context, inventory, events, workingDirectory })
      : () => [];
    return await answerRun(run, { saves: true, payload, text });
  } catch (thrown) {
    throw await failureOf(thrown, { runId: run.runId });
  }
}

/** A match in output [RTE-6]. */
function matchObject({ kind, row, score }: RoutedMatch) {
  return { kind, name: row.name, score, source_hint: row.sourceHint };
}

/** What running each match of one kind would do; nothing is run [CMD-bootstrap-4]. */
function sentences(kind: RoutedMatch["kind"], matches: readonly RoutedMatch[], prompt: string): string[] {
  return matches.filter((match) => match.kind === kind).map(({ row }) => rowSentence(kind, row, prompt));
}
