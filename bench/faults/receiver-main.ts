/** The product's own client as a receiver in a process of its own, with its memory of handled ids on disk ([DLV-4]). */
import { once } from "node:events";
import { MeshClient } from "@parlatory/client";
import { createNodePlatform, openReceivedIdsFile } from "@parlatory/client/node";
import { parseLetter } from "./letter.ts";
import { openHandOverLog, type ReceiverPlan } from "./receiver-plan.ts";

process.on("disconnect", () => process.exit(0));
const [plan] = (await once(process, "message")) as [ReceiverPlan];
const { mesh, sessionKey, idsPath } = plan;
const note = openHandOverLog(plan);
// Room for a whole run: this is about what a kill does to it, not about forgetting.
const receivedIds = await openReceivedIdsFile({ path: idsPath, capacity: 200_000 });
const client = new MeshClient({
  mesh,
  sessionKey,
  receivedIds,
  platform: createNodePlatform(),
  receiving: { surface: "automatic" },
});
client.on("message", (message) => note(message.messageId, parseLetter(message.text)));
client.on("ended", ({ message }) => {
  process.stderr.write(`the receiver ended: ${message}\n`);
  process.exit(1);
});
client.connect();
await client.untilReady(20_000);
process.send?.("ready");
