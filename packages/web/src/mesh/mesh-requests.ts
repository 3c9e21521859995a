/** What the dashboard asks of a mesh beside the calls that commands share. Rejections are those of `ApiClient.request`. */
import { ApiError, type ApiClient } from "@parlatory/client";
import type { LoggedMessageBody, StateBody } from "@parlatory/protocol";

/** `version` 0: the key must not be there yet. A conflict writes nothing ([DASH-3]). */
export async function writeState(
  api: ApiClient,
  mesh: string,
  change: { key: string; value: unknown; version: number },
): Promise<void> {
  const { key, value, version } = change;
  await api.request({
    method: "PUT",
    path: ["meshes", mesh, "state", key],
    body: { value },
    headers: version === 0 ? { "if-none-match": "*" } : { "if-match": `"${version}"` },
  });
}

export async function deleteState(api: ApiClient, mesh: string, key: string, version: number): Promise<void> {
  await api.request({
    method: "DELETE",
    path: ["meshes", mesh, "state", key],
    headers: { "if-match": `"${version}"` },
  });
}

/** What stands there now, when a write was refused because somebody else wrote first; undefined for other failures. */
export function conflictOf(error: unknown): { current: StateBody | undefined } | undefined {
  if (!(error instanceof ApiError) || error.code !== "version_conflict") return undefined;
  const current = error.body["current"];
  return { current: typeof current === "object" && current !== null ? (current as StateBody) : undefined };
}

export async function remember(api: ApiClient, mesh: string, content: string, tags: readonly string[]): Promise<void> {
  await api.request({ method: "POST", path: ["meshes", mesh, "memories"], body: { content, tags } });
}

export async function forget(api: ApiClient, mesh: string, id: string): Promise<void> {
  await api.request({ method: "DELETE", path: ["meshes", mesh, "memories", id] });
}

/** Undefined while the mesh keeps no log ([HTTP-12]). */
export async function listLoggedMessages(
  api: ApiClient,
  mesh: string,
  before: string | undefined,
): Promise<{ messages: LoggedMessageBody[]; next: string | null } | undefined> {
  try {
    const answer = await api.request<{ messages: LoggedMessageBody[]; next: string | null }>({
      method: "GET",
      path: ["meshes", mesh, "messages"],
      query: { before },
    });
    return answer.body;
  } catch (error) {
    if (error instanceof ApiError && error.code === "log_off") return undefined;
    throw error;
  }
}

/** What went wrong, for a person. */
export function describeFailure(error: unknown): string {
  if (error instanceof ApiError && error.status === 403) return "This token may not do that: it needs a larger scope.";
  return error instanceof Error ? error.message : String(error);
}
