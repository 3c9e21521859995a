/** A receiver that says no capabilities: no acknowledgement, no memory ([DLV-12], [COMPAT-3]). */
import { once } from "node:events";
import { LoadClient } from "../mesh/load-client.ts";
import { decodeLetter } from "./letter.ts";
import { Link } from "./link.ts";
import { fromSecretKey, openHandOverLog, type ReceiverPlan } from "./receiver-plan.ts";

process.on("disconnect", () => process.exit(0));
const [plan] = (await once(process, "message")) as [ReceiverPlan];
const { mesh, sessionKey } = plan;
const note = openHandOverLog(plan);
const member = fromSecretKey(mesh.secretKey, mesh.memberId);
const session = fromSecretKey(sessionKey.secretKey, "");
const link = new Link({
  open: (prepare) =>
    LoadClient.connect({ wsUrl: mesh.brokerUrl, meshId: mesh.meshId, member, session, isLegacy: true, prepare }),
  prepare: (client) => (client.onPush = ({ messageId, ciphertext }) => note(messageId, decodeLetter(ciphertext))),
  ready: () => undefined,
});
link.start();
await link.untilReady();
process.send?.("ready");
