/**
 * `parl messages --follow`: a visible peer that writes each message down and only then says it has surfaced it, so that
 * nothing is lost when this process dies in between [CLI-17], [DLV-2].
 */
import type { IncomingMessage } from "@parlatory/client";
import { chooseMesh } from "../config/choose-mesh.ts";
import { loadConfig } from "../config/config-file.ts";
import type { CommandContext } from "../harness/context.ts";
import { warningText } from "./fetch-messages.ts";
import { defaultMemberName } from "./join-by-link.ts";
import { renderMessage, toMessageRow, type MessageRow } from "./message-row.ts";
import { openPeer } from "./open-peer.ts";
import { followEnd, type FollowEnd } from "./until-stopped.ts";

export interface FollowArguments {
  readonly name: string | undefined;
  readonly max: number | undefined;
  readonly mesh: string | undefined;
}

/** Runs until the signal, or until `max` messages came. Errors: those of the hello. */
export async function followMessages(
  context: CommandContext,
  args: FollowArguments,
): Promise<{ mesh: string; count: number }> {
  const config = await loadConfig(context.home);
  const mesh = chooseMesh(context, config, args.mesh);
  const { displayName: given } = context.env;
  const name = args.name ?? (given === undefined || given === "" ? defaultMemberName(context, config) : given);
  let count = 0;
  let end: FollowEnd | undefined;
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  // The offer window of the broker bounds what waits here, and one message is written at a time.
  let writing: Promise<void> = opened;
  const write = async (message: IncomingMessage): Promise<void> => {
    if (args.max !== undefined && count >= args.max) return;
    count += 1;
    const event = { type: "message", mesh: mesh.slug, ...toMessageRow(message) };
    await context.emit(event, (shown) => renderMessage(shown as unknown as MessageRow, context.style));
    message.surfaced();
    if (count === args.max) end?.finish();
  };
  const client = await openPeer(context, mesh, {
    displayName: name,
    prepare: (peer) => {
      end = followEnd(context.signal, peer, mesh.slug);
      peer.on("message", (message) => {
        writing = writing.then(() => write(message)).catch((cause: unknown) => end?.fail(cause));
      });
      peer.on("warning", (warning) => context.note(`warning: ${warningText(warning)}`));
      peer.on("down", ({ message }) => context.note(`the connection was lost (${message}); trying again`));
      // Low-priority mail is never pushed [STAT-8].
      peer.on("ready", ({ mailbox }) => {
        if (mailbox.low > 0) void peer.pull().catch(() => undefined);
      });
    },
  });
  try {
    const listening = { type: "listening", mesh: mesh.slug, name, key: client.pubkey ?? "" };
    await context.emit(listening, (shown) => `Listening in '${shown.mesh}' as ${shown.name}. Ctrl-C ends.`);
    open();
    await end?.ended;
    await Promise.race([writing, secondSignal(context.secondSignal)]);
  } finally {
    await client.close();
  }
  return { mesh: mesh.slug, count };
}

function secondSignal(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
