// The commands shown in docs/harness.md, run for real: without options it rewrites their output in the page, with --check
// it fails when the page shows something else.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./checkout.ts";

const page = "docs/harness.md";
const block = /```console\n([\s\S]*?)```/g;

/** The page with the output of every `$ command` as it is now; the commands share one directory, in their order. */
export function withRealOutput(text: string): string {
  const place = realpathSync(mkdtempSync(join(tmpdir(), "parl-guide-")));
  try {
    mkdirSync(join(place, "bin"));
    mkdirSync(join(place, "work"));
    symlinkSync(join(root, "packages/cli/bin/parl.mjs"), join(place, "bin/parl"));
    symlinkSync(process.execPath, join(place, "bin/node"));
    const env = {
      PATH: `${join(place, "bin")}:${process.env["PATH"] ?? ""}`,
      HOME: place,
      PARL_CLOCK: "2026-01-02T03:04:05Z",
      PARL_SEED_IDS: "guide",
    };
    return text.replaceAll(block, (_whole, body: string) => {
      const commands = body.split("\n").filter((line) => line.startsWith("$ "));
      const shown = commands.map((line) => {
        const { stdout } = spawnSync("sh", ["-c", line.slice(2)], { cwd: join(place, "work"), env, encoding: "utf8" });
        return `${line}\n${stdout}`;
      });
      return `\`\`\`console\n${shown.join("")}\`\`\``;
    });
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = join(root, page);
  const text = readFileSync(file, "utf8");
  const real = withRealOutput(text);
  if (real !== text && process.argv.includes("--check")) {
    process.stderr.write(`${page} shows other output than there is; run \`node scripts/guide-examples.ts\`\n`);
    process.exitCode = 1;
  } else if (real !== text) {
    writeFileSync(file, real);
    process.stdout.write(`wrote ${page}\n`);
  }
}
