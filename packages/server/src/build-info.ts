import { readFileSync } from "node:fs";

export interface BuildInfo {
  version: string;
  /** `unknown` when the package was not made by the release build. */
  gitSha: string;
}

/** What this server is, from its package file, into which the release build writes the revision ([HTTP-6]). */
export function readBuildInfo(): BuildInfo {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version, gitSha } = JSON.parse(text) as { version: string; gitSha?: unknown };
  return { version, gitSha: typeof gitSha === "string" ? gitSha : "unknown" };
}
