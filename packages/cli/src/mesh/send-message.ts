/** One message from the command line to an honest word about it [CLI-16], [MCP-5], [MCP-6]. */
import {
  resolveTarget,
  splitMeshPrefix,
  type MeshClient,
  type ResolvedTarget,
  type SendResult,
} from "@parlatory/client";
import { isErrorKind, isPublicKey, type ErrorKind, type Priority } from "@parlatory/protocol";
import { chooseMesh } from "../config/choose-mesh.ts";
import { loadConfig } from "../config/config-file.ts";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import type { AcceptedSend } from "./describe-send.ts";
import { withControlClient } from "./with-control-client.ts";

export interface SendArguments {
  readonly to: string;
  readonly text: string;
  readonly priority: Priority;
  readonly replyTo: string | undefined;
  readonly includeOffline: boolean;
  /** Seconds. */
  readonly wait: number;
  readonly mesh: string | undefined;
}

/** After the wait the ledger may be asked once more. */
const statusMs = 3_000;

/** Errors: the code of the refusal ([SEND-5], [MCP-5]), `undeliverable`, those of a one-shot connection. */
export async function sendMessage(context: CommandContext, args: SendArguments): Promise<AcceptedSend> {
  const config = await loadConfig(context.home);
  const { slug, target } = splitMeshPrefix(
    args.to,
    config.meshes.map((mesh) => mesh.slug),
  );
  const mesh = chooseMesh(context, config, slug ?? args.mesh);
  const sent = { to: args.to, mesh: mesh.slug };
  if (args.text === "") {
    throw new CommandError({
      kind: "invalid_input",
      operation: "send",
      target: args.to,
      message: "the message is empty",
      hint: "give a text, or `-` to read it from stdin",
      payload: sent,
    });
  }
  let written = false;
  // What was never written is rejected for good; of what was, nothing is claimed.
  const payload = (): object => (written ? sent : { ...sent, outcome: "rejected" });
  const options = { mesh, extraMs: args.wait * 1_000 + statusMs, subject: { operation: "send", payload } };
  return withControlClient(context, options, async (client) => {
    const resolved = await resolve(client, target);
    if (!resolved.ok) throw unresolved(sent, resolved);
    const { targetSpec } = resolved;
    const isMulticast = targetSpec === "*" || targetSpec.startsWith("@");
    if (args.includeOffline && !isMulticast) {
      context.warn("option_ignored", "--include-offline is for groups and `*` only");
    }
    written = true;
    const result = await client.send({
      targetSpec,
      text: args.text,
      priority: args.priority,
      replyTo: args.replyTo,
      includeOffline: args.includeOffline && isMulticast ? true : undefined,
      settleMs: args.wait * 1_000,
    });
    return accepted(sent, result);
  });
}

/** A target that means the same whoever is here needs no list of peers. */
async function resolve(client: MeshClient, target: string): Promise<ResolvedTarget> {
  const text = target.trim();
  const isPlain = text === "*" || text.startsWith("@") || text.startsWith("#") || isPublicKey(text.toLowerCase());
  const peers = isPlain ? [] : await client.listPeers({ includeOffline: true });
  return resolveTarget(target, peers, { pubkey: client.pubkey });
}

function unresolved(sent: { to: string; mesh: string }, resolved: Exclude<ResolvedTarget, { ok: true }>): CommandError {
  const { code, message } = resolved;
  const detail =
    "candidates" in resolved
      ? {
          candidates: resolved.candidates.map(({ name, host, keyPrefix }) => ({
            name,
            host: host ?? null,
            key_prefix: keyPrefix,
          })),
        }
      : "knownNames" in resolved
        ? { known_names: resolved.knownNames }
        : undefined;
  return rejected(sent, { kind: code, code, message, detail });
}

function accepted(sent: { to: string; mesh: string }, result: SendResult): AcceptedSend {
  if (result.outcome === "rejected") {
    const { code, message, retryable, detail, messageId, recipients } = result;
    const { retryAfterMs, limit, field } = detail;
    const known = Object.entries({ retry_after_ms: retryAfterMs, limit, field }).filter(
      ([, value]) => value !== undefined,
    );
    const kind: ErrorKind = isErrorKind(code) && code !== "internal" ? code : "undeliverable";
    throw rejected(sent, {
      kind,
      code,
      message,
      retryable,
      detail: known.length === 0 ? undefined : Object.fromEntries(known),
      messageId,
      recipients,
    });
  }
  if (result.outcome === "queued" && result.reason === "unconfirmed") {
    return { ...sent, outcome: "queued", reason: "unconfirmed" };
  }
  return {
    ...sent,
    outcome: result.outcome,
    reason: result.outcome === "queued" ? result.reason : undefined,
    message_id: result.messageId,
    recipients: result.recipients,
    surfaced: result.surfaced,
    encrypted: result.encrypted,
  };
}

interface Rejection {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly retryable?: boolean | undefined;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
  readonly messageId?: string | undefined;
  readonly recipients?: number | undefined;
}

function rejected(sent: { to: string; mesh: string }, rejection: Rejection): CommandError {
  const { kind, code, message, retryable, detail, messageId, recipients } = rejection;
  return new CommandError({
    kind,
    operation: "send",
    target: sent.to,
    message: `rejected (${code}): ${message}`,
    retryable,
    detail,
    hint:
      messageId === undefined || kind !== "undeliverable" ? undefined : `run \`parl explain ${messageId}\` to see why`,
    payload: { ...sent, outcome: "rejected", reason: code, message_id: messageId, recipients },
  });
}
