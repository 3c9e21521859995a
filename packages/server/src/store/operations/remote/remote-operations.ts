import { read, write } from "../operation.ts";
import { addAgentProcess, listAgentProcesses, removeAgentProcess } from "./agent-process-operations.ts";
import { findClientSession, openClientSession, setHidden, updateClientSession } from "./client-session-operations.ts";
import { acknowledgeDelivery, listDeliveries } from "./delivery-operations.ts";
import { addPairCode, listDevices, pairDevice, revokeDevice, touchDevice } from "./device-operations.ts";
import { findLease, listLeases, passLease, releaseLease, renewLeases, takeLease } from "./lease-operations.ts";
import { addPermission, findPermission, listPendingPermissions, resolvePermission } from "./permission-operations.ts";
import {
  acceptPrompt,
  findPrompt,
  finishPrompt,
  listOpenPrompts,
  listPromptIds,
  movePrompt,
} from "./prompt-operations.ts";
import { listPushSubscriptions, removePushSubscription, savePushSubscription } from "./push-subscription-operations.ts";
import {
  addGrant,
  addSession,
  findNumbering,
  findSession,
  listGrants,
  listSessions,
  removeGrants,
  saveNumbering,
  updateSession,
} from "./session-operations.ts";
import { appendSessionEvents, readSessionEvents, summarizeSessionEvents } from "./session-event-operations.ts";
import { purgeRemote } from "./purge-remote-operation.ts";

/** The remote's store calls, by the name the port gives them. */
export const REMOTE_OPERATIONS = {
  pairDevice: write(pairDevice),
  addPairCode: write(addPairCode),
  listDevices: read(listDevices),
  touchDevice: write(touchDevice),
  revokeDevice: write(revokeDevice),
  openClientSession: write(openClientSession),
  findClientSession: read(findClientSession),
  updateClientSession: write(updateClientSession),
  setHidden: write(setHidden),
  listDeliveries: write(listDeliveries),
  acknowledgeDelivery: write(acknowledgeDelivery),
  findSession: read(findSession),
  listSessions: read(listSessions),
  addSession: write(addSession),
  updateSession: write(updateSession),
  listGrants: read(listGrants),
  addGrant: write(addGrant),
  removeGrants: write(removeGrants),
  findNumbering: read(findNumbering),
  saveNumbering: write(saveNumbering),
  acceptPrompt: write(acceptPrompt),
  findPrompt: read(findPrompt),
  listPromptIds: read(listPromptIds),
  listOpenPrompts: read(listOpenPrompts),
  movePrompt: write(movePrompt),
  finishPrompt: write(finishPrompt),
  takeLease: write(takeLease),
  renewLeases: write(renewLeases),
  releaseLease: write(releaseLease),
  passLease: write(passLease),
  findLease: read(findLease),
  listLeases: read(listLeases),
  addAgentProcess: write(addAgentProcess),
  removeAgentProcess: write(removeAgentProcess),
  listAgentProcesses: read(listAgentProcesses),
  addPermission: write(addPermission),
  findPermission: read(findPermission),
  listPendingPermissions: read(listPendingPermissions),
  resolvePermission: write(resolvePermission),
  appendSessionEvents: write(appendSessionEvents),
  readSessionEvents: read(readSessionEvents),
  summarizeSessionEvents: read(summarizeSessionEvents),
  savePushSubscription: write(savePushSubscription),
  removePushSubscription: write(removePushSubscription),
  listPushSubscriptions: read(listPushSubscriptions),
  purgeRemote: write(purgeRemote),
};
