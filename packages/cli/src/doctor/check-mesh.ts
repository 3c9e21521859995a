/**
 * The probe: a peer of its own, and a control presence that sends it an encrypted message through the broker [CLI-11].
 * Nobody else's mail is touched, and both are gone afterwards.
 */
import type { IncomingMessage, MeshClient } from "@parlatory/client";
import type { JoinedMesh } from "../config/config.ts";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { ERROR_KINDS } from "@parlatory/protocol";
import { openPeer } from "../mesh/open-peer.ts";
import { withControlClient } from "../mesh/with-control-client.ts";
import { failed, passed, warned, type Check } from "./check.ts";

const maxSkewMs = 60_000;
const warnSkewMs = 5_000;
const probeMs = 5_000;

export async function checkMesh(context: CommandContext, mesh: JoinedMesh): Promise<Check[]> {
  try {
    return await withControlClient(context, { mesh }, async (client) => {
      const { clockOffsetMs, displayName } = await client.untilReady();
      return [
        passed("broker", `${mesh.brokerUrl} lets this machine in as '${displayName}'`, mesh.slug),
        checkClock(mesh, clockOffsetMs),
        await probe(context, mesh, client),
      ];
    });
  } catch (thrown) {
    if (!(thrown instanceof CommandError)) throw thrown;
    return [failed("broker", thrown.message, thrown.options.hint ?? ERROR_KINDS[thrown.kind].hint, mesh.slug)];
  }
}

function checkClock({ slug }: JoinedMesh, offsetMs: number): Check {
  const seconds = (Math.abs(offsetMs) / 1_000).toFixed(1);
  if (Math.abs(offsetMs) < warnSkewMs) return passed("clock", `${seconds} s from the server's`, slug);
  const hint = "set the clocks of both machines, for example by NTP";
  const message = `${seconds} s from the server's; beyond ${maxSkewMs / 1_000} s it refuses us`;
  return Math.abs(offsetMs) < maxSkewMs ? warned("clock", message, hint, slug) : failed("clock", message, hint, slug);
}

async function probe(context: CommandContext, mesh: JoinedMesh, sender: MeshClient): Promise<Check> {
  const name = "message";
  const text = `parl doctor ${context.newId()}`;
  const { promise: arrived, resolve } = Promise.withResolvers<IncomingMessage>();
  const receiver = await openPeer(context, mesh, {
    displayName: "parl-doctor",
    reconnect: false,
    prepare: (peer) => {
      peer.on("message", (message) => {
        if (message.text !== text) return;
        message.surfaced();
        resolve(message);
      });
    },
  });
  try {
    const startMs = context.monotonicMs();
    const result = await sender.send({ targetSpec: receiver.pubkey ?? "", text, priority: "now", settleMs: probeMs });
    if (result.outcome !== "delivered") {
      const why = result.outcome === "rejected" ? `${result.code}: ${result.message}` : result.reason;
      return failed(
        name,
        `the probe did not come back (${why})`,
        "read the server's log, then run `parl doctor` again",
        mesh.slug,
      );
    }
    const { kind } = await arrived;
    if (kind !== "direct") {
      return failed(
        name,
        "the probe came back, but not as it was encrypted",
        "update `parl` and the server to the same version",
        mesh.slug,
      );
    }
    return passed(name, `encrypted, through the server and back in ${context.durationMs(startMs)} ms`, mesh.slug);
  } finally {
    await receiver.close();
  }
}
