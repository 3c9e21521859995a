import { isSystemError } from "../harness/error.ts";

/** The symbolic errno of a failed system call; undefined for anything else that was thrown. */
export function systemErrno(thrown: unknown): string | undefined {
  return isSystemError(thrown) ? thrown.code : undefined;
}

const linkRefusals: ReadonlySet<string | undefined> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/** Whether this is how a file system says that it has no hard links. */
export function hasNoLinks(thrown: unknown): boolean {
  return linkRefusals.has(systemErrno(thrown));
}
