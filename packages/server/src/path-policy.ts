/**
 * Which paths of clients are taken ([NAME-7]): absolute ones, `~` meaning the server user's home, inside the configured
 * roots where there are any. Answers with normalised paths; says nothing about whether a directory exists.
 */
import { readlink, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve, sep } from "node:path";
import { RemoteError } from "@parlatory/protocol/remote";

export interface PathPolicy {
  /** @throws RemoteError `Path must be absolute: <path>`, `Directory not allowed: <path>` */
  resolve(path: string): Promise<string>;
}

/** As many as the system itself follows. */
const MAX_LINKS = 40;

/** `roots`: absolute; empty means everything is allowed. */
export function createPathPolicy(options: { readonly home: string; readonly roots: readonly string[] }): PathPolicy {
  const { home, roots } = options;
  return {
    resolve: async (path) => {
      const expanded = path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : path;
      if (!isAbsolute(expanded) || expanded.includes("\0")) {
        throw new RemoteError("invalid_field", `Path must be absolute: ${path}`);
      }
      const normalised = resolve(expanded);
      if (roots.length === 0) return normalised;
      const real = await realPathOf(normalised);
      for (const root of roots) {
        const realRoot = await realPathOf(root);
        if (real !== undefined && realRoot !== undefined && isInside(real, realRoot)) return normalised;
      }
      throw new RemoteError("not_allowed", `Directory not allowed: ${path}`);
    },
  };
}

/**
 * The real path of the longest part that exists, with the rest behind it. A link that leads to what does not exist (yet) is
 * followed too. Undefined when the system cannot tell: a circle of links, a folder that may not be read.
 */
async function realPathOf(path: string, links = 0): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (thrown) {
    const parent = dirname(path);
    const { code } = thrown as NodeJS.ErrnoException;
    if (parent === path || (code !== "ENOENT" && code !== "ENOTDIR")) return undefined;
    const realParent = await realPathOf(parent, links);
    if (realParent === undefined) return undefined;
    const target = await readlink(path).catch(() => undefined);
    if (target === undefined) return join(realParent, basename(path));
    return links < MAX_LINKS ? realPathOf(resolve(realParent, target), links + 1) : undefined;
  }
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}
