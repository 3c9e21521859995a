/** A completed hello of a mesh, as a control presence that nobody sees, and what the server says of itself. */
import { httpOrigin, HttpUnreachableError, type HttpPort } from "@parlatory/client";
import type { JoinedMesh } from "../config/config.ts";
import type { CommandContext } from "../harness/context.ts";
import { withControlClient } from "../mesh/with-control-client.ts";
import { homeHttp } from "../server/home-network.ts";
import { cut, escapeText } from "../output/escape.ts";
import { SocketFailure } from "./open-socket.ts";

export interface MeshProbe {
  /** `of unknown version` where the server does not tell. */
  readonly version: string;
  readonly roundTripMs: number;
}

const maxVersionLength = 64;

/** Rejects with the refusal of the hello, or with `SocketFailure` when that did not come within `limitMs`. */
export async function probeMesh(
  context: Pick<CommandContext, "durationMs" | "home" | "monotonicMs" | "product">,
  mesh: JoinedMesh,
  limitMs: number,
): Promise<MeshProbe> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new SocketFailure(`the hello of the mesh was not answered within ${limitMs} ms`)),
    limitMs,
  );
  try {
    const [roundTripMs, version] = await Promise.race([
      Promise.all([measureRoundTrip(context, mesh), readVersion(homeHttp(context), mesh.brokerUrl, limitMs)]),
      late.promise,
    ]);
    return { version, roundTripMs };
  } finally {
    clearTimeout(timer);
  }
}

function measureRoundTrip(
  context: Pick<CommandContext, "durationMs" | "home" | "monotonicMs" | "product">,
  mesh: JoinedMesh,
): Promise<number> {
  return withControlClient(context, { mesh }, async (client) => {
    const startedAt = context.monotonicMs();
    // Any answer does; a list of nothing costs the server least.
    await client.listState("\u{10ffff}");
    return context.durationMs(startedAt);
  });
}

async function readVersion(http: HttpPort, brokerUrl: string, timeoutMs: number): Promise<string> {
  try {
    const { body } = await http({ method: "GET", url: `${httpOrigin(brokerUrl)}/health`, timeoutMs });
    const health: unknown = JSON.parse(body);
    const version: unknown = typeof health === "object" && health !== null ? Reflect.get(health, "version") : undefined;
    if (typeof version === "string") return cut(escapeText(version), maxVersionLength);
  } catch (thrown) {
    // The mesh may be behind a proxy that passes its socket only.
    if (!(thrown instanceof HttpUnreachableError) && !(thrown instanceof SyntaxError)) throw thrown;
  }
  return "of unknown version";
}
