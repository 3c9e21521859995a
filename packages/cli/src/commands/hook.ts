import type { PeerStatus } from "@parlatory/protocol";
import { answer, defineCommand } from "../harness/command.ts";
import { count, oneOf } from "../harness/json-schema.ts";

/** `parl hook idle|working|dnd`: prints nothing in text mode and succeeds whatever happens [HOOK-20]. */
function statusCommand(status: PeerStatus, summary: string) {
  return defineCommand({
    path: ["hook", status],
    group: "Mesh",
    summary,
    positionals: [],
    options: [],
    payload: [
      {
        name: "status",
        schema: oneOf(["idle", "working", "dnd"]),
        presence: "always",
        description: "the status that was posted",
      },
      { name: "brokers", schema: count, presence: "always", description: "servers of the config" },
      { name: "answered", schema: count, presence: "always", description: "how many of them took it" },
    ],
    errorKinds: [],
    examples: [`parl hook ${status}`],
    stdout: "envelope",
    format: "flag",
    run: async (context) => {
      const { postHookStatus } = await import("../mcp/post-hook-status.ts");
      return answer({ status, ...(await postHookStatus(context, status)) }, () => "");
    },
  });
}

export const idle = statusCommand("idle", "tell the mesh that this session is idle (for an agent's hooks)");
export const working = statusCommand("working", "tell the mesh that this session is working (for an agent's hooks)");
export const dnd = statusCommand("dnd", "tell the mesh not to disturb this session (for an agent's hooks)");
