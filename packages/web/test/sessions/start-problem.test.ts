import { RemoteRequestError } from "@parlatory/client";
import { expect, test } from "vitest";
import { emptyDraft, readDraft } from "../../src/sessions/starting/new-session-draft.ts";
import { problemIn, problemOf } from "../../src/sessions/starting/start-problem.ts";

const refused = (message: string, code = "invalid_field", details?: Record<string, unknown>) =>
  problemOf(new RemoteRequestError(code, message, { details }));

test("[PROMPT-6] [RES-1] what the server refuses is shown at the field it is about", () => {
  expect(refused("Directory does not exist: /x").field).toBe("directory");
  expect(refused("Not a git repository: /x").field).toBe("directory");
  expect(refused("Unknown agent: x").field).toBe("agent");
  expect(refused("Branch already exists: x").field).toBe("worktreeName");
  expect(refused("Worktree directory already exists: /x").field).toBe("worktreeName");
  expect(refused("Prompt queue is full", "queue_full").field).toBeUndefined();
  expect(refused("outside of the roots", "not_allowed").field).toBe("directory");
});

test("[RES-1] [RES-2] a free name, what git said and what was kept are told", () => {
  const details = { suggestion: "shop-2", stderr: "fatal: no\n", kept: true };
  expect(refused("Branch already exists: shop", "worktree_session_error", details)).toEqual({
    field: "worktreeName",
    message: "Branch already exists: shop",
    suggestion: "shop-2",
    output: "fatal: no",
    isKept: true,
  });
});

test("what is missing is told without asking", () => {
  const draft = { ...emptyDraft, text: "go" };
  expect(problemIn(draft)).toBeUndefined();
  expect(problemIn({ ...draft, directory: "~/shop" })).toBeUndefined();
  expect(problemIn({ ...draft, directory: "shop" })?.field).toBe("directory");
  expect(problemIn({ ...draft, text: "  " })?.field).toBe("text");
  expect(problemIn({ ...draft, isWorktree: true })?.field).toBe("directory");
  expect(problemIn({ ...draft, isWorktree: true, directory: "/x" })?.field).toBe("worktreeName");
});

test("a draft that cannot be read is an empty one", () => {
  const storage = { getItem: () => "{not json" } as unknown as Storage;
  expect(readDraft(storage)).toEqual(emptyDraft);
});
