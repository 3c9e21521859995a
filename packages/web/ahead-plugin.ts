import { hash } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { buildScript } from "./build-script.ts";

const source = fileURLToPath(new URL("src/remote/ahead/connect-ahead.ts", import.meta.url));

/** Builds the small script that connects before the app has come, and names it first in the document. */
export function aheadPlugin(): Plugin {
  let fileName: string;
  return {
    name: "parlatory-ahead",
    apply: "build",
    async buildStart() {
      const code = await buildScript(source, {});
      fileName = `assets/ahead-${hash("sha256", code).slice(0, 8)}.js`;
      this.emitFile({ type: "asset", fileName, source: code });
    },
    transformIndexHtml: () => [{ tag: "script", attrs: { src: `/${fileName}` }, injectTo: "head-prepend" }],
  };
}
