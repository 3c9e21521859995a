import type { Handover } from "../inbox.ts";
import { formatPeerMessages } from "../peer-message.ts";
import { takeWithin } from "../take-within.ts";
import type { RunTool } from "../tool-call.ts";
import { ToolError } from "../tool-error.ts";
import { toToolError } from "../tool-failure.ts";

/** Agents cut longer tool results; what does not fit waits for the next call. */
const MAX_TEXT_BYTES = 60_000;
const MAX_NOTES_BYTES = 8_000;
const MAX_PULL = 500;

export const checkMessages: RunTool = async (args, { meshes, inbox, notes }) => {
  const max = args.optionalInteger("max", 1, MAX_PULL);
  const sessions = await meshes.several(args.optionalText("mesh"));
  let remaining = 0;
  const failures: string[] = [];
  await Promise.all(
    sessions.map(async (session) => {
      try {
        const pulled = await (await session.client()).pull(max ?? MAX_PULL);
        remaining += pulled.remaining;
      } catch (thrown) {
        const { code, message, nextStep } = toToolError(thrown);
        failures.push(`mesh '${session.slug}' could not be asked: ${code}: ${message}; ${nextStep}`);
      }
    }),
  );
  const waiting = inbox.waiting(new Set(sessions.map((session) => session.meshId)));
  const portion = takeWithin(waiting.slice(0, max), MAX_TEXT_BYTES);
  // One message alone may be longer than all of them together should be.
  const messages = inbox.take(portion.fitting.length > 0 ? portion.fitting : portion.tooLarge.slice(0, 1));
  const changes = notes.take(MAX_NOTES_BYTES);
  const handover: Pick<Handover, "confirm" | "release"> = {
    confirm: () => messages.confirm(),
    release: (options) => {
      messages.release(options);
      changes.putBack();
    },
  };
  const left = waiting.length - messages.entries.length + remaining;
  const parts = [
    ...(messages.entries.length === 0 ? [] : [formatPeerMessages(messages.entries)]),
    ...changes.lines,
    ...(left === 0
      ? []
      : [`${left === 1 ? "1 more message waits" : `${left} more messages wait`}; call check_messages again`]),
    ...failures,
  ];
  if (parts.length === 0) return { text: "no mail" };
  if (failures.length === sessions.length && messages.entries.length + changes.lines.length === 0) {
    throw new ToolError(
      "server_unreachable",
      `no mesh could be asked for mail (this does not mean that there is none): ${failures.join("; ")}`,
      "try again later",
    );
  }
  return { text: parts.join("\n"), handover };
};
