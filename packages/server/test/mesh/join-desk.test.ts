import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { encodeBase64Url } from "@parlatory/protocol";
import { StoreUnavailableError, type MeshRow } from "../../src/store/store.ts";
import { openBoardWorld, type BoardWorld } from "../support/board-world.ts";
import { makeInvite, numberedKey, testKey } from "../support/keys.ts";
import { withMethods } from "../support/store-wrapper.ts";
import { STORE_KINDS, startStoreSource, type StoreSource } from "../support/store-kinds.ts";

describe.each(STORE_KINDS)("with %s", (kind) => {
  let source: StoreSource;
  let world: BoardWorld;
  let mesh: MeshRow;
  let addresses = 0;
  let address: string;

  beforeAll(async () => {
    source = await startStoreSource(kind);
    world = await openBoardWorld({ openStore: source.open });
  });
  afterAll(async () => {
    await world.close();
    await source.stop();
  });
  beforeEach(async () => {
    mesh = await world.createMesh();
    address = `10.0.0.${++addresses}`;
  });

  const post = (body: unknown, from = address) =>
    world.joinDesk.handle({ body: typeof body === "string" ? body : JSON.stringify(body), address: from });

  async function invite(fields: { maxUses?: number; role?: "admin" | "member"; expiresAt?: number } = {}) {
    const made = makeInvite(world.owner, { mesh_id: mesh.id });
    const { maxUses = 1, role = "member", expiresAt = world.clock.now() + 60_000 } = fields;
    const row = await world.invites.create(
      { meshId: mesh.id, tokenHash: made.tokenHash, role, maxUses, expiresAt },
      "owner",
    );
    return { ...made, row };
  }

  let people = 0;
  const person = () => ({ peer_pubkey: numberedKey(++people).pubkey, display_name: "joiner" });

  describe("joining", () => {
    test("[INV-6] by join secret and by whole token; the role comes from the registered invite", async () => {
      const { token, joinSecret } = await invite({ maxUses: 2, role: "admin" });
      const first = await post({ join_secret: joinSecret, ...person() });
      expect(first).toEqual({ status: 200, body: { ok: true, memberId: expect.any(String), meshId: mesh.id } });
      const second = await post({ invite_token: token, invite_payload: { role: "owner" }, ...person() });
      expect(second.status).toBe(200);
      expect(world.members.list(mesh.id).map(({ role }) => role)).toEqual(["admin", "admin"]);
      expect((await world.invites.list(mesh.id))[0]).toMatchObject({ usedCount: 2 });
      expect((await world.audit.list(mesh.id, 0, 100)).filter(({ event }) => event === "member_joined")).toHaveLength(
        2,
      );
      expect((await world.eventsOf(mesh.id)).map(({ type }) => type)).toEqual(
        expect.arrayContaining(["member_changed", "invite_changed"]),
      );
    });

    test("[INV-7] who is a member already joins again without using the invite up, also when it is exhausted", async () => {
      const { joinSecret } = await invite({ maxUses: 1 });
      const who = person();
      const first = await post({ join_secret: joinSecret, ...who });
      const again = await post({ join_secret: joinSecret, ...who });
      expect(again).toEqual({
        status: 200,
        body: { ok: true, memberId: first.body["memberId"], meshId: mesh.id, alreadyMember: true },
      });
      expect((await world.invites.list(mesh.id))[0]).toMatchObject({ usedCount: 1 });
    });

    test("[INV-8] 50 parallel joins with a one-use invite make one member", async () => {
      const { joinSecret } = await invite({ maxUses: 1 });
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) => post({ join_secret: joinSecret, ...person() }, `10.1.0.${n}`)),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ body }) => body["error"] === "invite_exhausted")).toHaveLength(49);
      expect(world.members.list(mesh.id)).toHaveLength(1);
      expect((await world.invites.list(mesh.id))[0]).toMatchObject({ usedCount: 1 });
    });

    test("[INV-8] parallel joins of one key make one member and use the invite once", async () => {
      const { joinSecret } = await invite({ maxUses: 10 });
      const who = person();
      const answers = await Promise.all(Array.from({ length: 10 }, () => post({ join_secret: joinSecret, ...who })));
      expect(new Set(answers.map(({ body }) => body["memberId"])).size).toBe(1);
      expect(answers.filter(({ body }) => body["alreadyMember"] === true)).toHaveLength(9);
      expect((await world.invites.list(mesh.id))[0]).toMatchObject({ usedCount: 1 });
    });
  });

  describe("refusals", () => {
    test.each([
      ["not JSON", "{", "bad_json"],
      ["not an object", "[]", "object"],
      ["no invite", { ...person() }, "invite_token"],
      ["ill-typed token", { ...person(), invite_token: 5 }, "invite_token"],
      ["ill-formed secret", { ...person(), join_secret: "A".repeat(64) }, "join_secret"],
      ["no key", { join_secret: "a".repeat(64), display_name: "x" }, "peer_pubkey"],
      [
        "ill-formed key",
        { join_secret: "a".repeat(64), peer_pubkey: "Z".repeat(64), display_name: "x" },
        "peer_pubkey",
      ],
      ["no name", { join_secret: "a".repeat(64), peer_pubkey: "a".repeat(64) }, "display_name"],
      [
        "invisible name",
        { join_secret: "a".repeat(64), peer_pubkey: "a".repeat(64), display_name: "\u0000\u0007 " },
        "display_name",
      ],
      [
        "unknown secret",
        { join_secret: "a".repeat(64), peer_pubkey: "a".repeat(64), display_name: "x" },
        "invite_not_found",
      ],
      ["fields before the token", { invite_token: "nonsense", peer_pubkey: "short", display_name: "x" }, "peer_pubkey"],
    ])("[INV-7] %s", async (_, body, expected) => {
      const answer = await post(body);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ ok: false, error: expect.stringContaining(expected) });
    });

    test("[INV-7] what is wrong with the token itself, in order", async () => {
      const { token } = await invite();
      const decoded = Buffer.from(token, "base64url").toString();
      const forged = Buffer.from(decoded.replace('"role":"member"', '"role":"admin"')).toString("base64url");
      const code = async (invite_token: string) => (await post({ invite_token, ...person() })).body["error"];
      expect(await code(`${token}A`)).toBe("invite_malformed");
      expect(await code(encodeBase64Url(Buffer.from("{}")))).toBe("invite_malformed");
      expect(await code(forged)).toBe("invite_bad_signature");
      expect(await code(makeInvite(world.owner, { mesh_id: "no-such-mesh" }).token)).toBe("mesh_not_found");
      expect(await code(makeInvite(world.owner, { mesh_id: mesh.slug }).token)).toBe("mesh_not_found");
      expect(await code(makeInvite(testKey(9), { mesh_id: mesh.id }).token)).toBe("invite_owner_mismatch");
      expect(await code(makeInvite(world.owner, { mesh_id: mesh.id, mesh_slug: "unregistered" }).token)).toBe(
        "invite_not_found",
      );

      const other = await world.createMesh();
      const misplaced = makeInvite(world.owner, { mesh_id: mesh.id, mesh_slug: "misplaced" });
      await world.invites.create(
        { meshId: other.id, tokenHash: misplaced.tokenHash, role: "member", maxUses: 1, expiresAt: 1 },
        "owner",
      );
      expect(await code(misplaced.token)).toBe("invite_mesh_mismatch");
    });

    test("[INV-7] revoked goes before expired, expired before membership, membership before exhausted", async () => {
      const { joinSecret, row } = await invite({ maxUses: 1 });
      const who = person();
      expect((await post({ join_secret: joinSecret, ...who })).status).toBe(200);
      expect((await post({ join_secret: joinSecret, ...person() })).body["error"]).toBe("invite_exhausted");
      world.clock.advance(61_000);
      expect((await post({ join_secret: joinSecret, ...who })).body["error"]).toBe("invite_expired");
      await world.invites.revoke(mesh.id, row.id, "owner");
      expect((await post({ join_secret: joinSecret, ...who })).body["error"]).toBe("invite_revoked");
    });

    test("[INV-7] [INV-9] a revoked member cannot join again", async () => {
      const { joinSecret } = await invite({ maxUses: 5 });
      const who = person();
      const joined = await post({ join_secret: joinSecret, ...who });
      await world.members.revoke(mesh.id, joined.body["memberId"] as never, "owner");
      expect((await post({ join_secret: joinSecret, ...who })).body["error"]).toBe("member_revoked");
    });

    test("[INV-7] an invite of an archived mesh", async () => {
      const { token, joinSecret } = await invite();
      await world.meshAdmin.archive(mesh.id, "owner");
      expect((await post({ join_secret: joinSecret, ...person() })).body["error"]).toBe("mesh_not_found");
      expect((await post({ invite_token: token, ...person() })).body["error"]).toBe("mesh_not_found");
    });

    test("[INV-7] more than 30 failures a minute from one address are 429, and other addresses are served", async () => {
      for (let n = 0; n < 30; n++) expect((await post("{")).status).toBe(400);
      const { joinSecret } = await invite();
      expect(await post({ join_secret: joinSecret, ...person() })).toMatchObject({
        status: 429,
        retryAfterSeconds: expect.any(Number),
      });
      expect((await post({ join_secret: joinSecret, ...person() }, "10.2.0.1")).status).toBe(200);
      world.clock.advance(60_000);
      expect((await post("{")).status).toBe(400);
    });

    test("[INV-7] the database down is 503, and no failure of the caller", async () => {
      const down = async (): Promise<never> => {
        throw new StoreUnavailableError("down");
      };
      const failing = await openBoardWorld({ wrapStore: (store) => withMethods(store, { findInvite: down }) });
      for (let n = 0; n < 31; n++) {
        const answer = await failing.joinDesk.handle({
          body: JSON.stringify({ join_secret: "a".repeat(64), ...person() }),
          address,
        });
        expect(answer).toMatchObject({ status: 503, body: { ok: false, error: "storage_unavailable" } });
      }
      await failing.close();
    });
  });
});
