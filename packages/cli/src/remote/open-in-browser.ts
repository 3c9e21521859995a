/**
 * Opens a link that holds secrets. What a browser is started with, every user of the machine can read in the list of
 * processes; so it is started with a file that only this user can read, and that leads on to the link. The file stands beside
 * `admin-token`, of the same mode, and holds nothing that is not there for longer than a code lives; the next one, and the next
 * start or stop of the server, takes its place away.
 */
import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { platform } from "node:process";
import { pathToFileURL } from "node:url";
import { writePrivateFile } from "../config/write-private-file.ts";
import type { CommandContext } from "../harness/context.ts";

/** Programs that open a page may stay as long as the browser does. */
const patienceMs = 5_000;

/** False where no browser could be started; then no file stays. Errors: `filesystem`. */
export async function openInBrowser(
  context: Pick<CommandContext, "childEnvironment" | "home">,
  link: string,
): Promise<boolean> {
  const path = leadingFilePath(context.home);
  await writePrivateFile(path, leadingPage(link));
  const isOpened = await start(platform === "darwin" ? "open" : "xdg-open", pathToFileURL(path).href, context);
  if (!isOpened) await removeLeadingFile(context.home);
  return isOpened;
}

export async function removeLeadingFile(home: string): Promise<void> {
  await rm(leadingFilePath(home), { force: true });
}

function leadingFilePath(home: string): string {
  return join(home, "dashboard.html");
}

function leadingPage(link: string): string {
  const attribute = link.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${attribute}">
<title>Parlatory</title>
<a href="${attribute}" rel="noreferrer">Open Parlatory</a>
`;
}

function start(
  program: string,
  address: string,
  { childEnvironment }: Pick<CommandContext, "childEnvironment">,
): Promise<boolean> {
  return new Promise((resolve) => {
    // Of a session of its own: Ctrl-C here ends no browser.
    const child = spawn(program, [address], { detached: true, stdio: "ignore", env: childEnvironment() });
    const settle = (isOpened: boolean): void => {
      clearTimeout(timer);
      child.unref();
      resolve(isOpened);
    };
    const timer = setTimeout(() => settle(true), patienceMs);
    child.once("error", () => settle(false));
    child.once("exit", (status) => settle(status === 0));
  });
}
