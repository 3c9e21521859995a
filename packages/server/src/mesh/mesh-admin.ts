import {
  DEFAULT_POLICIES,
  WireError,
  parsePolicyChange,
  type MeshId,
  type MeshPolicies,
  type PublicKey,
} from "@parlatory/protocol";
import { encodeFrame } from "@parlatory/protocol/codec";
import type { MeshRow, Store } from "../store/store.ts";
import { AnswerDeadline } from "./answer-deadline.ts";
import type { Audit } from "./audit.ts";
import type { Directory } from "./directory.ts";
import type { EventLog } from "./event-log.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import type { MailKeeper } from "./members.ts";
import type { Clock, Scheduler } from "../ports.ts";
import { hasCapability, toDisplayName } from "./presence.ts";
import type { Presences } from "./presences.ts";

export interface MeshAdminOptions {
  store: Pick<Store, "createMesh" | "updatePolicies" | "archiveMesh">;
  clock: Clock;
  scheduler: Scheduler;
  createId: () => string;
  directory: Pick<Directory, "mesh" | "noteMesh">;
  presences: Pick<Presences, "ofMesh" | "expel">;
  events: Pick<EventLog, "emit">;
  audit: Pick<Audit, "note">;
  mail: Pick<MailKeeper, "meshArchived">;
  answerMs?: number | undefined;
}

/** Making, setting and archiving whole meshes. */
export class MeshAdmin {
  readonly #options: MeshAdminOptions;
  readonly #deadline: AnswerDeadline;
  readonly #queue = new KeyedQueue(1_000);

  constructor(options: MeshAdminOptions) {
    this.#options = options;
    this.#deadline = new AnswerDeadline({ scheduler: options.scheduler, limitMs: options.answerMs });
  }

  /** `slug` fits its pattern already. Raises `bad_request`, `storage_unavailable`. */
  async create(
    request: { slug: string; name?: string | undefined; ownerPubkey: PublicKey; policies?: unknown },
    actor: string,
  ): Promise<{ outcome: "created"; mesh: MeshRow } | { outcome: "slug_taken" }> {
    const policies = { ...DEFAULT_POLICIES, ...readChange(request.policies ?? {}) };
    return this.#deadline.within(async () => {
      const { store, clock, createId, directory, audit } = this.#options;
      const mesh: MeshRow = {
        id: createId() as MeshId,
        slug: request.slug,
        name: toDisplayName(request.name) ?? request.slug,
        ownerPubkey: request.ownerPubkey,
        policies,
        createdAt: clock.now(),
      };
      if ((await store.createMesh(mesh)) === "slug_taken") return { outcome: "slug_taken" };
      directory.noteMesh(mesh);
      await audit.note({
        meshId: mesh.id,
        actor,
        event: "mesh_created",
        data: { slug: mesh.slug, owner_pubkey: mesh.ownerPubkey },
      });
      return { outcome: "created", mesh };
    });
  }

  /** Changes some policies, all or none ([POL-1], [POL-2]). Raises `bad_request`, `mesh_not_found`, `storage_unavailable`. */
  async changePolicies(meshId: MeshId, change: unknown, actor: string): Promise<MeshPolicies> {
    const changed = readChange(change);
    return this.#deadline.within((attempt) =>
      this.#queue.run(meshId, async () => {
        if (attempt.isAbandoned()) throw new WireError("storage_unavailable");
        const { store, directory, events, audit } = this.#options;
        const mesh = this.#find(meshId);
        const policies = { ...mesh.policies, ...changed };
        await store.updatePolicies(meshId, policies);
        directory.noteMesh({ ...mesh, policies });
        this.#announce(meshId, policies);
        events.emit(meshId, "policy_changed", { policies });
        await audit.note({ meshId, actor, event: "policy_changed", data: { change: changed } });
        if (policies.messageLog !== mesh.policies.messageLog) {
          await audit.note({ meshId, actor, event: "message_log_switched", data: { on: policies.messageLog } });
        }
        return policies;
      }),
    );
  }

  /** Ends a mesh: nobody gets in any more, its mail is dead, its slug is free. Raises `mesh_not_found`, `storage_unavailable`. */
  async archive(meshId: MeshId, actor: string): Promise<void> {
    await this.#deadline.within(() =>
      this.#queue.run(meshId, async () => {
        const { store, clock, directory, presences, mail, audit } = this.#options;
        const mesh = this.#find(meshId);
        const now = clock.now();
        await store.archiveMesh(meshId, now);
        directory.noteMesh({ ...mesh, archivedAt: now });
        const goodbye = encodeFrame({ type: "error", code: "unauthorized", message: "this mesh was archived" });
        for (const presence of [...presences.ofMesh(meshId)]) {
          presence.connection?.send(goodbye);
          presences.expel(presence, 1008, "unauthorized");
        }
        mail.meshArchived(meshId);
        await audit.note({ meshId, actor, event: "mesh_archived", data: { slug: mesh.slug } });
      }),
    );
  }

  #find(meshId: MeshId): MeshRow {
    const mesh = this.#options.directory.mesh(meshId);
    if (mesh === undefined) throw new WireError("mesh_not_found");
    return mesh;
  }

  #announce(meshId: MeshId, policies: MeshPolicies): void {
    let frame: string | undefined;
    for (const presence of this.#options.presences.ofMesh(meshId)) {
      if (presence.kind !== "session" || !presence.ready || !hasCapability(presence, "peer_events")) continue;
      frame ??= encodeFrame({ type: "mesh_policy", policies });
      presence.connection?.send(frame);
    }
  }
}

function readChange(change: unknown): Partial<MeshPolicies> {
  const result = parsePolicyChange(change);
  if (!result.ok) throw new WireError("bad_request", `\`${result.field}\` ${result.reason}`, { field: result.field });
  return result.policies;
}
