/**
 * The built web app, as files in memory from the first request for one on. Only what the build left in its folder is ever
 * served: a path is looked up among those names and never joined to anything. Pages of the app are its one document; which
 * page it is, the app finds out by the address ([DASH-1]).
 */
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { HttpError } from "./http-error.ts";

interface WebFile {
  readonly bytes: Buffer<ArrayBuffer>;
  /** The same, compressed by the build; absent for what is too small to gain. */
  readonly brotli: Buffer<ArrayBuffer> | undefined;
}

export interface WebAppRequest {
  readonly path: string;
  readonly acceptEncoding?: string | undefined;
  /** The `Host` header, which the listener has let pass ([AUTH-10]). */
  readonly host?: string | undefined;
}

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  webmanifest: "application/manifest+json",
};

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

/** Addresses of pages: all of them are the one document. */
const pagePattern = new RegExp(
  `^/(?:(?:pair|sessions(?:/new|/${uuid})?|approvals|commands(?:/cmd-${uuid})?|devices|settings|mesh(?:/[a-z-]+)?)/?)?$`,
  "i",
);

/** The worker, the manifest and icons: files whose names others know by heart. */
const rootFilePattern = /^\/[a-z0-9-]+\.[a-z]+$/;

/** A name or an IPv4 address; the grammar of policies has no IPv6 address. */
const policyHostPattern = /^[a-z0-9.-]+(?::\d{1,5})?$/i;

/**
 * Nothing but this server, no inline script, no frame around it. The server's own sockets are named, since Safari before 15.4
 * did not count them as `'self'`.
 */
function toPolicy(host: string | undefined): string {
  const sockets = host !== undefined && policyHostPattern.test(host) ? ` ws://${host} wss://${host}` : "";
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    `connect-src 'self'${sockets}`,
    "font-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

export class WebApp {
  readonly #folder: string;
  #files: Promise<ReadonlyMap<string, WebFile>> | undefined;

  /** `folder`: where the build lies. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The answer to a GET of this path; undefined when the app has nothing of that name. */
  async serve({ path, acceptEncoding, host }: WebAppRequest): Promise<Response | undefined> {
    const isPage = pagePattern.test(path);
    if (!isPage && !path.startsWith("/assets/") && !rootFilePattern.test(path)) return undefined;
    const files = await (this.#files ??= this.#load());
    const file = files.get(isPage ? "/index.html" : path);
    if (file === undefined) {
      if (!isPage) return undefined;
      return new HttpError("not_found", "the web app was not built: run `npm run build:web`").toResponse();
    }
    const isCompressed = file.brotli !== undefined && /\bbr\b/.test(acceptEncoding ?? "");
    return new Response(isCompressed ? file.brotli : file.bytes, {
      headers: {
        "content-type": types[(isPage ? "index.html" : path).replace(/^.*\./, "")] ?? "application/octet-stream",
        "content-security-policy": toPolicy(host),
        // The microphone is for dictating prompts.
        "permissions-policy": "microphone=(self), camera=(), geolocation=()",
        "referrer-policy": "no-referrer",
        vary: "accept-encoding",
        // Names of assets hold a hash of their content; a page, and the worker that keeps it, must be asked for each time.
        "cache-control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
        ...(isCompressed ? { "content-encoding": "br" } : {}),
      },
    });
  }

  async #load(): Promise<ReadonlyMap<string, WebFile>> {
    const files = new Map<string, WebFile>();
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const known = new Set(paths);
    for (const path of paths) {
      if (path.endsWith(".br")) continue;
      const name = `/${relative(this.#folder, path).split(sep).join("/")}`;
      const brotli = known.has(`${path}.br`) ? await readFile(`${path}.br`) : undefined;
      files.set(name, { bytes: await readFile(path), brotli });
    }
    // One that was asked for before the build was made finds it at the next request.
    if (files.size === 0) this.#files = undefined;
    return files;
  }
}
