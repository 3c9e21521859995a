/** A server process of which only the command desk is there, for tests that kill it: runs one command and tells its id. */
import { randomUUID } from "node:crypto";
import { readProcessStart } from "@parlatory/agents";
import { ProjectCommandDesk } from "../../../src/commands/project-command-desk.ts";
import { createPathPolicy } from "../../../src/path-policy.ts";

const [historyFolder = "", project = "", programs = "", commandId = ""] = process.argv.slice(2);
const silent = () => undefined;
const desk = new ProjectCommandDesk({
  historyFolder,
  environment: { PATH: programs },
  paths: createPathPolicy({ home: project, roots: [] }),
  processes: { startOf: readProcessStart, marked: () => Promise.resolve([]) },
  clock: Date,
  scheduler: {
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    soon: (run) => void setImmediate(run),
  },
  log: { debug: silent, info: silent, warn: silent, error: silent },
  randomUuid: randomUUID,
  isMakeAllowed: true,
  retentionDays: 7,
});
desk.listen({ onOutput: (_command, lines) => process.send?.({ lines: lines.map(({ text }) => text) }) });
await desk.start();
process.send?.({ started: await desk.execute({ commandId, workingDirectory: project, clientSessionId: "client" }) });
