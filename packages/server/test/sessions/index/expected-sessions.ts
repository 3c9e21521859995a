import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

export interface ExpectedSession {
  readonly sessionId: string;
  readonly messageCount: number;
  readonly preview: string;
  readonly ids: readonly string[];
}

interface Line {
  readonly uuid: string;
  readonly message: { readonly content: string | readonly { readonly text: string }[] };
}

/**
 * What lists must say of the files that are there when nobody has grown them for long, read in the plainest way: the last
 * modified file of an id, its lines that are JSON, each id once.
 */
export function expectedSessions(root: string): ExpectedSession[] {
  const chosen = new Map<string, { path: string; mtimeMs: number }>();
  for (const folder of readdirSync(root).sort()) {
    for (const name of readdirSync(join(root, folder))) {
      if (!name.endsWith(".jsonl")) continue;
      const path = join(root, folder, name);
      const { mtimeMs } = statSync(path);
      const other = chosen.get(name);
      if (other === undefined || mtimeMs > other.mtimeMs) chosen.set(name, { path, mtimeMs });
    }
  }
  return [...chosen]
    .map(([name, { path }]) => expectedSession(name.slice(0, -".jsonl".length), readFileSync(path, "utf8")))
    .filter(({ messageCount }) => messageCount > 0)
    .sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1));
}

function expectedSession(sessionId: string, content: string): ExpectedSession {
  const lines = new Map<string, Line>();
  for (const text of content.split("\n")) {
    const line = parse(text);
    if (line !== undefined && !lines.has(line.uuid)) lines.set(line.uuid, line);
  }
  const last = [...lines.values()].at(-1)?.message.content ?? "";
  const preview = typeof last === "string" ? last : (last[0]?.text ?? "");
  return { sessionId, messageCount: lines.size, preview, ids: [...lines.keys()] };
}

function parse(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}
