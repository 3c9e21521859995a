/** A server of its own process, with the home and the agent's folder that the environment names. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { startServer } from "../../packages/server/src/index.ts";

const delay = monitorEventLoopDelay({ resolution: 5 });
const server = await startServer({ writeLog: () => undefined });
process.on("message", (message) => {
  if (message === "measure") delay.enable();
  if (message === "told") process.send?.({ delayMs: delay.percentile(99) / 1e6 });
});
process.once("disconnect", () => void server.stop().then(() => process.exit(0)));
process.send?.({ port: server.port });
