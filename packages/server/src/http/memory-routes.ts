import type { MemberId, Memory, MemoryBody, PublicKey } from "@parlatory/protocol";
import type { HttpDeps } from "./http-deps.ts";
import type { RouteHandlers } from "./route-handlers.ts";
import { toSnakeCase } from "./snake-case.ts";

/** [HTTP-11]. */
export function memoryRoutes(
  deps: Pick<HttpDeps, "memories">,
): Pick<RouteHandlers, "listMemories" | "addMemory" | "forgetMemory"> {
  return {
    async listMemories({ mesh, query }) {
      const tags = (query.tags ?? "")
        .split(",")
        .map((tag) => tag.trim())
        .filter((tag) => tag !== "");
      if (query.query === undefined) {
        const { memories, next } = await deps.memories.list(mesh.id, query.limit, query.before, tags);
        return { body: { memories: memories.map(toBody), next } };
      }
      const memories = await deps.memories.recall(mesh.id, query.query, tags, query.limit);
      return { body: { memories: memories.map(toBody), next: null } };
    },
    async addMemory({ mesh, body, caller }) {
      // A token is no member: what it remembers has a name and no key.
      const author = {
        meshId: mesh.id,
        memberId: "" as MemberId,
        memberPubkey: "" as PublicKey,
        displayName: caller.name,
      };
      return { body: await deps.memories.remember(author, body.content, body.tags) };
    },
    async forgetMemory({ mesh, params, caller }) {
      return { body: await deps.memories.forgetAsAdmin(mesh.id, params["id"] ?? "", caller.actor) };
    },
  };
}

function toBody(memory: Memory): MemoryBody {
  return toSnakeCase(memory) as MemoryBody;
}
