/**
 * Puts a file into its place in one piece [SES-8]: after a crash or a failure at any step the old or the new one is there
 * whole, and after a failure no temporary file remains.
 * States: draft (open, written, synced) → placed → on disk.
 */
import { filesystemError } from "../harness/error.ts";
import type { FilePort } from "./file-port.ts";
import { hasNoLinks, systemErrno } from "./system-errno.ts";

export interface WholeFile {
  /** Absolute; it exists. */
  readonly directory: string;
  readonly name: string;
  /** Of the draft, in the same directory; nobody else uses it. */
  readonly temporaryName: string;
  readonly text: string;
  /** `create`: a file that is there already is an error, EEXIST, and stays as it is. */
  readonly mode: "replace" | "create";
  /** How errors name the file. */
  readonly shownPath: string;
  /** Called when all is ready and nothing is changed yet; what it throws ends the attempt. */
  readonly beforePlacing?: (() => void) | undefined;
}

/** A directory that cannot be synced as such: the rename is then as durable as that file system makes it. */
const syncRefusals: ReadonlySet<string | undefined> = new Set(["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EISDIR"]);

/** Mode 0600. Errors: `filesystem` with errno and the step as operation; what `beforePlacing` throws. */
export function writeWholeFile(files: FilePort, plan: WholeFile): void {
  const draft = `${plan.directory}/${plan.temporaryName}`;
  const target = `${plan.directory}/${plan.name}`;
  const step = createSteps(plan.shownPath);
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY } = files.constants;
  const opened: number[] = [];
  const close = (descriptor: number): void => {
    opened.splice(opened.indexOf(descriptor), 1);
    files.closeSync(descriptor);
  };
  let draftIsThere = false;
  try {
    const file = step("open", () => files.openSync(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
    draftIsThere = true;
    opened.push(file);
    step("write", () => files.writeFileSync(file, plan.text));
    step("fsync", () => files.fsyncSync(file));
    // Some network file systems report a full disk only here.
    step("write", () => close(file));
    // Before the change, so that a directory that cannot be opened leaves the old file in place.
    const directory = step("open", () => files.openSync(plan.directory, O_RDONLY));
    opened.push(directory);
    plan.beforePlacing?.();
    step("rename", () => {
      if (plan.mode === "replace") files.renameSync(draft, target);
      else place(files, draft, target);
    });
    draftIsThere = false;
    step("fsync", () => syncDirectory(files, directory));
    close(directory);
  } catch (thrown) {
    for (const descriptor of opened) quietly(() => files.closeSync(descriptor));
    if (draftIsThere) quietly(() => files.unlinkSync(draft));
    throw thrown;
  }
}

/** Like a rename that fails with EEXIST: a new link never takes the place of a file, and is whole from its first moment. */
function place(files: FilePort, draft: string, target: string): void {
  try {
    files.linkSync(draft, target);
  } catch (thrown) {
    if (!hasNoLinks(thrown)) throw thrown;
    if (isThere(files, target)) throw existsError(target);
    files.renameSync(draft, target);
    return;
  }
  quietly(() => files.unlinkSync(draft));
}

function isThere(files: FilePort, path: string): boolean {
  return files.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function existsError(path: string): Error {
  return Object.assign(new Error("the file exists"), { code: "EEXIST", syscall: "link", path });
}

/** Makes the entries of an open directory durable, where the file system can do that. */
export function syncDirectory(files: FilePort, directory: number): void {
  try {
    files.fsyncSync(directory);
  } catch (thrown) {
    if (!syncRefusals.has(systemErrno(thrown))) throw thrown;
  }
}

/** Runs what only tidies up: its failure must not hide what happened before. */
export function quietly(work: () => void): void {
  try {
    work();
  } catch {
    return;
  }
}

type Operation = "open" | "write" | "fsync" | "rename";

function createSteps(target: string): <Result>(operation: Operation, work: () => Result) => Result {
  return (operation, work) => {
    try {
      return work();
    } catch (cause) {
      throw filesystemError(cause, { target, operation });
    }
  };
}
