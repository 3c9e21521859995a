import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { encodeBase64Url } from "@parlatory/protocol";
import { openBoardWorld } from "../support/board-world.ts";
import { makeInvite, numberedKey } from "../support/keys.ts";

test("[INV-4] [INV-5] [OBS-2] tokens, root keys and join secrets are in no file, no log line and no answer", async () => {
  const world = await openBoardWorld();
  const mesh = await world.createMesh();
  const { token, joinSecret, tokenHash } = makeInvite(world.owner, { mesh_id: mesh.id });
  const expiresAt = world.clock.now() + 60_000;
  await world.invites.create({ meshId: mesh.id, tokenHash, role: "member", maxUses: 3, expiresAt }, "owner");
  const { secret } = await world.apiTokens.create({ meshId: mesh.id, name: "ci", scope: "read" }, "owner");
  const answers: unknown[] = [];
  for (const [n, proof] of [
    { invite_token: token },
    { join_secret: joinSecret },
    { invite_token: `${token}x` },
  ].entries()) {
    const body = JSON.stringify({ ...proof, peer_pubkey: numberedKey(n).pubkey, display_name: "n" });
    answers.push(await world.joinDesk.handle({ body, address: "10.0.0.1" }));
  }
  expect(answers).toMatchObject([{ status: 200 }, { status: 200 }, { status: 400 }]);
  await world.commit.drain();

  const files = readdirSync(world.folder).map((name) => readFileSync(join(world.folder, name), "latin1"));
  const seen = files.join("") + JSON.stringify(answers) + JSON.stringify(world.logLines);
  expect(seen).toContain(mesh.id);
  expect(seen).toContain(tokenHash);
  for (const hidden of [token, joinSecret, secret, encodeBase64Url(Buffer.alloc(32, 5))]) {
    expect(seen).not.toContain(hidden);
  }
  await world.close();
});
