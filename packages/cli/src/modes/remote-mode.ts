/** remote-mode: whether a server is there that this program could work with [CMD-remote-mode-1]. */
import { loadConfig } from "../config/config-file.ts";
import type { JoinedMesh } from "../config/config.ts";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { attemptSocket, SocketFailure } from "./open-socket.ts";
import { receiveHello } from "./remote-hello.ts";
import {
  parseServerTarget,
  remoteSocketUrl,
  serverTargetHint,
  showTarget,
  type ServerTarget,
} from "./server-target.ts";

export interface ModeAnswer {
  readonly lines: readonly string[];
  /** A real attempt that fails is 1; what cannot be tried is a complete answer [TXT-3]. */
  readonly exitCode: 0 | 1;
}

export type AttemptContext = Pick<
  CommandContext,
  "durationMs" | "env" | "home" | "monotonicMs" | "product" | "signal" | "warn"
>;

/** The attempt is over by then [TXT-3]. */
export const attemptLimitMs = 5_000;

export async function tryRemote(
  context: AttemptContext,
  text: string,
  limitMs: number = attemptLimitMs,
): Promise<ModeAnswer> {
  const target = parseServerTarget(text);
  const lines = (isConnected: boolean, detail: string): string[] => [
    "mode=remote",
    `connected=${isConnected ? "True" : "False"}`,
    `detail=${detail}: ${showTarget(text)}`,
  ];
  if (target === undefined) {
    return { lines: [...lines(false, "nothing was attempted"), `hint=${serverTargetHint}`], exitCode: 0 };
  }
  try {
    return { lines: lines(true, await connect(context, target, limitMs)), exitCode: 0 };
  } catch (thrown) {
    if (!(thrown instanceof SocketFailure) && !(thrown instanceof CommandError)) throw thrown;
    return { lines: lines(false, thrown.message), exitCode: 1 };
  }
}

/** Resolves with what the server is. */
async function connect(context: AttemptContext, target: ServerTarget, limitMs: number): Promise<string> {
  const meshes = await meshesAt(context, target);
  if (isMeshAddress(target) || meshes.length > 0) return connectToMesh(context, { target, meshes, limitMs });
  const startedAt = context.monotonicMs();
  const { version, protocol } = await receiveHello({
    url: remoteSocketUrl(target),
    home: context.home,
    limitMs,
    signal: context.signal,
  });
  const roundTripMs = context.durationMs(startedAt);
  return `server ${version}, remote protocol ${protocol}, round trip ${roundTripMs} ms`;
}

async function connectToMesh(
  context: AttemptContext,
  { target, meshes, limitMs }: { target: ServerTarget; meshes: readonly JoinedMesh[]; limitMs: number },
): Promise<string> {
  const mesh = meshes.find(({ slug, meshId }) => slug === context.env.mesh || meshId === context.env.mesh) ?? meshes[0];
  if (mesh === undefined) {
    // Whether it answers at all can still be said.
    await attemptSocket({
      url: target.url.href,
      home: context.home,
      limitMs,
      signal: context.signal,
      opened: () => true,
      awaited: "the opening of the socket",
    });
    throw new SocketFailure("a server answers, but no joined mesh has this address, so no hello can be completed");
  }
  const { probeMesh } = await import("./probe-mesh.ts");
  const { version, roundTripMs } = await probeMesh(context, mesh, limitMs);
  return `server ${version}, mesh '${mesh.slug}', round trip ${roundTripMs} ms`;
}

function isMeshAddress({ url }: ServerTarget): boolean {
  return url.pathname.replace(/\/+$/u, "").endsWith("/ws");
}

/** The joined meshes whose broker has this very address; none where there is no config that can be read. */
async function meshesAt({ home }: AttemptContext, { url }: ServerTarget): Promise<readonly JoinedMesh[]> {
  const meshes = await loadConfig(home).then(
    (config) => config.meshes,
    (thrown: unknown) => {
      if (thrown instanceof CommandError) return [];
      throw thrown;
    },
  );
  return meshes.filter(({ brokerUrl }) => parseServerTarget(brokerUrl)?.url.href === url.href);
}
