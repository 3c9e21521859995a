/**
 * Golden answers [DET-4]: one file a command and outcome, compared byte for byte. Written only when asked for by
 * `PARL_UPDATE_GOLDEN=1`, and never in CI.
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const goldenFolder = fileURLToPath(new URL("../golden", import.meta.url));

const { PARL_UPDATE_GOLDEN: asked, CI: ci } = process.env;

/** Whether golden files may be written: only by the explicit wish of a person at work. */
export function mayWriteGolden(
  environment: { readonly asked: string | undefined; readonly ci: string | undefined } = { asked, ci },
): boolean {
  return (
    environment.asked === "1" && (environment.ci === undefined || environment.ci === "" || environment.ci === "false")
  );
}

/** `state-get.success.json` for one envelope, `.ndjson` for the lines of a stream, `.txt` for text. */
export function goldenFile(name: string, kind: "envelope" | "stream" | "text"): string {
  return `${name}.${{ envelope: "json", stream: "ndjson", text: "txt" }[kind]}`;
}

/** What the file has, undefined when there is none; writes `text` instead where that is allowed. */
export function readOrWriteGolden(file: string, text: string): string | undefined {
  const path = `${goldenFolder}/${file}`;
  if (mayWriteGolden()) {
    mkdirSync(goldenFolder, { recursive: true });
    writeFileSync(path, text);
    return text;
  }
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Names of all golden files. */
export function listGoldenFiles(): string[] {
  return readdirSync(goldenFolder).toSorted();
}
