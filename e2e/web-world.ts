/** A server with echo agents and session files, and browsers that are signed in to it, for the tests of the web app. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RemoteClient } from "@parlatory/client";
import { createNodePlatform } from "@parlatory/client/node";
import { startServer, type RunningServer } from "@parlatory/server";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { startTcpProxy, type TcpProxy } from "../packages/server/test/support/tcp-proxy.ts";
import { startChromium, type RunningBrowser } from "./chromium.ts";

export const phone = { width: 390, height: 844 };
export const desk = { width: 1440, height: 900 };

export interface WebWorldOptions {
  readonly executable: string;
  /** The content of the server's settings file. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly isAuthOn?: boolean;
}

export interface SignedInPageOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Default: the first one. Each has storage of its own, as another device has. */
  readonly browser?: RunningBrowser;
  readonly deviceName?: string;
  /** Runs in the page before anything of the app. */
  readonly before?: () => void;
}

export class WebWorld {
  readonly home: string;
  /** A folder whose files are the user's. */
  readonly project: string;
  readonly browser: RunningBrowser;
  /** Between the browsers and the server: the network that a test takes away. */
  readonly proxy: TcpProxy;
  readonly origin: string;
  readonly #closing: (() => Promise<unknown>)[];
  readonly #server: RunningServer;
  readonly #pageErrors: Error[] = [];
  readonly #executable: string;

  private constructor(parts: {
    home: string;
    server: RunningServer;
    proxy: TcpProxy;
    browser: RunningBrowser;
    executable: string;
    closing: (() => Promise<unknown>)[];
  }) {
    this.home = parts.home;
    this.project = join(parts.home, "project");
    this.browser = parts.browser;
    this.proxy = parts.proxy;
    this.origin = `http://127.0.0.1:${parts.proxy.port}`;
    this.#server = parts.server;
    this.#executable = parts.executable;
    this.#closing = parts.closing;
  }

  static async open({ executable, settings = {}, isAuthOn = true }: WebWorldOptions): Promise<WebWorld> {
    const home = realpathSync(mkdtempSync(join(tmpdir(), "parl-web-")));
    const closing: (() => Promise<unknown>)[] = [async () => rmSync(home, { recursive: true, maxRetries: 5 })];
    mkdirSync(join(home, "project"));
    mkdirSync(join(home, "parl"), { mode: 0o700 });
    mkdirSync(join(home, "claude", "projects"), { recursive: true });
    const given = { remote: { default_agent: "echo", default_directory: join(home, "project") }, ...settings };
    writeFileSync(join(home, "parl", "server.json"), JSON.stringify(given));
    const server = await startServer({
      env: {
        PATH: process.env["PATH"],
        HOME: home,
        PARL_HOME: join(home, "parl"),
        PARL_PORT: "0",
        CLAUDE_CONFIG_DIR: join(home, "claude"),
      },
      writeLog: () => undefined,
      isAuthOn,
    });
    closing.push(() => server.stop());
    const proxy = await startTcpProxy({ host: "127.0.0.1", port: server.port });
    closing.push(() => proxy.close());
    const browser = await startChromium(executable);
    closing.push(() => browser.close());
    return new WebWorld({ home, server, proxy, browser, executable, closing });
  }

  /** The server's own address, past the proxy. */
  get serverUrl(): string {
    return this.#server.url;
  }

  get mainKey(): string {
    return readFileSync(join(this.home, "parl", "remote-key"), "utf8").trim();
  }

  get adminToken(): string {
    return readFileSync(this.#server.adminTokenPath, "utf8").trim();
  }

  /** Where the session files of Claude Code of a directory lie; made if need be. */
  sessionFolder(directory = this.project): string {
    const folder = join(this.home, "claude", "projects", directory.replaceAll(/[^A-Za-z0-9]/g, "-"));
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Another browser, with storage of its own. */
  async openBrowser(): Promise<RunningBrowser> {
    const browser = await startChromium(this.#executable);
    this.#closing.push(() => browser.close());
    return browser;
  }

  /** A page that is not signed in. Errors of the page fail `close`. */
  async newPage({ viewport = desk, browser = this.browser, before }: SignedInPageOptions = {}): Promise<Page> {
    const page = await browser.context.newPage();
    page.on("pageerror", (error) => this.#pageErrors.push(error));
    await page.setViewportSize(viewport);
    if (before !== undefined) await page.addInitScript(before);
    return page;
  }

  /** Before the page goes anywhere: with the main key, as a device of its own. */
  async signIn(page: Page, deviceName = "Test browser"): Promise<void> {
    const access = { apiKey: this.mainKey, clientSessionId: crypto.randomUUID(), deviceName };
    await page.addInitScript((text) => {
      if (localStorage.getItem("parlatory.remote") === null) localStorage.setItem("parlatory.remote", text);
    }, JSON.stringify(access));
  }

  /** A page of the remote, signed in, when it is connected. */
  async open(path: string, options: SignedInPageOptions = {}): Promise<Page> {
    const page = await this.newPage(options);
    await this.signIn(page, options.deviceName);
    await page.goto(`${this.origin}${path}`);
    await page.getByText("live", { exact: true }).waitFor();
    return page;
  }

  /** Another device, past the proxy, which sees what the server has. To be closed. */
  openDevice(): RemoteClient {
    const client = new RemoteClient({
      url: this.serverUrl,
      clientSessionId: crypto.randomUUID(),
      apiKey: this.mainKey,
      platform: createNodePlatform(),
    });
    client.connect();
    return client;
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0).reverse()) await close();
    if (this.#pageErrors.length > 0) throw new AggregateError(this.#pageErrors, "a page raised errors");
  }
}

/** Rules of WCAG 2.2 AA that the page breaks, in both themes; each with where. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  const problems: string[] = [];
  const viewport = page.viewportSize();
  if (viewport === null) throw new Error("a page without a size cannot be looked at");
  // As tall as the page: what happens to lie under the bar at the window's edge is a matter of scrolling.
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width: viewport.width, height: Math.max(viewport.height, height) });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() =>
      (window as unknown as { axe: typeof axe }).axe.run({
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
      }),
    );
    for (const { id, nodes } of violations) {
      problems.push(`${colorScheme} ${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
    }
  }
  await page.setViewportSize(viewport);
  return problems;
}
