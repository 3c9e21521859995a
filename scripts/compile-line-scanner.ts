import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, toolPath } from "./checkout.ts";

const SOURCE = "packages/server/wasm/line-scanner.ts";
const LINE_CHARS = 110;

/** The scanner of session files, compiled, as a TypeScript module: it needs no file beside the program, wherever that is put. */
export function compileLineScanner(): string {
  const folder = mkdtempSync(join(tmpdir(), "parl-line-scanner-"));
  const target = join(folder, "line-scanner.wasm");
  try {
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        toolPath("asc"),
        SOURCE,
        ...["--outFile", target],
        ...["--enable", "simd", "--runtime", "stub", "--use", "abort=", "--initialMemory", "4"],
        ...["-O3", "--converge", "--noAssert"],
      ],
      { cwd: root, encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`compile ${SOURCE}: ${stderr}`);
    return moduleOf(readFileSync(target));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function moduleOf(wasm: Buffer): string {
  const lines = wasm.toString("base64").match(new RegExp(`.{1,${LINE_CHARS}}`, "g")) ?? [];
  const text = lines.map((line) => `  "${line}",`).join("\n");
  return `// Written by \`npm run generate\` from ${SOURCE}.

/** A WebAssembly module in base64. */
export const lineScannerWasm = [
${text}
].join("");
`;
}
