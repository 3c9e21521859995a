import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WebWorld } from "../../e2e/web-world.ts";
import { stories, storyFile } from "./session-story.ts";

const HOUR_MS = 3_600_000;

export interface FurnishedRemote {
  /** The session of the first story. */
  readonly sessionId: string;
  /** A command that has run. */
  readonly commandSessionId: string;
  close(): Promise<void>;
}

/** Sessions of several projects, one of which asks for permission, and commands that have run. */
export async function furnishRemote(world: WebWorld): Promise<FurnishedRemote> {
  const folderOf = (name: string): string => join(world.home, name);
  for (const [index, story] of stories.entries()) {
    const directory = folderOf(story.folder);
    mkdirSync(directory, { recursive: true });
    const sessionId = sessionIdOf(index);
    const file = storyFile(story, { sessionId, directory, endedAt: Date.now() - index * HOUR_MS });
    writeFileSync(join(world.sessionFolder(directory), `${sessionId}.jsonl`), file);
  }
  const project = folderOf("shop");
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "shop", version: "2.4.0", scripts }, null, 2));
  writeFileSync(join(project, "test.mjs"), testProgram);
  const client = world.openDevice();
  await client.untilReady();
  const run = await client.commands.start("npm.test", project);
  await run.ended;
  const asked = new Promise<void>((resolve) => client.on("permission_request", () => resolve()));
  const request = { command: "git push origin release-2.4", description: "Push the release branch" };
  client.prompt({
    text: `/ask Bash ${JSON.stringify(request)} The branch is pushed.`,
    workingDirectory: project,
    agent: "echo",
  });
  await asked;
  return {
    sessionId: sessionIdOf(0),
    commandSessionId: run.commandSessionId,
    close: () => client.close(),
  };
}

const scripts = {
  build: "node --version",
  lint: "node --version",
  test: "node test.mjs",
  "db:migrate": "node --version",
};
const testProgram = `const done = "\\u001b[32m✓\\u001b[0m";
for (const name of ["an empty cart costs nothing", "a line is price times quantity", "three thirds make a whole"]) {
  console.log(done, name);
}
console.log("\\n\\u001b[1m3 passed\\u001b[0m in 0.4 s");
`;

function sessionIdOf(index: number): string {
  return `5e551011-0000-4000-8000-${String(index).padStart(12, "0")}`;
}
