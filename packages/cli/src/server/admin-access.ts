/** Where the broker's REST interface is, and with what right a command calls it [CLI-3], [HTTP-4], [HTTP-5]. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MeshApi, createApiClient, httpOrigin, openCrypto, type ApiClient } from "@parlatory/client";
import { loadConfig } from "../config/config-file.ts";
import type { OwnedMesh } from "../config/config.ts";
import type { CommandContext } from "../harness/context.ts";
import { CommandError, filesystemError, isSystemError } from "../harness/error.ts";
import type { ErrorKind } from "@parlatory/protocol";
import { quoteValue } from "../output/escape.ts";
import { homeHttp } from "./home-network.ts";
import { readServerState } from "./running-server.ts";

export const defaultServerUrl = "http://127.0.0.1:7900";

type AdminContext = Pick<CommandContext, "env" | "home" | "now">;

/** Hints for callers without the right, which differ from those of a refused hello. */
export const adminHints: Partial<Readonly<Record<ErrorKind, string>>> = {
  unauthorized: "set PARL_TOKEN to a valid token, or run the command where the server's PARL_HOME is",
  forbidden: "use the admin token (PARL_TOKEN), a token of scope `admin`, or run the command where the owner key is",
};

/** `--url`, else `PARL_URL`, else where the server of this PARL_HOME listens, else the default. Errors: `bad_request`. */
export async function serverUrl(
  { env, home }: Pick<AdminContext, "env" | "home">,
  url: string | undefined,
): Promise<string> {
  const given = url ?? (env.url === undefined || env.url === "" ? undefined : env.url);
  if (given !== undefined) {
    if (/^(?:https?|wss?):\/\/[^/?#\s]/iu.test(given) && URL.canParse(given)) return httpOrigin(given);
    throw new CommandError({
      kind: "bad_request",
      operation: "connect",
      target: given,
      message: `${quoteValue(given)} is no address of a server`,
      hint: `give one such as ${defaultServerUrl} with \`--url\` or PARL_URL`,
    });
  }
  const state = await readServerState(home);
  return state.name === "running" ? localUrl(state.info.url) : defaultServerUrl;
}

/** A server that listens on every address is reached on loopback. */
export function localUrl(url: string): string {
  return url.replace(/^(https?:\/\/)(?:0\.0\.0\.0|\[::\])(?=:|$)/u, "$1127.0.0.1");
}

/** The token of the operator: `PARL_TOKEN`, else the admin token of this PARL_HOME; undefined when there is neither. */
export async function readAdminToken({ env, home }: Pick<AdminContext, "env" | "home">): Promise<string | undefined> {
  if (env.token !== undefined && env.token !== "") return env.token;
  const path = join(home, "admin-token");
  try {
    const token = (await readFile(path, "utf8")).trim();
    return token === "" ? undefined : token;
  } catch (cause) {
    if (isSystemError(cause) && cause.code === "ENOENT") return undefined;
    throw filesystemError(cause, { target: path, operation: "read" });
  }
}

/** The REST interface with the operator's token. Errors: `unauthorized` when there is none. */
export async function openAdminApi(context: AdminContext, url: string): Promise<ApiClient> {
  const token = await readAdminToken(context);
  if (token === undefined) {
    throw new CommandError({
      kind: "unauthorized",
      operation: "authorize",
      target: url,
      message: `no token for ${url}: PARL_TOKEN is not set and ${join(context.home, "admin-token")} does not exist`,
      hint: adminHints.unauthorized,
    });
  }
  return createApiClient({ url, auth: { kind: "token", token }, http: homeHttp(context), timeoutMs: 8_000 });
}

export interface MeshAccess {
  readonly api: MeshApi;
  readonly url: string;
  readonly meshId: string;
  /** Present when the owner key is kept here. */
  readonly owned: OwnedMesh | undefined;
}

/**
 * One mesh with scope `admin`: by its owner key if that is kept here, else by the operator's token. `mesh` is a slug or
 * id. Errors: `unauthorized`, `invalid_config`.
 */
export async function openMeshAccess(
  context: AdminContext,
  { mesh, url }: { readonly mesh: string; readonly url: string | undefined },
): Promise<MeshAccess> {
  const { owned: all } = await loadConfig(context.home);
  const owned = all.find(({ meshId }) => meshId === mesh) ?? all.find(({ slug }) => slug === mesh);
  if (owned === undefined) {
    const origin = await serverUrl(context, url);
    return { api: new MeshApi(await openAdminApi(context, origin), mesh), url: origin, meshId: mesh, owned };
  }
  const isElsewhere = url !== undefined || (context.env.url !== undefined && context.env.url !== "");
  const origin = isElsewhere ? await serverUrl(context, url) : httpOrigin(owned.brokerUrl);
  const crypto = await openCrypto();
  const secretKey = crypto.parseSecretKey(owned.ownerSecretKey);
  if (secretKey === undefined) {
    throw new CommandError({
      kind: "invalid_config",
      target: owned.slug,
      message: `the owner key of mesh '${owned.slug}' in the config is damaged: its halves do not belong together`,
    });
  }
  const auth = { kind: "owner", secretKey, crypto, nowMs: () => context.now().getTime() } as const;
  const client = createApiClient({ url: origin, auth, http: homeHttp(context), timeoutMs: 8_000 });
  return { api: new MeshApi(client, owned.meshId), url: origin, meshId: owned.meshId, owned };
}
