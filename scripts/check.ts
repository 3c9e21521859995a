// Everything that must hold before a change lands, except the tests themselves. All steps run even when an early
// one fails, so that one run shows everything; output of a step is shown only when it fails.
import { spawnSync } from "node:child_process";
import { root, toolPath } from "./checkout.ts";

const steps: readonly { name: string; command: readonly string[] }[] = [
  { name: "format", command: [toolPath("oxfmt"), "--check"] },
  { name: "lint", command: [toolPath("oxlint"), "--type-aware", "--deny-warnings"] },
  { name: "types", command: [toolPath("tsc"), "-b", "tsconfig.build.json", "tsconfig.json"] },
  { name: "layering", command: [toolPath("vitest"), "run", "--project=scripts", "scripts/test/layering.test.ts"] },
  { name: "rules", command: ["scripts/check-rules.ts"] },
  { name: "generated files", command: ["scripts/generate-schemas.ts", "--check"] },
  { name: "unused code", command: [toolPath("knip")] },
  { name: "packages", command: ["scripts/build-packages.ts"] },
];

const env = { ...process.env, NO_COLOR: "1" };
let failures = 0;
for (const { name, command } of steps) {
  const startedAt = performance.now();
  const { status, stdout, stderr, error } = spawnSync(process.execPath, command, { cwd: root, env, encoding: "utf8" });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const passed = status === 0;
  if (!passed) failures += 1;
  process.stdout.write(`${passed ? "ok  " : "FAIL"}  ${name} (${seconds} s)\n`);
  if (!passed) process.stdout.write(`${stdout}${stderr}${error === undefined ? "" : `${error.message}\n`}\n`);
}
if (failures > 0) {
  process.stdout.write(`${failures} of ${steps.length} checks failed; \`npm run fix\` mends format and simple lint\n`);
  process.exitCode = 1;
}
