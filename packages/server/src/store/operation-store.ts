import type { ArgsOf, OperationName, ResultOf } from "./operations/operations.ts";
import type { CommitBatch, DuplicateMessage, Store } from "./store.ts";

type Call<Name extends OperationName> = (...args: ArgsOf<Name>) => Promise<ResultOf<Name>>;

/** The store calls both engines share; an engine says how an operation is carried out and adds its own hot path. */
export abstract class OperationStore implements Store {
  abstract readonly kind: Store["kind"];

  protected abstract perform<Name extends OperationName>(name: Name, ...args: ArgsOf<Name>): Promise<ResultOf<Name>>;

  abstract commit(batch: CommitBatch): Promise<DuplicateMessage[]>;
  abstract settleMessages(...args: Parameters<Store["settleMessages"]>): Promise<void>;
  abstract backupTo(path: string): Promise<void>;
  abstract ping(): Promise<void>;
  abstract close(): Promise<void>;

  readonly loadBoot = (_now: number): Promise<ResultOf<"loadBoot">> => this.perform("loadBoot");
  readonly loadUnsettled = this.#call("loadUnsettled");
  readonly findDuplicate = this.#call("findDuplicate");
  readonly readBodies = this.#call("readBodies");
  readonly readLedger = this.#call("readLedger");

  readonly heartbeat = this.#call("heartbeat");
  readonly removeBroker = this.#call("removeBroker");
  readonly isHelloSeen = this.#call("isHelloSeen");

  readonly createMesh = this.#call("createMesh");
  readonly updatePolicies = this.#call("updatePolicies");
  readonly archiveMesh = this.#call("archiveMesh");
  readonly addMember = this.#call("addMember");
  readonly revokeMember = this.#call("revokeMember");

  readonly createInvite = this.#call("createInvite");
  readonly listInvites = this.#call("listInvites");
  readonly findInvite = this.#call("findInvite");
  readonly revokeInvite = this.#call("revokeInvite");
  readonly joinWithInvite = this.#call("joinWithInvite");

  readonly getState = this.#call("getState");
  readonly listState = this.#call("listState");
  readonly writeState = this.#call("writeState");

  readonly addMemory = this.#call("addMemory");
  readonly recall = this.#call("recall");
  readonly listMemories = this.#call("listMemories");
  readonly forget = this.#call("forget");

  readonly createToken = this.#call("createToken");
  readonly findToken = this.#call("findToken");
  readonly listTokens = this.#call("listTokens");
  readonly revokeToken = this.#call("revokeToken");

  readonly appendAudit = this.#call("appendAudit");
  readonly listAudit = this.#call("listAudit");
  readonly verifyAudit = this.#call("verifyAudit");

  readonly readEvents = this.#call("readEvents");
  readonly listLoggedMessages = this.#call("listLoggedMessages");
  readonly purge = this.#call("purge");

  readonly pairDevice = this.#call("pairDevice");
  readonly addPairCode = this.#call("addPairCode");
  readonly listDevices = this.#call("listDevices");
  readonly touchDevice = this.#call("touchDevice");
  readonly revokeDevice = this.#call("revokeDevice");

  readonly openClientSession = this.#call("openClientSession");
  readonly findClientSession = this.#call("findClientSession");
  readonly updateClientSession = this.#call("updateClientSession");
  readonly setHidden = this.#call("setHidden");

  readonly listDeliveries = this.#call("listDeliveries");
  readonly acknowledgeDelivery = this.#call("acknowledgeDelivery");

  readonly findSession = this.#call("findSession");
  readonly listSessions = this.#call("listSessions");
  readonly addSession = this.#call("addSession");
  readonly updateSession = this.#call("updateSession");
  readonly listGrants = this.#call("listGrants");
  readonly addGrant = this.#call("addGrant");
  readonly removeGrants = this.#call("removeGrants");
  readonly findNumbering = this.#call("findNumbering");
  readonly saveNumbering = this.#call("saveNumbering");

  readonly acceptPrompt = this.#call("acceptPrompt");
  readonly findPrompt = this.#call("findPrompt");
  readonly listPromptIds = this.#call("listPromptIds");
  readonly listOpenPrompts = this.#call("listOpenPrompts");
  readonly movePrompt = this.#call("movePrompt");
  readonly finishPrompt = this.#call("finishPrompt");

  readonly takeLease = this.#call("takeLease");
  readonly renewLeases = this.#call("renewLeases");
  readonly releaseLease = this.#call("releaseLease");
  readonly passLease = this.#call("passLease");
  readonly findLease = this.#call("findLease");
  readonly listLeases = this.#call("listLeases");

  readonly addAgentProcess = this.#call("addAgentProcess");
  readonly removeAgentProcess = this.#call("removeAgentProcess");
  readonly listAgentProcesses = this.#call("listAgentProcesses");

  readonly addPermission = this.#call("addPermission");
  readonly findPermission = this.#call("findPermission");
  readonly listPendingPermissions = this.#call("listPendingPermissions");
  readonly resolvePermission = this.#call("resolvePermission");

  readonly appendSessionEvents = this.#call("appendSessionEvents");
  readonly readSessionEvents = this.#call("readSessionEvents");
  readonly summarizeSessionEvents = this.#call("summarizeSessionEvents");

  readonly savePushSubscription = this.#call("savePushSubscription");
  readonly removePushSubscription = this.#call("removePushSubscription");
  readonly listPushSubscriptions = this.#call("listPushSubscriptions");

  readonly purgeRemote = this.#call("purgeRemote");

  #call<Name extends OperationName>(name: Name): Call<Name> {
    return (...args) => this.perform(name, ...args);
  }
}
