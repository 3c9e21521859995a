/**
 * Worktrees for sessions ([RES-1], [RES-2]). It knows git and directories; what a worktree is made for is done by whoever asked,
 * while the desk can still take it back. States of one: checked → added → occupied; or, after a failure, undone or kept.
 */
import { lstat, realpath, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { RemoteError } from "@parlatory/protocol/remote";
import type { PathPolicy } from "../../path-policy.ts";
import type { Log } from "../../ports.ts";
import type { Git, GitResult } from "./git.ts";
import { AGENT_FAILURES, WorktreeError, type WorktreeErrorDetails } from "./worktree-error.ts";
import { cleanWorktreeName, numberedWorktreeName } from "./worktree-name.ts";

export interface WorktreeDeskOptions {
  readonly git: Git;
  readonly paths: PathPolicy;
  readonly log: Log;
}

export interface Worktree {
  readonly path: string;
  readonly branchName: string;
}

interface Plan extends Worktree {
  /** Top of the working tree it is added to. */
  readonly repository: string;
  /** The commit it begins at. */
  readonly base: string;
}

const MAX_SUGGESTIONS = 1_000;
const MAX_WAITING = 100;

export class WorktreeDesk {
  readonly #options: WorktreeDeskOptions;
  /** One after another: two requests must not find one name free. */
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(options: WorktreeDeskOptions) {
    this.#options = options;
  }

  /**
   * Makes a worktree and hands it to `occupy`, which allocates and stores the session and starts what is to run there. When that
   * rejects, the worktree is taken back.
   * @throws WorktreeError
   */
  create<Result>(
    request: { sessionName: string | undefined; parentDirectory: string | undefined },
    occupy: (worktree: Worktree) => Promise<Result>,
  ): Promise<Result> {
    if (this.#waiting >= MAX_WAITING) {
      return Promise.reject(new WorktreeError("internal_failed", "Too many worktrees are being made"));
    }
    this.#waiting++;
    const made = this.#last
      .then(() => this.#create(request, occupy))
      .catch((cause: unknown) => {
        throw cause instanceof WorktreeError
          ? cause
          : new WorktreeError("internal_failed", "Failed to create the worktree", { cause });
      })
      .finally(() => this.#waiting--);
    this.#last = made.catch(() => undefined);
    return made;
  }

  async #create<Result>(
    request: { sessionName: string | undefined; parentDirectory: string | undefined },
    occupy: (worktree: Worktree) => Promise<Result>,
  ): Promise<Result> {
    const plan = await this.#check(request);
    await this.#add(plan);
    try {
      return await occupy({ path: plan.path, branchName: plan.branchName });
    } catch (cause) {
      const kept = await this.#undo(plan);
      const isAgents = cause instanceof RemoteError && AGENT_FAILURES.has(cause.code);
      const message = cause instanceof RemoteError ? cause.message : "Failed to start a session in the worktree";
      const details = { step: "session", branchName: plan.branchName, ...(kept ? { kept } : {}) };
      throw new WorktreeError(isAgents ? "agent_failed" : "internal_failed", message, { details, cause });
    }
  }

  /** In the contract's order ([RES-1]). */
  async #check({
    sessionName,
    parentDirectory,
  }: {
    sessionName: string | undefined;
    parentDirectory: string | undefined;
  }): Promise<Plan> {
    if (sessionName === undefined || sessionName.trim() === "") throw invalid("session_name required");
    if (parentDirectory === undefined || parentDirectory.trim() === "") throw invalid("parent_directory required");
    const parent = await this.#resolve(parentDirectory);
    if (!(await isDirectory(parent))) throw invalid(`Directory does not exist: ${parentDirectory}`);
    const repository = await this.#repositoryOf(parent, parentDirectory);
    const branchName = cleanWorktreeName(sessionName);
    if (branchName === "") throw invalid(`Invalid session name: ${sessionName}`);
    const path = await this.#resolve(siblingOf(repository, branchName));
    if (await exists(path)) throw invalid(`Worktree directory already exists: ${path}`, { branchName });
    if (await this.#hasBranch(repository, branchName)) {
      const suggestion = await this.#suggest(repository, branchName);
      throw invalid(`Branch already exists: ${branchName}`, { branchName, suggestion });
    }
    const head = await this.#git("rev_parse", repository, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], {
      branchName,
    });
    return { path, branchName, repository, base: head.stdout.trim() };
  }

  async #resolve(path: string): Promise<string> {
    try {
      return await this.#options.paths.resolve(path);
    } catch (cause) {
      if (cause instanceof RemoteError) throw new WorktreeError("validation_failed", cause.message, { cause });
      throw cause;
    }
  }

  /** The top of the working tree that `parent` is in, by the path that the client knows where it is one. */
  async #repositoryOf(parent: string, asked: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.#run("rev_parse", parent, ["rev-parse", "--show-toplevel"], {});
    const top = stdout.replace(/\n$/, "");
    if (exitCode !== 0 || top === "") throw invalid(`Not a git repository: ${asked}`, { stderr });
    return (await realpath(parent)) === (await realpath(top)) ? parent : top;
  }

  async #hasBranch(repository: string, name: string): Promise<boolean> {
    const words = ["show-ref", "--verify", "--quiet", `refs/heads/${name}`];
    return (await this.#run("show_ref", repository, words, { branchName: name })).exitCode === 0;
  }

  async #suggest(repository: string, taken: string): Promise<string | undefined> {
    for (let n = 2; n <= MAX_SUGGESTIONS; n++) {
      const name = numberedWorktreeName(taken, n);
      if (!(await exists(siblingOf(repository, name))) && !(await this.#hasBranch(repository, name))) return name;
    }
    return undefined;
  }

  async #add(plan: Plan): Promise<void> {
    const { repository, branchName, path, base } = plan;
    try {
      await this.#git("worktree_add", repository, ["worktree", "add", "-b", branchName, path, base], { branchName });
    } catch (cause) {
      // It may have made the branch, or failed in a hook with everything made.
      const kept = await this.#undo(plan);
      if (!kept || !(cause instanceof WorktreeError)) throw cause;
      throw new WorktreeError(cause.errorType, cause.message, { details: { ...cause.details, kept }, cause });
    }
  }

  /** True when it holds work and stays ([RES-2]). */
  async #undo(plan: Plan): Promise<true | undefined> {
    const { repository, branchName, path, base } = plan;
    try {
      if (await this.#holdsWork(plan)) return true;
      if (await exists(path)) {
        // Without `--force`: git refuses too when there is something in it by now.
        await this.#git("worktree_remove", repository, ["worktree", "remove", path], { branchName });
      }
      if (await this.#hasBranch(repository, branchName)) {
        // Only while it still is where it began.
        await this.#git("update_ref", repository, ["update-ref", "-d", `refs/heads/${branchName}`, base], {
          branchName,
        });
        await this.#run("config", repository, ["config", "--remove-section", `branch.${branchName}`], { branchName });
      }
      return undefined;
    } catch (cause) {
      this.#options.log.warn("a worktree could not be taken back", { path, reason: String(cause) });
      return (await exists(path)) ? true : undefined;
    }
  }

  async #holdsWork({ path, base, branchName, repository }: Plan): Promise<boolean> {
    if (await this.#hasBranch(repository, branchName)) {
      const tip = await this.#git("rev_parse", repository, ["rev-parse", "--verify", `refs/heads/${branchName}`], {});
      if (tip.stdout.trim() !== base) return true;
    }
    if (!(await exists(path))) return false;
    // An empty folder, where git did not get any further.
    const wasEmpty = await rmdir(path).then(
      () => true,
      () => false,
    );
    if (wasEmpty) return false;
    const status = await this.#git("status", path, ["status", "--porcelain", "--untracked-files=all"], {});
    if (status.stdout !== "") return true;
    const head = await this.#git("rev_parse", path, ["rev-parse", "--verify", "HEAD"], {});
    return head.stdout.trim() !== base;
  }

  async #git(
    step: string,
    directory: string,
    words: readonly string[],
    details: WorktreeErrorDetails,
  ): Promise<GitResult> {
    const result = await this.#run(step, directory, words, details);
    if (result.exitCode === 0) return result;
    throw new WorktreeError("git_failed", `git ${words[0]} failed in ${directory} with exit code ${result.exitCode}`, {
      details: { ...details, step, stderr: result.stderr },
    });
  }

  async #run(
    step: string,
    directory: string,
    words: readonly string[],
    details: WorktreeErrorDetails,
  ): Promise<GitResult> {
    try {
      return await this.#options.git(directory, words);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new WorktreeError("git_failed", `git could not be run: ${reason}`, {
        details: { ...details, step },
        cause,
      });
    }
  }
}

function invalid(message: string, details?: WorktreeErrorDetails): WorktreeError {
  return new WorktreeError("validation_failed", message, { details });
}

function siblingOf(repository: string, name: string): string {
  return join(dirname(repository), `${basename(repository)}-${name}`);
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** Also what is only a link. */
async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
