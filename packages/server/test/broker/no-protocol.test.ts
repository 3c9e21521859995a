import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MeshWorld, plainText } from "../support/mesh-world.ts";
import type { RawFrame } from "../support/raw-client.ts";

let world: MeshWorld;
beforeEach(async () => {
  world = await MeshWorld.open({ meshes: [{ members: ["ada", "grace", "alan"] }] });
});
afterEach(() => world.end());

test("[MODEL-1] roles of sessions and groups change nothing: everybody may send, everybody gets it, whatever they are called", async () => {
  const roles = ["lead", "member", "observer", "admin", "silent"];
  const guests = await Promise.all(
    roles.map((role, n) =>
      world.join(["ada", "grace", "alan"][n % 3] ?? "", { role, groups: [{ name: "team", role }] }),
    ),
  );
  for (const [n, guest] of guests.entries()) {
    const ack = await guest.send("@team", plainText(`from ${roles[n]}`));
    expect(ack).toMatchObject({ queued: true, recipients: 4, outcome: { offering: 4 } });
  }
  for (const guest of guests) expect(await guest.waitForPushes(4)).toHaveLength(4);
  // Nobody's role is theirs alone, and none gives a right over another's memory.
  const [lead, member, observer] = guests;
  expect(await observer?.client.request({ type: "join_group", name: "team", role: "lead" })).toMatchObject({
    type: "ok",
  });
  const stored = await member?.client.request({ type: "remember", content: "written by a member" });
  const forget = (guest: typeof lead): Promise<RawFrame> | undefined =>
    guest?.client.request({ type: "forget", memoryId: stored?.["id"] });
  expect(await forget(observer)).toMatchObject({ code: "forbidden" });
});

test("[MODEL-1] turns, votes and delegations are text to the broker: subtypes pass as they are, in any order", async () => {
  const ada = await world.join("ada");
  const grace = await world.join("grace");
  const subtypes = ["vote", "delegate", "turn_end", "turn_begin", "vote", "result"];
  for (const subtype of subtypes) {
    expect(await ada.send(grace, { subtype, replyTo: "nobodysmessage00" })).toMatchObject({ queued: true });
  }
  expect((await grace.waitForPushes(subtypes.length)).map((push) => push["subtype"])).toEqual(subtypes);
});

test("[MODEL-1] the broker starts no program; what runs agents and commands are rooms of the remote, which the mesh cannot reach", () => {
  const folder = fileURLToPath(new URL("../../src/", import.meta.url));
  const files = globSync("**/*.ts", { cwd: folder });
  expect(files.length).toBeGreaterThan(100);
  const starters = files.filter((file) => /child_process|node:cluster/.test(readFileSync(folder + file, "utf8")));
  expect(starters.map((file) => file.split("/")[0])).toEqual(
    starters.map(() => expect.stringMatching(/^(?:sessions|commands)$/)),
  );
  const ofMesh = files.filter((file) => file.startsWith("mesh/"));
  expect(ofMesh.length).toBeGreaterThan(20);
  expect(ofMesh.filter((file) => /\.\.\/(?:sessions|commands)\//.test(readFileSync(folder + file, "utf8")))).toEqual(
    [],
  );
});
