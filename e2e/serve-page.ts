import { createServer } from "node:http";
import { isBuiltin } from "node:module";
import type { AddressInfo } from "node:net";
import { build, type Rolldown } from "vite";

/** A web page served from an origin of its own. */
export interface ServedPage {
  readonly origin: string;
  close(): Promise<void>;
}

const HTML = `<!doctype html><meta charset="utf-8"><title>mesh</title><script type="module" src="/page.js"></script>`;

/** A module and everything it imports, made for a browser. */
export interface BrowserBundle {
  /** By path; the first one is `/page.js`. */
  readonly scripts: ReadonlyMap<string, string>;
  /** Modules that import one of Node's own, which a browser does not have. */
  readonly importersOfNode: ReadonlySet<string>;
}

export async function bundleForBrowser(entry: string): Promise<BrowserBundle> {
  const importersOfNode = new Set<string>();
  const built = await build({
    configFile: false,
    logLevel: "error",
    plugins: [
      {
        name: "note-node-imports",
        enforce: "pre",
        resolveId(source, importer) {
          if (isBuiltin(source)) importersOfNode.add(importer ?? source);
        },
      },
    ],
    build: {
      write: false,
      minify: false,
      target: "es2023",
      lib: { entry, formats: ["es"], fileName: () => "page.js" },
    },
  });
  const [bundle] = (Array.isArray(built) ? built : [built]) as Rolldown.RolldownOutput[];
  const scripts = new Map<string, string>();
  for (const output of bundle?.output ?? []) {
    if (output.type === "chunk") scripts.set(`/${output.fileName}`, output.code);
  }
  return { scripts, importersOfNode };
}

/** Serves the scripts and a page that loads `/page.js` on a free port of loopback. */
export async function servePage(scripts: ReadonlyMap<string, string>): Promise<ServedPage> {
  const server = createServer(({ url = "" }, response) => {
    const script = scripts.get(url);
    if (script !== undefined) response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    else if (url === "/") response.writeHead(200, { "content-type": "text/html" }).end(HTML);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
