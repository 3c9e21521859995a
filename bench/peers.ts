/**
 * Our broker beside others, on the same work and in the same run. Nothing here is a gate: the figures say where it stands,
 * and the list of what each one calls accepted says what they are worth.
 *   node bench/peers.ts [--json] [--quick] [--only nats-server,mosquitto,redis-server]
 * A server that is not on PATH is not measured. In the table `value` is ours, `floor` theirs, `ratio` ours / theirs.
 */
import { parseArgs } from "node:util";
import { measurePeers } from "./peers/measure-peers.ts";
import { report, say } from "./report.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
  },
});
const { figures, notes } = await measurePeers({ isQuick: values.quick, only: values.only?.split(",") });
for (const note of notes) say(note);
report(figures, values.json);
