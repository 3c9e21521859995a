// Builds the web app into the server's package, which serves it, and compresses what gains by it. Run by `npm ci`, so that
// a checkout serves it at once.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "vite";
import { root } from "./checkout.ts";

const smallestCompressed = 1_024;
const folder = join(root, "packages/server/web");

await build({ configFile: join(root, "packages/web/vite.config.ts"), logLevel: "warn" });
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (!entry.isFile() || !/\.(?:html|js|css|svg|webmanifest)$/.test(entry.name)) continue;
  const bytes = readFileSync(path);
  if (bytes.length < smallestCompressed) continue;
  writeFileSync(
    `${path}.br`,
    brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  );
}
