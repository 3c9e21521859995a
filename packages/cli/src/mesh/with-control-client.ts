/**
 * A one-shot connection of a command: a control presence that nobody sees [PRES-6], and that is over within 10 s whatever
 * the broker does [CLI-3]. Everything about the network is loaded here, not with the command.
 */
import { MeshClient, MeshRequestError } from "@parlatory/client";
import type { JoinedMesh } from "../config/config.ts";
import type { CommandContext } from "../harness/context.ts";
import { homePlatform } from "../server/home-network.ts";
import { withMeshErrors, type MeshErrorSubject } from "./mesh-error.ts";

export interface ControlOptions {
  readonly mesh: JoinedMesh;
  /** What refusals are about; the target defaults to the mesh. */
  readonly subject?: Partial<MeshErrorSubject> | undefined;
  /** Added to the time the whole run may take, in ms: a wait the user asked for. */
  readonly extraMs?: number | undefined;
}

/** Connecting, a list of peers and the answer fit into the whole. */
const connectMs = 3_000;
const requestMs = 3_000;
const wholeMs = 9_000;
/** The goodbye; a broker that does not answer it is left. */
const closeMs = 1_000;

/** Connects, runs `work` and says goodbye. Errors: those of the hello, `server_unreachable`, refusals of requests. */
export async function withControlClient<Result>(
  context: Pick<CommandContext, "home" | "product">,
  { mesh, subject = {}, extraMs = 0 }: ControlOptions,
  work: (client: MeshClient) => Promise<Result>,
): Promise<Result> {
  const client = new MeshClient({
    mesh,
    platform: homePlatform(context),
    presence: "control",
    capabilities: ["client_ack", "pull", "receipts", "group_box"],
    client: { name: "parl", version: context.product.version },
    reconnect: false,
    timing: { connectWaitMs: connectMs, requestTimeoutMs: requestMs },
  });
  const whole = { target: mesh.slug, ...subject };
  try {
    client.connect();
    return await withMeshErrors(whole, () =>
      within(wholeMs + extraMs, async () => {
        await client.untilReady(connectMs);
        return work(client);
      }),
    );
  } finally {
    await within(closeMs, () => client.close()).catch(() => undefined);
  }
}

/** Settles as `work` does, or rejects `timeout` after `ms`. */
async function within<Result>(ms: number, work: () => Promise<Result>): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new MeshRequestError("timeout", `the server did not answer within ${ms} ms`)),
    ms,
  );
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
