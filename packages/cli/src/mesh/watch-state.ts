/**
 * `parl state watch`: a visible peer, because only sessions get changes [PRES-6]. Takes no mail, so it never stands between
 * a message and the agent it is for.
 */
import type { StateChange } from "@parlatory/client";
import { chooseMesh } from "../config/choose-mesh.ts";
import { loadConfig } from "../config/config-file.ts";
import type { CommandContext } from "../harness/context.ts";
import { withMeshErrors } from "./mesh-error.ts";
import { openPeer } from "./open-peer.ts";
import { toStateRow } from "./state-fields.ts";
import { followEnd, type FollowEnd } from "./until-stopped.ts";

export interface WatchArguments {
  readonly patterns: readonly string[];
  readonly max: number | undefined;
  readonly mesh: string | undefined;
}

/** Runs until the signal, or until `max` changes came. Errors: those of the hello, `bad_request`, `limit_reached`. */
export async function watchState(
  context: CommandContext,
  args: WatchArguments,
): Promise<{ mesh: string; count: number }> {
  const mesh = chooseMesh(context, await loadConfig(context.home), args.mesh);
  const patterns = args.patterns.length === 0 ? ["*"] : [...new Set(args.patterns)];
  let count = 0;
  let end: FollowEnd | undefined;
  let isWatching = false;
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  let writing: Promise<void> = opened;
  const then = (work: () => Promise<void>): void => {
    writing = writing.then(work).catch((cause: unknown) => end?.fail(cause));
  };
  const write = async (change: StateChange): Promise<void> => {
    if (args.max !== undefined && count >= args.max) return;
    count += 1;
    const event = { type: "state_change", ...toStateRow(change), deleted: change.deleted === true };
    await context.emit(event, (shown) =>
      shown.deleted
        ? `${shown.updated_at}  ${shown.key} deleted by ${shown.updated_by}`
        : `${shown.updated_at}  ${shown.key} = ${JSON.stringify(shown.value)}  (version ${shown.version}, by ${shown.updated_by})`,
    );
    if (count === args.max) end?.finish();
  };
  const client = await openPeer(context, mesh, {
    displayName: "state-watch",
    // Without `group_box` its mere presence would turn everybody's group messages into plain text [CRYPTO-7].
    capabilities: ["client_ack", "pull", "state_watch", "group_box"],
    prepare: (peer) => {
      end = followEnd(context.signal, peer, mesh.slug);
      peer.on("stateChange", (change) => then(() => write(change)));
      peer.on("ready", () => {
        if (isWatching) {
          then(() =>
            context.emit(
              { type: "gap", mesh: mesh.slug },
              () => "(the connection was lost and is back; changes in between are not shown)",
            ),
          );
        }
      });
    },
  });
  try {
    await withMeshErrors({ target: mesh.slug, operation: "set_status" }, () => client.setStatus("dnd"));
    for (const pattern of patterns) {
      await withMeshErrors({ target: pattern, operation: "watch_state" }, () => client.watchState(pattern));
    }
    isWatching = true;
    await context.emit(
      { type: "watching", mesh: mesh.slug, patterns },
      (shown) => `Watching ${shown.patterns.join(", ")} in '${shown.mesh}'. Ctrl-C ends.`,
    );
    open();
    await end?.ended;
    await writing;
  } finally {
    await client.close();
  }
  return { mesh: mesh.slug, count };
}
