/**
 * What differs from machine to machine or from run to run, and what the golden files have in its place [DET-4]. Nothing
 * is left out of an envelope: texts become `<NAME>`, with a number where several differ, and numbers become 0.
 */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";

export interface Placeholder {
  /** Why it differs. */
  readonly why: string;
  readonly pattern: RegExp;
  /** `$1` and the like as in `replace`; `#` becomes the number of the text among those that differ. */
  readonly replacement: string;
}

const checkout = fileURLToPath(new URL("../../../..", import.meta.url)).replace(/\/$/u, "");
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** PARL_CLOCK of every case, and what a real clock is shown as. */
export const goldenClock = "2026-01-02T03:04:05Z";

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/gu, "\\$&");

/** Applied in this order to the text of an answer. */
export const placeholders: readonly Placeholder[] = [
  {
    why: "version of this build",
    pattern: new RegExp(`(?<="version":")${escape(version)}(?=")`, "gu"),
    replacement: "<VERSION>",
  },
  {
    why: "version of this build",
    pattern: new RegExp(`(?<=\\b(?:parl|version) )${escape(version)}\\b`, "gu"),
    replacement: "<VERSION>",
  },
  { why: "the checkout", pattern: new RegExp(escape(checkout), "gu"), replacement: "<ROOT>" },
  {
    why: "version of the runtime",
    pattern: new RegExp(`\\bv?${escape(process.versions.node)}\\b`, "gu"),
    replacement: "<RUNTIME>",
  },
  {
    why: "the machine",
    pattern: new RegExp(`\\b${process.platform}-${process.arch}\\b`, "gu"),
    replacement: "<PLATFORM>",
  },
  { why: "the machine", pattern: new RegExp(`\\b${escape(hostname())}\\b`, "gu"), replacement: "<HOST>" },
  { why: "token of an invite", pattern: /(?<=\/join\/)[A-Za-z0-9_-]{40,}/gu, replacement: "<TOKEN>" },
  { why: "the operator's token", pattern: /(?<=#token=)[A-Za-z0-9_-]{43}/gu, replacement: "<TOKEN>" },
  { why: "a key that is made at random", pattern: /\b[0-9a-f]{64}\b/gu, replacement: "<KEY#>" },
  {
    why: "the beginning of such a key",
    pattern: /(?<="(?:key_prefix|owner_key_prefix)":")[0-9a-f]{16}/gu,
    replacement: "<KEY-PREFIX#>",
  },
  { why: "an id made by the server", pattern: /\b0[0-9a-z]{19}\b/gu, replacement: "<ID#>" },
  {
    why: "clock of the file system",
    pattern: /(?<="last_modified":")\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z/gu,
    replacement: "<TIME>",
  },
  { why: "clock of the server", pattern: /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/gu, replacement: "<TIME>" },
  { why: "a port the system chose", pattern: /(?<=\b127\.0\.0\.1:)\d{4,5}\b/gu, replacement: "<PORT>" },
  { why: "process ids", pattern: /(?<="pid":)\d+/gu, replacement: "0" },
  { why: "process ids", pattern: /(?<=\bprocess )\d+/gu, replacement: "0" },
  { why: "a measured time", pattern: /(?<="(?:latency_ms|age_ms)":)\d+/gu, replacement: "0" },
  { why: "a measured time", pattern: /\b\d+\.\d(?= s from the server's)/gu, replacement: "0.0" },
  { why: "an end counted from a clock", pattern: /(?<="expires_at":)\d+/gu, replacement: "0" },
  { why: "a size that depends on the database", pattern: /(?<="bytes":)\d+/gu, replacement: "0" },
  { why: "a rank computed by the database", pattern: /(?<="score":)\d+\.\d+/gu, replacement: "0" },
];

/** `literals`: texts of this run and what they are called; longer ones are replaced first. */
export function replaceByPlaceholders(text: string, literals: ReadonlyMap<string, string>): string {
  let result = text;
  for (const [literal, name] of [...literals].toSorted(([a], [b]) => b.length - a.length)) {
    result = result.replaceAll(literal, name);
  }
  for (const { pattern, replacement } of placeholders) {
    const seen: string[] = [];
    result = result.replaceAll(pattern, (found) => {
      if (!replacement.includes("#")) return replacement;
      if (!seen.includes(found)) seen.push(found);
      return replacement.replace("#", String(seen.indexOf(found) + 1));
    });
  }
  return result;
}

/** Of a report about the source tree: one line for the modules, whose names and sizes change with every file. */
export function withoutCounts(text: string): string {
  const lines = text
    .replaceAll(/\*\*(\d+)\/\1\*\*/gu, "**N/N**")
    .replaceAll(/\*\*\d+\*\*/gu, "**N**")
    .replaceAll(/^- `[^`]+` \(\d+ files\) — .+$/gmu, "- `<MODULE>` (N files) — <NOTE>")
    .replaceAll(/^\S+\t\d+\t.+$/gmu, "<MODULE>\tN\t<NOTE>")
    .split("\n");
  return lines.filter((line, index) => line === "" || line !== lines[index - 1]).join("\n");
}
