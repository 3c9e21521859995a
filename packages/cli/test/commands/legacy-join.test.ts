import { generateKeyPairSync, sign, verify, createPublicKey, type KeyObject } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { MeshHome } from "./support/mesh-home.ts";

const home = new MeshHome();
let url = "";
beforeAll(async () => {
  url = String((await home.json(["up"]))["url"]);
  await home.json(["mesh", "create", "crew"]);
});
afterAll(() => home.remove());

/** What `join` of claudemesh 0.3 makes of a link: the token behind `/join/`, decoded and checked. */
function readLink(link: string): { token: string; invite: Record<string, unknown> } {
  const token = /\/join\/([A-Za-z0-9_-]+)$/.exec(link)?.[1] ?? "";
  const invite = JSON.parse(Buffer.from(token, "base64url").toString("utf8")) as Record<string, unknown>;
  const signed = ["v", "mesh_id", "mesh_slug", "broker_url", "expires_at", "mesh_root_key", "role", "owner_pubkey"];
  const text = signed.map((field) => String(invite[field])).join("|");
  const owner = publicKeyOf(String(invite["owner_pubkey"]));
  if (!verify(null, Buffer.from(text), owner, Buffer.from(String(invite["signature"]), "hex"))) {
    throw new Error("the signature of the invite does not verify");
  }
  return { token, invite };
}

function publicKeyOf(hex: string): KeyObject {
  const key = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(hex, "hex")]);
  return createPublicKey({ key, format: "der", type: "spki" });
}

/** Says the hello of 0.3 to exactly this address; gives the first answer. */
async function hello(address: string, member: object, key: { hex: string; secret: KeyObject }): Promise<unknown> {
  const { meshId, memberId } = member as { meshId: string; memberId: string };
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const answer = new Promise<unknown>((resolve) => {
    socket.once("message", (data: Buffer) => resolve(JSON.parse(data.toString("utf8"))));
  });
  const timestamp = Date.now();
  const signature = sign(null, Buffer.from(`${meshId}|${memberId}|${key.hex}|${timestamp}`), key.secret).toString(
    "hex",
  );
  socket.send(JSON.stringify({ type: "hello", meshId, memberId, pubkey: key.hex, timestamp, signature }));
  const first = await answer;
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.close();
  await closed;
  return first;
}

test("[COMPAT-6] the join of 0.3 takes an invite of `parl invite create`: its root key, and its broker address with the path", async () => {
  const { link } = await home.json(["invite", "create", "--mesh", "crew"]);
  const { token, invite } = readLink(String(link));
  expect(String(link)).toMatch(new RegExp(`^${url}/join/`));
  expect(invite).toMatchObject({
    v: 1,
    mesh_slug: "crew",
    broker_url: `${url.replace("http", "ws")}/ws`,
    role: "member",
    expires_at: expect.any(Number) as number,
  });
  expect(Number(invite["expires_at"])).toBeGreaterThan(Date.now() / 1_000);
  // Not empty and of 32 bytes, as 0.3 expects it.
  expect(Buffer.from(String(invite["mesh_root_key"]), "base64url")).toHaveLength(32);
  expect(invite["mesh_root_key"]).toBe(home.config().owned.find(({ slug }) => slug === "crew")?.["rootKey"]);

  const pair = generateKeyPairSync("ed25519");
  const hex = pair.publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("hex");
  // 0.3 sends the whole token and what it decoded from it.
  const response = await fetch(`${new URL(String(invite["broker_url"]).replace(/^ws/, "http")).origin}/join`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ invite_token: token, invite_payload: invite, peer_pubkey: hex, display_name: "old" }),
  });
  const joined = (await response.json()) as { ok: boolean; memberId: string; meshId: string };
  expect([response.status, joined]).toMatchObject([200, { ok: true, meshId: invite["mesh_id"] }]);
  const address = String(invite["broker_url"]);
  expect(await hello(address, joined, { hex, secret: pair.privateKey })).toMatchObject({
    type: "hello_ack",
    memberDisplayName: "old",
    meshSlug: "crew",
  });
  expect((await home.json(["mesh", "members", "crew"]))["members"]).toContainEqual(
    expect.objectContaining({ id: joined.memberId, role: "member" }),
  );
});
