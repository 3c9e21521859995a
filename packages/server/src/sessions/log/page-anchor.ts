import type { FileState } from "./log-reader.ts";
import type { FileAnchor } from "./read-page.ts";

export function anchorOf(state: FileState): FileAnchor {
  const { device, inode, offset, prefixHash, mtimeMs, repeatedOffsets, twins } = state;
  return { device, inode, offset, prefixHash, mtimeMs, repeatedOffsets, twins };
}
