import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConfigError } from "../src/config.ts";
import { createConfiguredAgents } from "../src/configured-agents.ts";
import type { AgentConfig } from "../src/remote-config.ts";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "parl-configured-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const environment = { PATH: process.env["PATH"] };
const agentsOf = (agents: Record<string, AgentConfig>) =>
  createConfiguredAgents({ agents, environment, randomUuid: () => randomUUID() });

/** An agent of the protocol that loads sessions. */
function acpProgram(): string {
  const path = join(folder, "agent");
  const script = fileURLToPath(new URL("../../agents/test/support/fake-acp.ts", import.meta.url));
  writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' --no-warnings '${script}' "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

test("[AGENT-1] claude and echo are there without configuration, and an entry of their name takes their place", async () => {
  const names = (agents: Record<string, AgentConfig>) =>
    agentsOf(agents).then((all) => all.map(({ name, driver }) => [name, driver.id]));
  expect(await names({})).toEqual([
    ["claude", "claude"],
    ["echo", "echo"],
  ]);
  expect(await names({ claude: { driver: "echo", env: {} }, mine: { driver: "claude", env: {} } })).toEqual([
    ["claude", "echo"],
    ["echo", "echo"],
    ["mine", "claude"],
  ]);
});

test("[AGENT-14] what the configuration says of an agent's quirks counts, and a word that is none is refused by name", async () => {
  const acp = { driver: "acp", command: acpProgram(), env: {} } as const;
  const quirks = { load_is_broken: true, reject_ends_turn: true };
  const agents = await agentsOf({ plain: acp, odd: { ...acp, quirks } });
  const probed = Object.fromEntries(
    await Promise.all(
      agents.map(async ({ name, driver }) => [name, driver.id === "acp" ? await driver.probe() : null]),
    ),
  );
  expect(probed["plain"]).toMatchObject({ capabilities: { resume: "full", rejectEndsTurn: false } });
  expect(probed["odd"]).toMatchObject({ capabilities: { resume: "replayed", rejectEndsTurn: true } });
  await expect(agentsOf({ odd: { ...acp, quirks: { loadIsBroken: true } } })).rejects.toThrow(ConfigError);
  await expect(agentsOf({ odd: { ...acp, quirks: { loadIsBroken: true } } })).rejects.toThrow(/agents\.odd\.quirks/);
});
