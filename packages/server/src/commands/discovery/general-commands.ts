import type { OfferedCommand } from "./offered-command.ts";

const rows = [
  ["git.status", "Git Status", "Working tree state", ["status"]],
  ["git.diff", "Git Diff", "Changes not yet staged", ["diff"]],
  ["git.log", "Git Log", "The last 20 commits", ["log", "--oneline", "-20"]],
  ["git.branch", "Git Branch", "Local branches", ["branch"]],
  ["git.worktree.list", "Git Worktree List", "Working trees of this repository", ["worktree", "list"]],
  ["git.push", "Git Push", "Send the current branch to its remote", ["push"]],
] as const;

/** No pager, and nobody is asked for a password: not by git, its helpers, or ssh, which has no terminal either. */
const environment = {
  GIT_PAGER: "cat",
  PAGER: "cat",
  GIT_TERMINAL_PROMPT: "0",
  GIT_ASKPASS: "",
  SSH_ASKPASS: "",
  SSH_ASKPASS_REQUIRE: "never",
  GCM_INTERACTIVE: "never",
};

/** What can be run in any directory ([CMD-6]). `git`: the program, or its bare name where it was not found. */
export function generalCommands(git: string): OfferedCommand[] {
  return rows.map(([id, label, description, words]) => ({
    id,
    label,
    description,
    groups: [],
    programName: "git",
    program: git,
    arguments: words,
    environment,
  }));
}
