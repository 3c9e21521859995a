import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LaunchWorld, type LaunchUser } from "../launch/support/launch-world.ts";
import { parl } from "../launch/support/parl-process.ts";

let world: LaunchWorld;
let url: string;
const nowhere = "http://127.0.0.1:1";

beforeAll(async () => {
  world = await LaunchWorld.open([{ slug: "alpha", members: ["ada"] }]);
  const { brokerUrl } = world.mesh.entry("ada");
  url = brokerUrl.replace("ws:", "http:");
});
afterAll(() => world.end());

async function next({ home }: LaunchUser, at: string): Promise<Record<string, unknown>> {
  const end = await parl(["welcome", "--json"], { home, env: { PARL_URL: at, PARL_VALIDATE: "1" } });
  expect(end).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(end.stdout) as Record<string, unknown>;
}

test("[CLI-5] nothing runs and nothing is joined: up", async () => {
  expect(await next(world.user([]), nowhere)).toMatchObject({
    next: "parl up",
    server_running: false,
    registered: false,
    meshes: [],
  });
});

test("[CLI-5] the next steps are install, then join, then launch", async () => {
  const empty = world.user([]);
  expect(await next(empty, url)).toMatchObject({ next: "parl install", server_running: true });
  await parl(["install"], { home: empty.home });
  expect(await next(empty, url)).toMatchObject({ next: "parl join", registered: true });
  const member = world.user([["ada", 0]]);
  expect(await next(member, nowhere)).toMatchObject({ next: "parl install", server_running: null, meshes: ["alpha"] });
  await parl(["install", "--no-hooks"], { home: member.home });
  expect(await next(member, nowhere)).toMatchObject({ next: "parl launch" });
});

test.each(["{", "{}", "[]"])("[CLI-5] a config that is %s: doctor", async (text) => {
  const user = world.user([]);
  writeFileSync(join(user.home, "parl", "config.json"), text);
  expect(await next(user, nowhere)).toMatchObject({ next: "parl doctor" });
});

test("[CLI-5] parl alone is a usage error elsewhere than at a terminal, and points to welcome", async () => {
  const end = await parl([], { home: world.user([]).home });
  expect(end.code).toBe(2);
  expect(end.stderr).toContain("parl welcome");
});
