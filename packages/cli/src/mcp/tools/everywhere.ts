import type { MeshClient } from "@parlatory/client";
import type { MeshSession } from "../mesh-session.ts";
import type { ToolAnswer } from "../tool-call.ts";
import type { ToolError } from "../tool-error.ts";
import { toToolError } from "../tool-failure.ts";

export interface Outcomes<Value> {
  done: { session: MeshSession; value: Value }[];
  failed: { session: MeshSession; error: ToolError }[];
}

/** Does the same in several meshes at once; throws only when it failed in every one of them ([MCP-3]). */
export async function inEach<Value>(
  sessions: readonly MeshSession[],
  act: (client: MeshClient) => Promise<Value>,
): Promise<Outcomes<Value>> {
  const outcomes: Outcomes<Value> = { done: [], failed: [] };
  await Promise.all(
    sessions.map(async (session) => {
      try {
        outcomes.done.push({ session, value: await act(await session.client()) });
      } catch (thrown) {
        outcomes.failed.push({ session, error: toToolError(thrown) });
      }
    }),
  );
  const [first] = outcomes.failed;
  if (outcomes.done.length === 0 && first !== undefined) throw first.error;
  return outcomes;
}

/** One line for each mesh that failed. */
export function describeFailures<Value>({ failed }: Outcomes<Value>): string[] {
  return failed.map(
    ({ session, error }) => `failed in mesh '${session.slug}': ${error.code}: ${error.message}; ${error.nextStep}`,
  );
}

/** `done` in words, then what failed. */
export function answerEverywhere<Value>(
  outcomes: Outcomes<Value>,
  describe: (value: Value, session: MeshSession) => string,
): ToolAnswer {
  const lines = outcomes.done.map(({ session, value }) => describe(value, session));
  return { text: [...lines, ...describeFailures(outcomes)].join("\n") };
}

/** ` in mesh 'x'` where there are several to tell apart. */
export function inMesh(session: MeshSession, sessions: readonly unknown[]): string {
  return sessions.length > 1 ? ` in mesh '${session.slug}'` : "";
}
