import { RemoteRequestError } from "@parlatory/client";
import { describeFailure } from "../../remote/describe-failure.ts";

/** Why a session was not started, and at which field that is mended. */
export interface StartProblem {
  readonly field: "directory" | "agent" | "text" | "worktreeName" | undefined;
  readonly message: string;
  /** A name that is free. */
  readonly suggestion?: string | undefined;
  /** What the program behind it said. */
  readonly output?: string | undefined;
  /** Something was made, holds work, and was left where it is ([RES-2]). */
  readonly isKept?: boolean | undefined;
}

/** What of a draft can be wrong. */
export interface StartFields {
  readonly directory: string;
  readonly text: string;
  readonly isWorktree: boolean;
  readonly worktreeName: string;
}

const fields: readonly (readonly [RegExp, NonNullable<StartProblem["field"]>])[] = [
  [/^(Directory does not exist|Not a git repository|parent_directory|working_directory|Path )/, "directory"],
  [/^(Unknown agent|Agent |agent )/, "agent"],
  [/^text /, "text"],
  [/^(Branch already exists|Worktree directory already exists|Invalid session name|session_name)/, "worktreeName"],
];

export function problemOf(error: unknown): StartProblem {
  if (!(error instanceof RemoteRequestError)) return { field: undefined, message: describeFailure(error) };
  const { message, code, details = {} } = error;
  const { suggestion, stderr, kept } = details;
  const byText = fields.find(([pattern]) => pattern.test(message))?.[1];
  return {
    field: byText ?? (code === "not_allowed" ? "directory" : code === "agent_unavailable" ? "agent" : undefined),
    message: describeFailure(error),
    ...(typeof suggestion === "string" ? { suggestion } : {}),
    ...(typeof stderr === "string" && stderr.trim() !== "" ? { output: stderr.trim() } : {}),
    ...(kept === true ? { isKept: true } : {}),
  };
}

/** What can be told without asking. */
export function problemIn(draft: StartFields): StartProblem | undefined {
  const directory = draft.directory.trim();
  if (directory !== "" && !/^(\/|~(\/|$))/.test(directory)) {
    return { field: "directory", message: "Give the whole path, like /home/anna/shop" };
  }
  if (draft.text.trim() === "") return { field: "text", message: "Say what the agent is to do" };
  if (draft.isWorktree && directory === "") return { field: "directory", message: "Choose the repository" };
  if (draft.isWorktree && draft.worktreeName.trim() === "") {
    return { field: "worktreeName", message: "Give it a name; the branch is called by it" };
  }
  return undefined;
}
