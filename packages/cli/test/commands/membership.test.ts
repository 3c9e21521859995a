import { readFileSync, statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseInviteLink, parseInviteToken } from "@parlatory/protocol";
import { MeshHome, errorOf } from "./support/mesh-home.ts";

const home = new MeshHome();
/** Another machine, so to speak. */
const guest = new MeshHome();
let url = "";

beforeAll(async () => {
  url = String((await home.json(["up"]))["url"]);
});
afterAll(async () => {
  await Promise.all([home.remove(), guest.remove()]);
});

describe("meshes", () => {
  test("[CLI-12] mesh create makes keys here, registers the public one and joins as admin", async () => {
    const created = await home.json(["mesh", "create", "crew", "--name", "The crew"]);

    expect(created).toMatchObject({ exit_code: 0, slug: "crew", name: "The crew" });
    const { meshes, owned } = home.config();
    const joined = meshes.find(({ slug }) => slug === "crew");
    expect(owned.find(({ slug }) => slug === "crew")).toMatchObject({
      meshId: created["mesh_id"],
      ownerPubkey: created["owner_pubkey"],
      rootKey: joined?.["rootKey"],
    });
    expect(await home.json(["mesh", "members", "crew"])).toMatchObject({
      members: [{ id: joined?.["memberId"], role: "admin" }],
    });
    expect(JSON.stringify(created)).not.toContain(joined?.["secretKey"]);
    expect(await home.json(["mesh", "list"])).toMatchObject({
      meshes: [
        { slug: "local", joined: true, owned: true },
        { slug: "crew", joined: true, owned: true },
      ],
    });
    expect((await home.run(["mesh", "list"])).stdout).toMatch(/SLUG +NAME +JOINED +OWNED +SERVER +ID\n/);
  });

  test("[CLI-12] a slug that is taken or ill-formed is refused by its kind, and the config stays as it was", async () => {
    const before = home.config();

    await home.failure(["mesh", "create", "local"], "slug_taken");
    await home.failure(["mesh", "create", "Not a slug"], "bad_request");
    await guest.failure(["mesh", "create", "other", "--url", url], "unauthorized");
    await guest.failure(["mesh", "create", "other", "--url", "nowhere"], "bad_request");
    await home.failure(["mesh", "create", "other", "--url", "http://127.0.0.1:9"], "server_unreachable");
    const text = await home.run(["mesh", "create", "local"]);

    expect(text).toMatchObject({ status: 1, stdout: "" });
    expect(text.stderr).toMatch(/^parl: .+\nhint: choose another slug\n$/);
    expect(home.config()).toEqual(before);
  });

  test("[CLI-12] [POL-1] mesh policy shows policies, sets them with the owner key, and refuses bad ones as a whole", async () => {
    expect(await home.json(["mesh", "policy", "crew"])).toMatchObject({
      changed: [],
      policies: { maxPeers: 100, messageLog: false },
    });
    expect(
      await home.json(["mesh", "policy", "crew", "maxPeers=7", "allowPlaintextGroups=auto", "messageLog=true"]),
    ).toMatchObject({
      changed: ["maxPeers", "allowPlaintextGroups", "messageLog"],
      policies: { maxPeers: 7, messageLog: true },
    });
    await home.failure(["mesh", "policy", "crew", "maxPeers=9", "workingTtlSeconds=1"], "bad_request");
    await home.failure(["mesh", "policy", "crew", "nonsense=1"], "bad_request");
    await home.failure(["mesh", "policy", "crew", "maxPeers"], "bad_request");
    await home.failure(["mesh", "policy", "nosuch"], "mesh_not_found");

    expect((await home.run(["mesh", "policy", "crew"])).stdout).toMatch(/^maxPeers +7$/m);
  });

  test("[CLI-13] mesh seed makes members for load tests and one private file", async () => {
    const out = home.path("seed.json");

    expect(await home.json(["mesh", "seed", "--members", "150", "--out", out])).toMatchObject({
      members: 150,
      max_peers: 150,
      path: out,
    });

    expect(statSync(out).mode & 0o777).toBe(0o600);
    const seed = JSON.parse(readFileSync(out, "utf8")) as {
      [key: string]: unknown;
      members: object[];
      inviteLink: string;
      slug: string;
    };
    expect(Object.keys(seed)).toEqual(["url", "meshId", "slug", "members", "inviteLink", "rootKey"]);
    expect(seed.members).toHaveLength(150);
    expect(seed.members[0]).toEqual({
      memberId: expect.any(String) as string,
      pubkey: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      secretKey: expect.stringMatching(/^[0-9a-f]{128}$/) as string,
    });
    expect(await home.json(["mesh", "policy", seed.slug])).toMatchObject({
      policies: { rateMessagesPerMinute: 0, maxPeers: 150 },
    });
    expect(home.config().owned.map(({ slug }) => slug)).not.toContain(seed.slug);
    expect(errorOf(await home.failure(["mesh", "seed", "--out", out], "parse"))["message"]).toContain("--members");
  });
});

describe("invites", () => {
  test("[CLI-14] [CLI-9] [INV-3] an invite is made, shown before it is used, and joins another machine", async () => {
    const invite = await home.json(["invite", "create", "--mesh", "crew", "--max-uses", "2", "--expires", "12h"]);
    const link = String(invite["link"]);
    expect(invite).toMatchObject({ slug: "crew", role: "member", max_uses: 2 });
    expect(link).toMatch(new RegExp(`^${url}/join/[A-Za-z0-9_-]+$`));
    const owner = home.config().owned.find(({ slug }) => slug === "crew");

    const text = await guest.run(["join", "-", "--name", "Ada"], { input: `${link}\n` });
    expect(text).toMatchObject({ status: 0, stderr: "" });
    expect(text.stdout).toContain(
      `Mesh   crew\nServer ${url.replace("http", "ws")}/ws\nOwner  ${owner?.["ownerPubkey"]?.slice(0, 16)}…\nJoined 'crew' as member.`,
    );
    const key = guest.config().meshes[0]?.["pubkey"];

    const again = await guest.json(["join", link]);
    expect(again).toMatchObject({ slug: "crew", already_member: true, role: "member" });
    expect(guest.config().meshes).toMatchObject([{ pubkey: key, rootKey: owner?.["rootKey"] }]);
    expect(await home.json(["mesh", "members", "crew"])).toMatchObject({
      members: [{}, { display_name: "Ada", pubkey: key }],
    });
    expect(await home.json(["invite", "list", "--mesh", "crew"])).toMatchObject({
      mesh: "crew",
      invites: [{ id: invite["id"], used_count: 1, max_uses: 2, revoked_at: null }],
    });
    expect((await home.run(["invite", "list", "--mesh", "crew"])).stdout).toContain("1 of 2");
  });

  test("[CLI-14] [INV-7] a revoked invite joins nobody and stores nothing", async () => {
    const { id, link } = await home.json(["invite", "create", "--mesh", "local"]);

    expect(await home.json(["invite", "revoke", String(id), "--mesh", "local"])).toMatchObject({
      id,
      revoked_at: expect.any(String) as string,
    });

    await guest.failure(["join", String(link)], "invite_revoked");
    expect(guest.config().meshes.map(({ slug }) => slug)).toEqual(["crew"]);
    await home.failure(["invite", "revoke", "nosuchinvite", "--mesh", "local"], "invite_not_found");
  });

  test("[INV-3] an invite that is cut, changed or old is refused before any network use", async () => {
    const { link } = await home.json(["invite", "create", "--mesh", "local", "--role", "admin"]);
    const token = parseInviteLink(String(link)) ?? "";
    const parsed = parseInviteToken(token);
    const changed = parsed.ok ? { ...parsed.invite, broker_url: "ws://127.0.0.1:9/ws" } : {};
    const forged = Buffer.from(JSON.stringify(changed)).toString("base64url");

    const before = guest.config();

    await guest.failure(["join", "not a link"], "invite_malformed");
    await guest.failure(["join", token.slice(0, -9)], "invite_malformed");
    await guest.failure(["join", forged], "invite_bad_signature");
    await guest.failure(["join", token], "invite_expired", { env: { PARL_CLOCK: "2100-01-01T00:00:00Z" } });

    expect(guest.config()).toEqual(before);
  });

  test("[CLI-14] ends are spans up to 365d or dates, and only the owner can invite", async () => {
    for (const expires of ["0d", "366d", "soon", "2001-01-01"]) {
      await home.failure(["invite", "create", "--mesh", "local", "--expires", expires], "bad_request");
    }
    const made = await home.json(["invite", "create", "--mesh", "local", "--expires", "365d"], {
      env: { PARL_PUBLIC_URL: "https://mesh.example/x" },
    });
    expect(made["link"]).toMatch(/^https:\/\/mesh\.example\/join\//);
    expect(Number(made["expires_at"]) - Date.now() / 1_000).toBeCloseTo(365 * 86_400, -2);
    await guest.failure(["invite", "create"], "unauthorized");
    await guest.failure(["invite", "create", "--url", url], "forbidden", { env: { PARL_TOKEN: "t".repeat(43) } });
    await home.failure(["invite", "create"], "mesh_required");
  });
});

describe("membership on this machine", () => {
  test("[CLI-10] list shows ids, key prefix, server, time and the config's path", async () => {
    const [entry] = guest.config().meshes;

    const listed = await guest.json(["list"]);

    expect(listed).toMatchObject({
      meshes: [
        {
          slug: "crew",
          mesh_id: entry?.["meshId"],
          member_id: entry?.["memberId"],
          key_prefix: entry?.["pubkey"]?.slice(0, 16),
        },
      ],
      config_path: `${guest.home}/config.json`,
    });
    expect(JSON.stringify(listed)).not.toContain(entry?.["secretKey"]);
    expect((await guest.run(["list"])).stdout).toMatch(/^crew +crew +ws:/m);
  });

  test("[CLI-12] [INV-9] a revoked member is shut out and cannot come back", async () => {
    const { link } = await home.json(["invite", "create", "--mesh", "crew"]);
    const id = String(guest.config().meshes[0]?.["memberId"]);

    const revoked = await home.json(["mesh", "members", "crew", "--revoke", id]);

    expect(revoked).toMatchObject({
      revoked: id,
      members: [{ revoked_at: null }, { id, revoked_at: expect.any(String) as string }],
    });
    await guest.failure(["peers"], "revoked");
    await guest.failure(["join", String(link)], "member_revoked");
    expect(await guest.json(["status"])).toMatchObject({
      exit_code: 1,
      ok: false,
      meshes: [{ reachable: true, authenticated: false, problem: { kind: "revoked" } }],
    });
    await home.failure(["mesh", "members", "crew", "--revoke", "nosuchmember"], "member_not_found");
  });

  test("[CLI-10] leave removes a mesh here and only here", async () => {
    await guest.failure(["leave", "nosuch"], "mesh_not_found");
    expect((await guest.run(["leave", "nosuch"])).status).toBe(1);

    expect(await guest.json(["leave", "crew"])).toMatchObject({ slug: "crew", still_owned: false });
    expect(guest.config().meshes).toEqual([]);
    expect((await guest.run(["list"])).stdout).toContain("No mesh is joined.");
    await guest.failure(["peers"], "not_joined");
    expect(await home.json(["leave", "crew"])).toMatchObject({ still_owned: true });
    expect(home.config().owned.map(({ slug }) => slug)).toContain("crew");
  });
});
