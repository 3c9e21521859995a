/**
 * One run of `parl launch --agent echo`: connects, prints what happens, takes typed lines, and ends by `leave`, the end of
 * a terminal's input, or a signal. States: connecting -> online (stdout is the peer's) -> leaving.
 */
import type { MeshClient, MeshEntry } from "@parlatory/client";
import type { GroupEntry } from "@parlatory/protocol";
import type { CommandContext, StopReason } from "../harness/context.ts";
import type { LineReader } from "../launch/line-reader.ts";
import { EchoPeer } from "./echo-peer.ts";

export interface EchoPeerPlan {
  readonly mesh: MeshEntry;
  readonly name: string;
  readonly role: string | undefined;
  readonly groups: readonly GroupEntry[];
  /** Where the owner's lines come from, if questions have already been read from there. */
  readonly lines: LineReader | undefined;
}

const connectWaitMs = 10_000;
const interruptedStatus = 130;

/** Resolves with the exit status. Errors, before anything is printed: `server_unreachable` and the refusals of a hello. */
export async function runEchoPeer(context: CommandContext, plan: EchoPeerPlan): Promise<number> {
  const client = await createClient(context, plan);
  const lost = Promise.withResolvers<string>();
  // Mail may come with the hello's answer, before stdout is the peer's.
  const early: string[] = [];
  let show = (line: string): void => void early.push(line);
  const peer = new EchoPeer({ client, groups: plan.groups, show: (line) => show(line) });
  client.on("message", (message) => peer.handleMessage(message));
  client.on("stateChange", (change) => peer.handleStateChange(change));
  client.on("warning", (warning) => context.log(`echo peer: ${warning.kind}`));
  client.on("ended", (reason) => reason.kind !== "closed" && lost.resolve(reason.message));
  try {
    await connect(client, plan.mesh, context.signal);
    const { stdin, stdout } = context.takeStdout();
    show = (line) => void stdout.write(`${line}\n`);
    show(`* ${plan.name} is online in ${plan.mesh.slug}; \`help\` lists what can be typed, \`leave\` ends it`);
    for (const line of early) show(line);
    client.on("down", (loss) => show(`! the connection is lost: ${loss.message}; connecting again`));
    client.on("ready", () => show("* connected again"));
    const lines = plan.lines ?? new (await import("../launch/line-reader.ts")).LineReader(stdin);
    const ended = await Promise.race([obey(context, lines, peer), lost.promise]);
    lines.release();
    if (typeof ended === "string") show(`! ${ended}`);
    await peer.idle();
    return typeof ended === "number" ? ended : 1;
  } finally {
    await client.close();
  }
}

/** Takes lines until there is a reason to leave; the answer is the exit status. */
async function obey(context: CommandContext, lines: LineReader, peer: EchoPeer): Promise<number> {
  const stopped = new Promise<void>((resolve) => context.signal.addEventListener("abort", () => resolve()));
  try {
    for (;;) {
      const line = await lines.next(context.signal);
      if (line !== undefined) {
        if (peer.handleLine(line).leaves) return 0;
        continue;
      }
      if (context.isTerminal.stdin) return 0;
      // Nobody types here: a peer in the background stays until it is told to end.
      await stopped;
    }
  } catch (cause) {
    if (!context.signal.aborted) throw cause;
    return (context.signal.reason as StopReason).cause === "interrupt" ? interruptedStatus : 1;
  }
}

async function createClient(context: CommandContext, plan: EchoPeerPlan): Promise<MeshClient> {
  const [{ MeshClient, openCrypto }, { homePlatform }, { hostname, platform }] = await Promise.all([
    import("@parlatory/client"),
    import("../server/home-network.ts"),
    import("node:os"),
  ]);
  const crypto = await openCrypto();
  const { version } = context.product;
  return new MeshClient({
    mesh: plan.mesh,
    platform: homePlatform(context),
    crypto,
    sessionKey: crypto.generateKeyPair(),
    displayName: plan.name,
    role: plan.role,
    groups: plan.groups,
    cwd: context.workingDirectory,
    pid: context.pid,
    parentPid: context.parentPid,
    client: { name: "parl", version },
    agentInfo: { agent: "echo", agentVersion: version, os: platform(), host: hostname() },
    timing: { connectWaitMs },
  });
}

async function connect(client: MeshClient, mesh: MeshEntry, signal: AbortSignal): Promise<void> {
  const stopped = new Promise<never>((_resolve, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason as Error)),
  );
  const { withMeshErrors } = await import("../mesh/mesh-error.ts");
  client.connect();
  await withMeshErrors({ target: mesh.slug }, () => Promise.race([client.untilReady(), stopped]));
}
