/** The real server in a process of its own, which also tells its CPU time, memory and event-loop delay over IPC. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { startServer } from "../../packages/server/src/index.ts";

const RESOLUTION_MS = 1;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
const server = await startServer({ writeLog: (line) => process.stderr.write(line) });

process.on("message", (request: "vitals" | "reset" | "stop") => {
  if (request === "reset") delay.reset();
  if (request === "stop") {
    void server.stop().then(() => process.exit(0));
    return;
  }
  const { user, system } = process.cpuUsage();
  const late = delay.count === 0 ? 0 : Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS);
  process.send?.({ cpuUs: user + system, rssBytes: process.memoryUsage.rss(), loopDelayP99Ms: late });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ url: server.url });
