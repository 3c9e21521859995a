/**
 * Cutting of structured content ([TRUNC-5]): by its string leaves, to one limit for all that is halved until the whole fits;
 * then whole leaves, the largest first, are named by their size. Keys, numbers and structure stay. What cannot fit even so,
 * made of keys and numbers alone, loses whole inputs and at last whole blocks: a frame never exceeds its budget.
 */
import { REMOTE_LIMITS, truncateMiddle, utf8Bytes, type RemoteMessageBlock } from "@parlatory/protocol/remote";

type Block = RemoteMessageBlock;

export interface CutBlocks {
  readonly blocks: readonly Block[];
  readonly isCut: boolean;
}

const LARGEST_LEAF_BYTES: number = REMOTE_LIMITS.messageTextBytes;
const SMALLEST_LEAF_BYTES = 256;

/** `fine`: the limit is then raised again as far as it goes, where a frame has to be filled and not only to fit. */
export function cutBlocks(blocks: readonly Block[], maxBytes: number, fine = false): CutBlocks {
  if (bytesOf(blocks) <= maxBytes) return { blocks, isCut: false };
  for (let limit = LARGEST_LEAF_BYTES; limit >= SMALLEST_LEAF_BYTES; limit = Math.floor(limit / 2)) {
    const cut = withLeaves(blocks, (leaf) => truncateMiddle(leaf, limit));
    if (bytesOf(cut) <= maxBytes) return { blocks: fine ? raiseLimit(blocks, cut, limit, maxBytes) : cut, isCut: true };
  }
  const omitted = omitLeaves(blocks, maxBytes);
  if (bytesOf(omitted) <= maxBytes) return { blocks: omitted, isCut: true };
  return { blocks: dropBlocks(omitInputs(omitted, maxBytes), maxBytes), isCut: true };
}

export function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function raiseLimit(
  blocks: readonly Block[],
  fits: readonly Block[],
  limit: number,
  maxBytes: number,
): readonly Block[] {
  let best = fits;
  let low = limit;
  let high = limit * 2;
  while (high - low > SMALLEST_LEAF_BYTES / 8) {
    const middle = Math.floor((low + high) / 2);
    const cut = withLeaves(blocks, (leaf) => truncateMiddle(leaf, middle));
    if (bytesOf(cut) <= maxBytes) {
      best = cut;
      low = middle;
    } else high = middle;
  }
  return best;
}

/** All leaves at the smallest limit, and the largest of them replaced, as few as will do. */
function omitLeaves(blocks: readonly Block[], maxBytes: number): readonly Block[] {
  const savings: { bytes: number; saved: number; index: number }[] = [];
  let leaves = 0;
  const smallest = withLeaves(blocks, (leaf) => {
    const bytes = utf8Bytes(leaf);
    const cut = truncateMiddle(leaf, SMALLEST_LEAF_BYTES);
    savings.push({ bytes, saved: bytesOf(cut) - bytesOf(omission(bytes)), index: leaves++ });
    return cut;
  });
  let excess = bytesOf(smallest) - maxBytes;
  const replaced = new Set<number>();
  for (const { saved, index } of savings.toSorted((a, b) => b.bytes - a.bytes || a.index - b.index)) {
    if (excess <= 0) break;
    if (saved <= 0) continue;
    excess -= saved;
    replaced.add(index);
  }
  leaves = 0;
  return withLeaves(blocks, (leaf) =>
    replaced.has(leaves++) ? omission(utf8Bytes(leaf)) : truncateMiddle(leaf, SMALLEST_LEAF_BYTES),
  );
}

function omission(bytes: number): string {
  return `[omitted ${bytes} bytes]`;
}

/** Inputs that are large without large strings, the largest first. */
function omitInputs(blocks: readonly Block[], maxBytes: number): readonly Block[] {
  const sizes = blocks
    .map((block, index) => ({ index, bytes: block.type === "tool_use" ? bytesOf(block.input) : 0 }))
    .toSorted((a, b) => b.bytes - a.bytes);
  const result = [...blocks];
  let excess = bytesOf(blocks) - maxBytes;
  for (const { index, bytes } of sizes) {
    const block = result[index];
    const saved = bytes - bytesOf(omission(bytes));
    if (excess <= 0 || saved <= 0 || block?.type !== "tool_use") break;
    result[index] = { ...block, input: omission(bytes) };
    excess -= saved;
  }
  return result;
}

/** As many blocks from the beginning as fit. */
function dropBlocks(blocks: readonly Block[], maxBytes: number): readonly Block[] {
  let bytes = 2;
  const kept: Block[] = [];
  for (const block of blocks) {
    bytes += bytesOf(block) + (kept.length === 0 ? 0 : 1);
    if (bytes > maxBytes) break;
    kept.push(block);
  }
  return kept;
}

/** The blocks with each string that is no key and no `type` replaced, in the order in which they are written. */
function withLeaves(blocks: readonly Block[], replace: (leaf: string) => string): Block[] {
  return blocks.map((block) => {
    const entries = Object.entries(block).map(([name, value]: [string, unknown]) => [
      name,
      name === "type" ? value : mapLeaves(value, replace),
    ]);
    return Object.fromEntries(entries) as Block;
  });
}

function mapLeaves(value: unknown, replace: (leaf: string) => string): unknown {
  if (typeof value === "string") return replace(value);
  if (Array.isArray(value)) return value.map((item: unknown) => mapLeaves(item, replace));
  if (typeof value !== "object" || value === null) return value;
  // From entries: a key such as `__proto__` is a key like any other.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => [key, mapLeaves(item, replace)]),
  );
}
