import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { aheadPlugin } from "./ahead-plugin.ts";
import { serviceWorkerPlugin } from "./service-worker-plugin.ts";

/** The build lies in the server's package, which serves it. */
const outDir = fileURLToPath(new URL("../server/web", import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react(), aheadPlugin(), serviceWorkerPlugin()],
  build: {
    outDir,
    emptyOutDir: true,
    target: "es2023",
    sourcemap: false,
    assetsInlineLimit: 0,
    // All that the first page needs as one file: each further one costs a slow device more than it could save.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "app", tags: ["$initial"] }] } } },
  },
  // `npm run dev -w packages/web` beside a running server.
  server: { proxy: { "/api": "http://127.0.0.1:7900", "/health": "http://127.0.0.1:7900" } },
});
