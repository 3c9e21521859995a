import { readFileSync } from "node:fs";
import { isSystemError } from "../harness/error.ts";

/** Where a build ships it, and where a checkout has it. */
const places = ["../../docs/SCHEMAS.md", "../../../../docs/SCHEMAS.md"];

/** The text of the docs/SCHEMAS.md that came with this program; undefined when it came without. */
export function readInstalledSchemasDoc(): string | undefined {
  for (const place of places) {
    try {
      return readFileSync(new URL(place, import.meta.url), "utf8");
    } catch (cause) {
      if (!isSystemError(cause) || cause.code !== "ENOENT") throw cause;
    }
  }
  return undefined;
}
