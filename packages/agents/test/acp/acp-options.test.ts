import { expect, test } from "vitest";
import { modeChoice } from "../../src/acp/acp-options.ts";
import { acpRecord } from "../../src/acp/acp-record.ts";
import type { PermissionMode } from "../../src/capabilities.ts";

const codex = acpRecord({ protocolVersion: 1, agentInfo: { name: "codex-acp", version: "1" } }, "codex-acp");
const choiceOf = (mode: PermissionMode, currentModeId: string) => {
  const availableModes = ["read-only", "auto", "full-access"].map((id) => ({ id, name: id }));
  return modeChoice(mode, { modes: { currentModeId, availableModes } }, codex);
};
const setTo = (modeId: string) => ({ method: "session/set_mode", modeId });

test("[TURN-2] a mode is chosen by the agent's own name for it, and one it has not is engine_unsupported", () => {
  expect(choiceOf("plan", "auto")).toEqual(setTo("read-only"));
  expect(choiceOf("bypassPermissions", "auto")).toEqual(setTo("full-access"));
  expect(() => choiceOf("acceptEdits", "auto")).toThrow(expect.objectContaining({ kind: "engine_unsupported" }));
});

test("[TURN-2] the default mode asks for no more than the user's own setting allows", () => {
  expect(choiceOf("default", "full-access")).toEqual(setTo("auto"));
  expect(choiceOf("default", "auto")).toBeUndefined();
  expect(choiceOf("default", "read-only")).toBeUndefined();
});
