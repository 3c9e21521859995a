import { suffixOfBytes, utf8Bytes } from "@parlatory/protocol/remote";
import type { SessionCatalog } from "../catalog.ts";

const seedBytes = 100 * 1024;
const opening = "This conversation goes on from an earlier one. What was said before, newest last:";

/** What a fresh session of an agent is told of the one it continues: the newest of our log ([AGENT-14]). */
export async function readReplaySeed(
  catalog: Pick<SessionCatalog, "open">,
  sessionId: string,
): Promise<string | undefined> {
  const log = await catalog.open(sessionId);
  if (log === undefined || log.endSeq === 0) return undefined;
  const parts: string[] = [];
  let bytes = 0;
  for await (const batch of log.readBackwards(log.endSeq + 1, 0)) {
    for (const { role, text } of batch) {
      const part = `${role === "user" ? "User" : "Assistant"}: ${text}`;
      parts.unshift(part);
      bytes += utf8Bytes(part) + 2;
      if (bytes >= seedBytes) return `${opening}\n\n${suffixOfBytes(parts.join("\n\n"), seedBytes)}`;
    }
  }
  return `${opening}\n\n${parts.join("\n\n")}`;
}
