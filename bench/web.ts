/**
 * The speed of the web app in a real Chromium, against a server in this process.
 *   node bench/web.ts [--json] [--quick] [--only WPERF-1,WPERF-4] [--minutes 30]
 * `--minutes`: how long the page of a busy mesh is watched for WPERF-5. Needs Chromium: Debian's, or PARL_TEST_CHROMIUM.
 */
import { parseArgs } from "node:util";
import { findChromium } from "../e2e/chromium.ts";
import { report, say, type Figure } from "./report.ts";
import { measureBusyMesh } from "./web/busy-mesh.ts";
import { measureEventToScreen } from "./web/event-to-screen.ts";
import { measureFirstLoad } from "./web/first-load.ts";
import { measureScrolling } from "./web/scrolling.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    minutes: { type: "string" },
  },
});
const executable = findChromium();
if (executable === undefined) throw new Error("measure the web app: there is no Chromium");
const isQuick = values.quick;
const minutes = Number(values.minutes ?? (isQuick ? 2 : 30));
const only = values.only?.split(",");
const figures: Figure[] = [];

async function measure(rules: readonly string[], title: string, run: () => Promise<Figure[]>): Promise<void> {
  if (only !== undefined && !rules.some((rule) => only.includes(rule))) return;
  say(title);
  figures.push(...(await run()));
}

await measure(["WPERF-1", "WPERF-2"], "the first load", () => measureFirstLoad(executable, isQuick));
await measure(["WPERF-3"], "scrolling a session of 10,000 messages", () => measureScrolling(executable, isQuick));
await measure(["WPERF-4"], "from a pushed event to the screen", () => measureEventToScreen(executable, isQuick));
await measure(["WPERF-5"], `memory of a page over ${minutes} min of a busy mesh`, () =>
  measureBusyMesh(executable, minutes),
);
report(figures, values.json);
