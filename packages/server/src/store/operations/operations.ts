import { appendAudit, listAudit, verifyAudit } from "./audit-operations.ts";
import { loadBoot } from "./boot-operation.ts";
import { heartbeat, isHelloSeen, listLoggedMessages, readEvents, removeBroker } from "./event-operations.ts";
import { createInvite, findInvite, joinWithInvite, listInvites, revokeInvite } from "./invite-operations.ts";
import { findDuplicate, loadUnsettled, readBodies, readLedger } from "./ledger-operations.ts";
import { addMemory, forget, listMemories } from "./memory-operations.ts";
import { addMember, archiveMesh, createMesh, revokeMember, updatePolicies } from "./mesh-operations.ts";
import { glance, read, write, type Operation } from "./operation.ts";
import { purge } from "./purge-operation.ts";
import { recall } from "./recall-operation.ts";
import { REMOTE_OPERATIONS } from "./remote/remote-operations.ts";
import { getState, listState, writeState } from "./state-operations.ts";
import { createToken, findToken, listTokens, revokeToken } from "./token-operations.ts";

/** Every store call that is written once for both engines, by the name the port gives it. */
export const OPERATIONS = {
  loadBoot: write(loadBoot),
  loadUnsettled: glance(loadUnsettled),
  findDuplicate: read(findDuplicate),
  readBodies: read(readBodies),
  readLedger: read(readLedger),
  heartbeat: write(heartbeat),
  removeBroker: write(removeBroker),
  isHelloSeen: glance(isHelloSeen),
  createMesh: write(createMesh),
  updatePolicies: write(updatePolicies),
  archiveMesh: write(archiveMesh),
  addMember: write(addMember),
  revokeMember: write(revokeMember),
  createInvite: write(createInvite),
  listInvites: read(listInvites),
  findInvite: glance(findInvite),
  revokeInvite: write(revokeInvite),
  joinWithInvite: write(joinWithInvite),
  getState: read(getState),
  listState: read(listState),
  writeState: write(writeState),
  addMemory: write(addMemory),
  recall: read(recall),
  listMemories: read(listMemories),
  forget: write(forget),
  createToken: write(createToken),
  findToken: glance(findToken),
  listTokens: read(listTokens),
  revokeToken: write(revokeToken),
  appendAudit: write(appendAudit),
  listAudit: read(listAudit),
  verifyAudit: read(verifyAudit),
  readEvents: read(readEvents),
  listLoggedMessages: read(listLoggedMessages),
  purge: write(purge),
  ...REMOTE_OPERATIONS,
};

export type OperationName = keyof typeof OPERATIONS;
export type ArgsOf<Name extends OperationName> =
  (typeof OPERATIONS)[Name] extends Operation<infer Args, unknown> ? Args : never;
export type ResultOf<Name extends OperationName> = Awaited<ReturnType<(typeof OPERATIONS)[Name]["run"]>>;
