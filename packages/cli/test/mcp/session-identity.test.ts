import { parseGroupList } from "@parlatory/protocol";
import { expect, test } from "vitest";
import {
  readSessionIdentity,
  type IdentityDefaults,
  type IdentityEnvironment,
} from "../../src/mcp/session-identity.ts";

const nothing: IdentityEnvironment = {
  mesh: undefined,
  displayName: undefined,
  role: undefined,
  groups: undefined,
  messageMode: undefined,
  hookToken: undefined,
  stopChainMax: undefined,
  claudeCodeSessionId: undefined,
  claudeCodeMessagingSocket: undefined,
  claudeCodeMessagingToken: undefined,
};
const tools = { parseGroups: parseGroupList, randomText: () => "random-".padEnd(43, "r") };
const read = (env: Partial<IdentityEnvironment>, defaults: Partial<IdentityDefaults> = {}) =>
  readSessionIdentity({ ...nothing, ...env }, { meshes: [{ slug: "team", meshId: "mesh-0001" }], ...defaults }, tools);

test("[CLI-34] takes what launch put into the environment before what the config holds", () => {
  const config = { displayName: "config", role: "tester", groups: "ops", messageMode: "off" };
  expect(read({}, config)).toMatchObject({
    displayName: "config",
    role: "tester",
    groups: [{ name: "ops" }],
    mode: "off",
  });
  const launched = read(
    {
      mesh: "team",
      displayName: "Ada",
      role: "lead",
      groups: "a:lead, @b",
      messageMode: "inbox",
      hookToken: "h".repeat(32),
    },
    config,
  );
  expect(launched).toMatchObject({
    chosenMesh: "team",
    displayName: "Ada",
    role: "lead",
    groups: [{ name: "a", role: "lead" }, { name: "b" }],
    mode: "inbox",
    hookToken: "h".repeat(32),
    warnings: [],
  });
});

test("[CLI-34] warns about stale and unusable values and ignores them", () => {
  const identity = read({
    mesh: "left",
    groups: "ok,!bad",
    messageMode: "loud",
    hookToken: "short",
    stopChainMax: "many",
  });
  expect(identity).toMatchObject({ chosenMesh: undefined, groups: [], mode: "push", stopChainMax: 3 });
  expect(identity.hookToken).toMatch(/^[A-Za-z0-9_-]{32,128}$/);
  expect(identity.warnings).toHaveLength(4);
  expect(identity.warnings.join("\n")).not.toContain("short");
});

test("[CLI-34] the chosen mesh may be named by its id", () => {
  expect(read({ mesh: "mesh-0001" })).toMatchObject({ chosenMesh: "mesh-0001", warnings: [] });
});

test("[MCP-12] without the agent's session id takes a random one, and says that it is not known", () => {
  expect(read({})).toMatchObject({
    agentSessionId: tools.randomText(),
    agentSessionIsKnown: false,
    mode: "push",
    stopChainMax: 3,
  });
  expect(read({ claudeCodeSessionId: "s-1" })).toMatchObject({ agentSessionId: "s-1", agentSessionIsKnown: true });
  expect(read({ stopChainMax: "0" }).stopChainMax).toBe(0);
});
