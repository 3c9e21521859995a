/**
 * Carries out `connect` for one socket: the key, the client session, and the sequence of [CONN-5], which is written in one go
 * once everything it needs has been read, so that nothing comes in between. It knows what the sequence consists of; it must
 * not know frames that come in.
 */
import {
  REMOTE_LIMITS,
  acceptRemoteCapabilities,
  parseClientSessionId,
  type RemoteClientMessageOf,
  type RemoteServerMessage,
} from "@parlatory/protocol/remote";
import type { DeliveryRow } from "../../store/remote-store.ts";
import { StoreUnavailableError } from "../../store/store.ts";
import { DEFAULT_LIST, toRecentLimit } from "./handlers/lists.ts";
import { makeAvailableCommands } from "./handlers/commands.ts";
import type { Outbox } from "./outbox.ts";
import { Peer } from "./peer.ts";
import { CommandFeeds } from "./pushes/command-feeds.ts";
import { makeSessionList } from "./pushes/session-frames.ts";
import { toError } from "./refusal.ts";
import type { RemoteDevice } from "./remote-device.ts";
import type { RemoteServices } from "./remote-services.ts";
import { toReplayFrame } from "./wire/replay-wire.ts";
import { toPermissionRequest } from "./wire/run-wire.ts";

type Connect = RemoteClientMessageOf<"connect">;

export interface ConnectingOptions {
  readonly outbox: Outbox;
  readonly address: string;
  readonly serverOrigin: string | undefined;
  readonly isAuthOn: boolean;
  /** Sends `auth_error` and closes ([AUTH-4]). */
  readonly refuse: () => void;
  readonly onAuthFailed: () => void;
}

/** How long a client session waits to be read again while the database is away. */
const RETRY_MS = 2_000;

export class Connecting {
  readonly #options: ConnectingOptions;
  #cancelRetry: (() => void) | undefined;

  constructor(options: ConnectingOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#cancelRetry?.();
  }

  /** The peer that is connected now; undefined when the message was refused, which it has been told. */
  async carryOut(services: RemoteServices, known: Peer | undefined, message: Connect): Promise<Peer | undefined> {
    const device = known?.device ?? (await this.#authenticate(services, message));
    const given = message.session_id ?? "";
    if (given === "") {
      this.#answer(toError("missing_field", "session_id required in connect message"), message);
    }
    if (device === undefined) {
      this.#options.onAuthFailed();
      this.#options.refuse();
      return undefined;
    }
    if (given === "") return undefined;
    const id = parseClientSessionId(given);
    if (id === undefined) {
      const expected = "a UUID or 1 to 128 characters out of A-Z a-z 0-9 . _ : -";
      this.#answer(toError("invalid_field", `session_id must be ${expected} in connect message`), message);
      return undefined;
    }
    return this.#join(services, known ?? this.#toPeer(device), id, message, known === undefined);
  }

  async #authenticate(services: RemoteServices, message: Connect): Promise<RemoteDevice | undefined> {
    const { address } = this.#options;
    const { api_key: key, device_name: name, session_id: sessionId = "" } = message;
    const device = await services.devices.authenticate({ key, name, address });
    services.audit.note({
      event: device === undefined ? "remote_connect_failed" : "remote_connected",
      deviceId: device?.id,
      subject: parseClientSessionId(sessionId) ?? "none",
      outcome: device === undefined ? "refused" : "ok",
      data: { address },
    });
    return device;
  }

  #toPeer(device: RemoteDevice): Peer {
    const { outbox, serverOrigin, refuse } = this.#options;
    const peer = new Peer({ outbox, device, serverOrigin, refuse });
    peer.feeds = new CommandFeeds(outbox);
    return peer;
  }

  async #join(
    services: RemoteServices,
    peer: Peer,
    id: string,
    message: Connect,
    isFirst: boolean,
  ): Promise<Peer | undefined> {
    const { audience } = services.pushes;
    if (!isFirst && peer.clientSession.id !== id) {
      for (const subscription of [...peer.subscriptions.values()]) audience.unfollow(subscription);
    }
    // From here on no result is missed: it is among the replays, or it waits behind them ([RDLV-3]).
    audience.enter(peer, id);
    peer.holdResults();
    try {
      const deliveries = await this.#read(services, peer, id);
      const { directory = services.settings.defaultDirectory } = peer.clientSession;
      const withProject = peer.clientSession.directory !== undefined;
      const commands = await makeAvailableCommands(services, directory, withProject);
      this.#write(services, peer, message, deliveries, commands);
      return peer;
    } catch (error) {
      peer.releaseResults(new Set());
      if (isFirst) audience.leave(peer);
      throw error;
    }
  }

  /** What the client session owns. Without the database a client may still read history ([CRASH-6]): the rest comes later. */
  async #read(services: RemoteServices, peer: Peer, id: string): Promise<readonly DeliveryRow[]> {
    try {
      await load(services, peer, id);
      return await services.deliveries.list(id);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      services.log.warn("a client connected while the database was away", { error });
      this.#readLater(services, peer, id);
      return [];
    }
  }

  #readLater(services: RemoteServices, peer: Peer, id: string): void {
    this.#cancelRetry?.();
    this.#cancelRetry = services.scheduler.after(RETRY_MS, () => void this.#readAgain(services, peer, id));
  }

  async #readAgain(services: RemoteServices, peer: Peer, id: string): Promise<void> {
    try {
      await load(services, peer, id);
      const deliveries = await services.deliveries.list(id);
      if (!peer.isOpen || peer.clientSession.id !== id) return;
      for (const row of deliveries) peer.send(toReplayFrame(row, peer));
      services.pushes.recent.note();
    } catch (error) {
      if (!peer.isOpen || peer.clientSession.id !== id) return;
      services.log.warn("what a client session owns could not be read", { error });
      this.#readLater(services, peer, id);
    }
  }

  /** The sequence of [CONN-5], without a pause. */
  #write(
    services: RemoteServices,
    peer: Peer,
    message: Connect,
    deliveries: readonly DeliveryRow[],
    commands: RemoteServerMessage,
  ): void {
    const { settings, pushes, runs } = services;
    const { outbox } = peer;
    if (message.size_kb !== undefined) outbox.setSizeKb(message.size_kb);
    if (message.capabilities !== undefined) outbox.setCapabilities(acceptRemoteCapabilities(message.capabilities));
    if (message.recent_sessions_limit !== undefined) peer.recentLimit = toRecentLimit(message.recent_sessions_limit);
    this.#answer(
      {
        type: "connected",
        message: "Session registered",
        session_id: peer.clientSession.id,
        capabilities: [...outbox.capabilities],
        server_version: settings.serverVersion,
        replay_count: deliveries.length,
        limits: { max_inbound_bytes: REMOTE_LIMITS.inboundBytes, max_size_kb: REMOTE_LIMITS.maxSizeKb },
        device_id: peer.device.id,
        ...(settings.pushPublicKey === undefined ? {} : { push_public_key: settings.pushPublicKey }),
      },
      message,
    );
    for (const row of deliveries) peer.send(toReplayFrame(row, peer));
    pushes.recent.answer(peer, message);
    this.#answer(commands, message);
    const budgetBytes = outbox.form.budgetBytes - ECHO_ROOM_BYTES;
    this.#answer(makeSessionList(services, peer, { limit: DEFAULT_LIST }, budgetBytes), message);
    if (outbox.has("approvals")) {
      for (const request of runs.listPermissions()) peer.send(toPermissionRequest(request));
    }
    pushes.audience.admit(peer);
    peer.releaseResults(new Set(deliveries.map(({ messageId }) => messageId)));
  }

  #answer(answer: RemoteServerMessage, { correlation_id: id }: Connect): void {
    this.#options.outbox.send(id === undefined ? answer : { ...answer, correlation_id: id });
  }
}

/** What an echoed `correlation_id` takes at most: 64 characters, each up to six bytes in JSON. */
const ECHO_ROOM_BYTES = 420;

/** The first socket of a client session brings what the store has of it; the others share it. */
async function load(services: RemoteServices, peer: Peer, id: string): Promise<void> {
  const state = await services.clientSessions.open(id);
  const { clientSession } = peer;
  if (clientSession.id !== id || clientSession.isLoaded) return;
  clientSession.isLoaded = true;
  clientSession.directory ??= state.directory;
  clientSession.currentSessionId ??= state.currentSessionId;
  for (const sessionId of state.hidden) clientSession.hidden.add(sessionId);
}
