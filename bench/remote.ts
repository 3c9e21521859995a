/**
 * The performance gates of the remote, each against a floor measured in the same run.
 *   node bench/remote.ts [--json] [--quick] [--only RPERF-1,RPERF-6]
 * RPERF-6 needs Claude Code: on PATH, or named by PARL_TEST_CLAUDE.
 */
import { enableCompileCache } from "node:module";
import { parseArgs } from "node:util";
import { measureAppendToPush } from "./remote/append-to-push.ts";
import { measureAppendToSocket } from "./remote/append-to-socket.ts";
import { measureCommandOutput } from "./remote/command-output.ts";
import { measureFanOut } from "./remote/fan-out.ts";
import { measureFirstPage } from "./remote/first-page.ts";
import { measureIndexStart } from "./remote/index-start.ts";
import { measurePromptOverhead } from "./remote/prompt-overhead.ts";
import { measureWholeFileParse } from "./remote/whole-file-parse.ts";
import { report, say, type Figure } from "./report.ts";

// As the launcher of the program does: threads then find their modules compiled.
enableCompileCache();
const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
  },
});
const only = values.only?.split(",");
const figures: Figure[] = [];

async function measure(
  rule: string,
  title: string,
  run: (isQuick: boolean) => Promise<Figure | Figure[]>,
): Promise<void> {
  if (only !== undefined && !only.includes(rule)) return;
  say(title);
  figures.push(...[await run(values.quick)].flat());
}

await measure("RPERF-1", "an appended line to its push, 5,000 files watched", measureAppendToPush);
await measure("RPERF-1", "the same to a socket of a whole server", measureAppendToSocket);
await measure("RPERF-2", "the first page of a session of 200 MB", measureFirstPage);
await measure("RPERF-3", "5,000 session files to an exact list", measureIndexStart);
await measure("RPERF-4", "a session of 200 MB read whole", measureWholeFileParse);
await measure("RPERF-5", "an append to 200 subscribers", measureFanOut);
await measure("RPERF-6", "a prompt through the server beside the bare agent", measurePromptOverhead);
await measure("RPERF-7", "the output of a command", measureCommandOutput);
report(figures, values.json);
