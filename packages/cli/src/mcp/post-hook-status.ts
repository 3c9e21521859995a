import { httpOrigin } from "@parlatory/client";
import type { PeerStatus } from "@parlatory/protocol";
import { loadConfig } from "../config/config-file.ts";
import { emptyConfig } from "../config/config.ts";
import type { CommandContext } from "../harness/context.ts";
import { homeHttp } from "../server/home-network.ts";
import { readHookInput } from "./hook-input.ts";

const TIMEOUT_MS = 1_000;

/** Posts the status of this session to each distinct broker of the config [HOOK-20]. Does not fail. */
export async function postHookStatus(
  context: CommandContext,
  status: PeerStatus,
): Promise<{ brokers: number; answered: number }> {
  const [{ sessionId, cwd }, config] = await Promise.all([
    readHookInput(context),
    loadConfig(context.home).catch(() => emptyConfig),
  ]);
  if (config.meshes.length === 0) return { brokers: 0, answered: 0 };
  const http = homeHttp(context);
  const origins = new Set(config.meshes.map((mesh) => httpOrigin(mesh.brokerUrl)));
  const { hookToken } = context.env;
  const body = JSON.stringify({
    cwd,
    status,
    pid: context.parentPid,
    ...(sessionId === undefined ? {} : { session_id: sessionId }),
    ...(hookToken === undefined || hookToken === "" ? {} : { token: hookToken }),
  });
  const posts = await Promise.allSettled(
    [...origins].map(async (origin) => {
      const answer = await http({
        method: "POST",
        url: `${origin}/hook/set-status`,
        headers: { "content-type": "application/json" },
        body,
        timeoutMs: TIMEOUT_MS,
      });
      return answer.status === 200;
    }),
  );
  return { brokers: origins.size, answered: posts.filter((post) => post.status === "fulfilled" && post.value).length };
}
