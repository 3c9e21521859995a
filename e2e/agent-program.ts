import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Path of an agent program: from the variable, else from PATH (`npm run test:e2e` puts the installed ones there). `undefined`
 * when it is in neither; then its tests are skipped, and the reason is printed.
 */
export function agentProgram(variable: string, name: string): string | undefined {
  const given = process.env[variable];
  if (given !== undefined && given !== "") return given;
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  console.warn(`'${name}' is not installed: run \`npm run test:e2e\`, or name it with ${variable}`);
  return undefined;
}
