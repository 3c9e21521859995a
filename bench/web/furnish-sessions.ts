import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { conversationRecords } from "./conversation-records.ts";
import type { WebWorld } from "../../e2e/web-world.ts";

/** Session files of Claude Code in the world's project; answers their ids, in the order of age. */
export function furnishSessions(world: WebWorld, count: number, messages: number): string[] {
  const folder = world.sessionFolder();
  return Array.from({ length: count }, (_, index) => {
    const sessionId = `00000000-0000-4000-9000-${String(index).padStart(12, "0")}`;
    const records = conversationRecords({ sessionId, directory: world.project, messages });
    writeFileSync(join(folder, `${sessionId}.jsonl`), records.map((record) => `${JSON.stringify(record)}\n`).join(""));
    return sessionId;
  });
}
