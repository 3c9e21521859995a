import { WireError, type MeshId, type StateBody, type StateEntry } from "@parlatory/protocol";
import { mayCall, type Caller } from "./caller.ts";
import type { HttpDeps } from "./http-deps.ts";
import { HttpError, toStateBody } from "./http-error.ts";
import type { RouteHandlers } from "./route-handlers.ts";
import { readCondition, type StateCondition } from "./state-condition.ts";

/** Somebody else may write between reading a version and naming it; after so many times it is a conflict. */
const MAX_ATTEMPTS = 8;

/** [HTTP-10]. */
export function stateRoutes(
  deps: Pick<HttpDeps, "states" | "audit">,
): Pick<RouteHandlers, "listState" | "getState" | "putState" | "deleteState"> {
  const write = async (
    meshId: MeshId,
    key: string,
    value: unknown,
    caller: Caller,
    condition: StateCondition,
  ): Promise<StateEntry> => {
    const request = { mesh: meshId, key, value, by: { name: caller.name } };
    if (condition.kind === "none") return deps.states.write(request);
    if (condition.kind === "missing") return deps.states.write({ ...request, ifVersion: 0 });
    for (let attempt = 1; ; attempt++) {
      const current = await deps.states.read(meshId, key);
      const fits = condition.kind === "present" ? current.version > 0 : condition.versions.includes(current.version);
      if (!fits) throw new WireError("version_conflict", undefined, { current });
      try {
        return await deps.states.write({ ...request, ifVersion: current.version });
      } catch (error) {
        const isConflict = error instanceof WireError && error.code === "version_conflict";
        if (!isConflict || attempt >= MAX_ATTEMPTS) throw error;
      }
    }
  };
  return {
    async listState({ mesh, query }) {
      const entries = await deps.states.list(mesh.id, query.prefix ?? "");
      return { body: { entries: entries.map(toBody) } };
    },
    async getState({ mesh, params, request }) {
      const entry = await deps.states.read(mesh.id, params["key"] ?? "");
      if (entry.version === 0) throw new HttpError("not_found", "the mesh has no state under this key");
      const etag = `"${entry.version}"`;
      const known = request.headers
        .get("if-none-match")
        ?.split(",")
        .map((tag) => tag.trim().replace(/^W\//, ""));
      if (known?.some((tag) => tag === "*" || tag === etag) === true) {
        return new Response(null, { status: 304, headers: { etag } });
      }
      return { body: toBody(entry), headers: { etag } };
    },
    async putState({ mesh, params, body, caller, request }) {
      const entry = await write(mesh.id, params["key"] ?? "", body.value, caller, readCondition(request.headers));
      return { body: toBody(entry), ...(entry.version === 0 ? {} : { headers: { etag: `"${entry.version}"` } }) };
    },
    async deleteState({ mesh, params, caller, request }) {
      const key = params["key"] ?? "";
      const condition = readCondition(request.headers);
      if ((await deps.states.read(mesh.id, key)).version === 0 && condition.kind === "none") {
        throw new HttpError("not_found", "the mesh has no state under this key");
      }
      await write(mesh.id, key, null, caller, condition);
      // What an administrator takes away from the others is on record ([OBS-3]).
      if (mayCall(caller, "admin")) {
        await deps.audit.note({ meshId: mesh.id, actor: caller.actor, event: "state_deleted", data: { key } });
      }
      return { body: { ok: true } };
    },
  };
}

function toBody(entry: StateEntry): StateBody {
  return toStateBody(entry) as StateBody;
}
