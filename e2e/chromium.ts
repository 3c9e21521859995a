import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type BrowserContext } from "playwright-core";

/** Where Debian's package `chromium` puts the program. */
const DEBIAN_PATH = "/usr/bin/chromium";

/** The browser of the tests: `PARL_TEST_CHROMIUM`, else Debian's; undefined when there is none. */
export function findChromium(): string | undefined {
  const path = process.env["PARL_TEST_CHROMIUM"] ?? DEBIAN_PATH;
  if (existsSync(path)) return path;
  console.warn(`there is no browser at ${path}: run \`npm run test:e2e\`, or name one with PARL_TEST_CHROMIUM`);
  return undefined;
}

export interface RunningBrowser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** Starts a headless browser with a profile of its own, which goes with it. It talks to nobody but the page's servers. */
export async function startChromium(executablePath: string): Promise<RunningBrowser> {
  const profile = mkdtempSync(join(tmpdir(), "parl-browser-"));
  const remove = (): void => rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      headless: true,
      chromiumSandbox: false,
      args: [
        ...["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
        ...["--disable-component-update", "--disable-sync"],
      ],
    });
    return {
      context,
      async close() {
        await context.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
