import { hash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { buildScript } from "./build-script.ts";
import type { ShellManifest } from "./src/offline/worker/shell-cache.ts";

const source = fileURLToPath(new URL("src/offline/worker/service-worker.ts", import.meta.url));

/** Builds the service worker beside the app, as `/sw.js`, with the names of all files of the app in it. */
export function serviceWorkerPlugin(): Plugin {
  let publicDir: string;
  return {
    name: "parlatory-service-worker",
    apply: "build",
    configResolved: (config) => {
      publicDir = config.publicDir;
    },
    generateBundle: {
      order: "post",
      async handler(_options, bundle) {
        const files = Object.values(bundle);
        const entry = files.find((file) => file.type === "chunk" && file.isEntry)?.fileName;
        if (entry === undefined) this.error("the app has no entry");
        const page = files.find(({ fileName }) => fileName === "index.html");
        if (page?.type !== "asset") this.error("the app has no document");
        const fixed = readdirSync(publicDir).toSorted();
        const hashed = files.map(({ fileName }) => fileName).filter((name) => name.startsWith("assets/"));
        const contents = [page.source, ...fixed.map((name) => readFileSync(join(publicDir, name)))];
        const manifest: ShellManifest = {
          version: hash("sha256", [...hashed, ...contents.map((each) => hash("sha256", each))].join()).slice(0, 16),
          entry: `/${entry}`,
          hashed: hashed.map((name) => `/${name}`),
          fixed: fixed.map((name) => `/${name}`),
        };
        this.emitFile({
          type: "asset",
          fileName: "sw.js",
          source: await buildScript(source, { shellManifest: JSON.stringify(manifest) }),
        });
      },
    },
  };
}
