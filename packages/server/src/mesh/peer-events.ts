import type { MeshId, PushFrame } from "@parlatory/protocol";
import { encodeFrame } from "@parlatory/protocol/codec";
import type { EventType } from "../store/store.ts";
import type { EventLog } from "./event-log.ts";
import type { Clock } from "../ports.ts";
import { hasCapability, routingKey, type Presence } from "./presence.ts";
import type { PresenceListener, Presences } from "./presences.ts";
import { toShownGroups } from "./shown-groups.ts";

export interface PeerEventsOptions {
  clock: Clock;
  createId: () => string;
  presences: Pick<Presences, "ofMesh">;
  events: Pick<EventLog, "emit">;
}

/** Tells who comes and goes: to clients that asked for it ([PRES-7]) and to the event log ([HTTP-17]). */
export class PeerEvents implements PresenceListener {
  readonly #options: PeerEventsOptions;

  constructor(options: PeerEventsOptions) {
    this.#options = options;
  }

  attached(presence: Presence, resumed: boolean): void {
    if (presence.kind !== "session") return;
    if (resumed) {
      this.#note(presence, "peer_updated");
      return;
    }
    this.#note(presence, "peer_joined");
    this.#push(presence, "peer_joined");
  }

  left(presence: Presence): void {
    if (presence.kind !== "session") return;
    this.#note(presence, "peer_left");
    this.#push(presence, "peer_left");
  }

  updated(presence: Presence): void {
    if (presence.kind === "session") this.#note(presence, "peer_updated");
  }

  #push(subject: Presence, event: "peer_joined" | "peer_left"): void {
    this.#tell(subject.meshId, subject, () => {
      const push: PushFrame & { subtype: "system" } = {
        type: "push",
        subtype: "system",
        event,
        eventData: {
          presenceId: subject.id,
          pubkey: routingKey(subject),
          memberPubkey: subject.memberPubkey,
          displayName: subject.displayName,
          role: subject.role ?? null,
          groups: toShownGroups(subject.groups),
        },
        messageId: this.#options.createId(),
        meshId: subject.meshId,
        senderPubkey: "",
        senderName: "",
        priority: "low",
        kind: "system",
        nonce: "",
        ciphertext: "",
        createdAt: new Date(this.#options.clock.now()).toISOString(),
      };
      return encodeFrame(push);
    });
  }

  /** One text for everybody who asked for such events; no text when nobody did. */
  #tell(meshId: MeshId, except: Presence | undefined, encode: () => string): void {
    let frame: string | undefined;
    for (const presence of this.#options.presences.ofMesh(meshId)) {
      if (
        presence === except ||
        presence.kind !== "session" ||
        !presence.ready ||
        !hasCapability(presence, "peer_events")
      ) {
        continue;
      }
      frame ??= encode();
      presence.connection?.send(frame);
    }
  }

  #note(presence: Presence, type: Extract<EventType, "peer_joined" | "peer_left" | "peer_updated">): void {
    this.#options.events.emit(presence.meshId, type, {
      presence_id: presence.id,
      pubkey: routingKey(presence),
      member_pubkey: presence.memberPubkey,
      display_name: presence.displayName,
      role: presence.role ?? null,
      groups: toShownGroups(presence.groups),
      status: presence.status,
      summary: presence.summary ?? null,
      connected: presence.connection !== undefined,
    });
  }
}
