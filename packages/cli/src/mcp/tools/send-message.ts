import {
  resolveTargets,
  splitMeshPrefix,
  type ResolvedTarget,
  type SendInput,
  type SendResult,
} from "@parlatory/client";
import type { Peer } from "@parlatory/protocol";
import type { MeshSession } from "../mesh-session.ts";
import type { RunTool, ToolAnswer } from "../tool-call.ts";
import { badArgument, ToolError } from "../tool-error.ts";
import { nextStepFor, toToolError } from "../tool-failure.ts";

/** One row of `structuredContent.results` ([MCP-6]). */
export interface TargetResult {
  to: string;
  outcome: "delivered" | "queued" | "rejected";
  reason?: string;
  message_id?: string;
  recipients?: number;
  surfaced?: number;
}

interface Row extends TargetResult {
  words: string;
}

const MAX_TARGETS = 20;
const SETTLE_MS = 2_000;

export const sendMessage: RunTool = async (args, { meshes }) => {
  const targets = args.textOrTexts("to", MAX_TARGETS);
  const text = args.text("message");
  if (text === "") throw badArgument("message", "a text that is not empty");
  const input = {
    text,
    priority: args.optionalChoice("priority", ["now", "next", "low"]),
    replyTo: args.optionalText("reply_to"),
    includeOffline: args.optionalFlag("include_offline"),
    settleMs: SETTLE_MS,
  };
  const slug = args.optionalText("mesh");
  // Reads the joined meshes; what is wrong with them concerns every target.
  const slugs = (await meshes.several(undefined)).map((session) => session.slug);
  const bySession = new Map<MeshSession, { to: string; target: string }[]>();
  for (const to of targets) {
    const prefixed = splitMeshPrefix(to, slugs);
    const session = await meshes.one(prefixed.slug ?? slug);
    bySession.set(session, [...(bySession.get(session) ?? []), { to, target: prefixed.target }]);
  }
  const rows = await Promise.all(
    [...bySession].map(async ([session, wanted]) => {
      const client = await session.client();
      const needsPeers = wanted.some(({ target }) => !isDirect(target));
      let peers: Peer[];
      try {
        peers = needsPeers ? await client.listPeers({ includeOffline: true }) : [];
      } catch (thrown) {
        // Nothing was written, for no target of this mesh.
        const { code, message, nextStep } = toToolError(thrown);
        return wanted.map(({ to }) => rejected(to, code, `${message}; ${nextStep}`));
      }
      const texts = wanted.map(({ target }) => target);
      const merged = resolveTargets(texts, peers, { pubkey: client.pubkey });
      return await Promise.all(
        merged.map(async ({ to: target, resolved }) => {
          const to = wanted.find((one) => one.target === target)?.to ?? target;
          if (!resolved.ok) return unresolved(to, resolved);
          const forOne: SendInput = { ...input, targetSpec: resolved.targetSpec };
          if (!isMulticast(resolved.targetSpec)) delete forOne.includeOffline;
          return describe(to, await client.send(forOne));
        }),
      );
    }),
  );
  return answer(rows.flat());
};

function isMulticast(targetSpec: string): boolean {
  return targetSpec === "*" || targetSpec.startsWith("@");
}

/** A target that means the same whoever is here. */
function isDirect(target: string): boolean {
  const text = target.trim();
  return isMulticast(text) || text.startsWith("#") || /^[0-9a-f]{64}$/i.test(text);
}

function answer(rows: readonly Row[]): ToolAnswer {
  const results = rows.map(({ words: _, ...row }): TargetResult => row);
  const text = rows.map(({ to, words }) => `${to}: ${words}`).join("\n");
  return {
    text,
    // Some agents show the model only this part of a result, so the words and the next step are in it too.
    structured: { results, summary: text },
    isError: rows.every(({ outcome }) => outcome === "rejected"),
  };
}

function rejected(to: string, reason: string, message: string): Row {
  return { to, outcome: "rejected", reason, words: `rejected (${reason}): ${message}` };
}

function unresolved(to: string, resolved: Exclude<ResolvedTarget, { ok: true }>): Row {
  return rejected(to, resolved.code, `${resolved.message}; ${nextStepFor(resolved.code, false)}`);
}

const queuedWords: Readonly<Record<string, string>> = {
  not_yet_seen: "it is on its way but not seen yet",
  recipient_working: "the recipient is working and sees it when idle; priority now would interrupt",
  recipient_dnd: "the recipient does not want to be disturbed and sees it later",
  pull_only: "low priority: the recipient sees it when it asks",
  recipient_offline: "the recipient is offline and sees it when it is back",
  backlog: "the recipient has other messages to read first",
};

function describe(to: string, result: SendResult): Row {
  if (result.outcome === "rejected") {
    const row = rejected(to, result.code, `${result.message}; ${nextStepFor(result.code, result.retryable)}`);
    return { ...row, ...(result.messageId === undefined ? {} : { message_id: result.messageId }) };
  }
  const { recipients, surfaced } = result;
  const counts = { recipients, surfaced };
  const plain = result.encrypted ? "" : "; not encrypted";
  if (result.outcome === "delivered") {
    const who = recipients === 1 ? "the recipient has seen it" : `all ${recipients} recipients have seen it`;
    return {
      to,
      outcome: "delivered",
      message_id: result.messageId,
      ...counts,
      words: `delivered: ${who}${plain} (id ${result.messageId})`,
    };
  }
  if (result.reason === "unconfirmed") {
    const resending = result.resending ? "it is sent again under the same id for 10 minutes" : "it is not sent again";
    return {
      to,
      outcome: "queued",
      reason: "unconfirmed",
      words: `queued (unconfirmed): the connection was lost before the answer; ${resending}`,
    };
  }
  const why =
    result.reason === "partial"
      ? `${surfaced} of ${recipients} recipients have seen it`
      : (queuedWords[result.reason] ?? result.reason);
  return {
    to,
    outcome: "queued",
    reason: result.reason,
    message_id: result.messageId,
    ...counts,
    words: `queued (${result.reason}): ${why}${plain} (id ${result.messageId})`,
  };
}

export const messageStatus: RunTool = async (args, { meshes }) => {
  const id = args.text("id");
  const session = await meshes.one(args.optionalText("mesh"));
  const client = await session.client();
  let status;
  try {
    status = await client.messageStatus(id);
  } catch (thrown) {
    const error = toToolError(thrown);
    if (error.code !== "not_found") throw error;
    throw new ToolError(
      "message_not_found",
      `no message of yours has the id ${JSON.stringify(id)}`,
      "use the id that send_message gave; it is kept for 7 days",
    );
  }
  const lines = status.recipients.map(({ name, pubkey, state, reason, path }) => {
    const steps = path
      .map((step) => `${step.state}${step.reason === undefined ? "" : ` (${step.reason})`} ${step.at}`)
      .join(" > ");
    return `${JSON.stringify(name)} ${pubkey.slice(0, 12)}: ${state}${reason === undefined ? "" : ` (${reason})`}; ${steps}`;
  });
  const head = `${status.messageId} to ${status.targetSpec}, priority ${status.priority}: ${status.delivered ? "delivered" : "not seen by all recipients"}`;
  return { text: [head, ...lines].join("\n") };
};
