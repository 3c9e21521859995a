// `npm run demo`: three peers do a small job together over a real server. Every peer is a `parl launch --agent echo` of its
// own, every message is encrypted, and all of it lives in a temporary folder on this machine and is gone afterwards.
// `--once` changes nothing: the demo always runs once. Exit status 0, or 1 when something did not happen in time.
import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./checkout.ts";

const parl = join(root, "packages", "cli", "bin", "parl.mjs");
const stepMs = 8000;
const colours = process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
const nameColours: Readonly<Record<string, number>> = { server: 90, ada: 36, lin: 33, kay: 35 };

/** One program of the demo: what it prints is shown behind its name, and can be waited for. */
class Actor {
  readonly name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;
  readonly #lines: string[] = [];
  #wake: (() => void)[] = [];

  constructor(
    name: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    show: (line: string) => string,
  ) {
    this.name = name;
    this.#child = spawn(process.execPath, [parl, ...args], { env });
    this.#ended = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.stdin.on("error", () => {});
    let rest = "";
    const take = (text: string): void => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        this.#lines.push(line);
        say(name, show(line));
      }
      for (const resolve of this.#wake.splice(0)) resolve();
    };
    this.#child.stdout.setEncoding("utf8").on("data", take);
    this.#child.stderr.setEncoding("utf8").on("data", take);
  }

  type(line: string): void {
    say(this.name, `$ ${line}`);
    this.#child.stdin.write(`${line}\n`);
  }

  /** The first line, past or future, that fits. */
  async prints(wanted: RegExp): Promise<RegExpExecArray> {
    const deadline = performance.now() + stepMs;
    for (;;) {
      for (const line of this.#lines) {
        const found = wanted.exec(line);
        if (found !== null) return found;
      }
      const leftMs = deadline - performance.now();
      if (leftMs <= 0 || hasEnded(this.#child)) throw new Error(`${this.name} did not print ${wanted}`);
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        timer = setTimeout(resolve, leftMs);
        this.#wake.push(resolve);
        this.#child.once("close", resolve);
      });
      clearTimeout(timer);
    }
  }

  /** Ends it if it still runs. */
  async stop(): Promise<void> {
    if (hasEnded(this.#child)) return;
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), stepMs);
    this.#child.kill("SIGTERM");
    await this.#ended;
    clearTimeout(timer);
  }

  /** Resolves when it has ended by itself. */
  async ends(): Promise<void> {
    await this.#ended;
  }

  async leave(): Promise<void> {
    this.#child.stdin.write("leave\n");
    await this.#ended;
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function paint(code: number, text: string): string {
  return colours ? `\u001b[${code}m${text}\u001b[0m` : text;
}

function say(name: string, line: string): void {
  console.log(`  ${paint(nameColours[name] ?? 0, name.padEnd(6))} ${line}`.trimEnd());
}

function heading(text: string): void {
  console.log(`\n${paint(1, text)}`);
}

async function play(home: string, running: Actor[]): Promise<void> {
  const { PATH = "" } = process.env;
  const env = { PATH, HOME: home, PARL_HOME: join(home, "parl") };
  const start = (name: string, args: readonly string[], show = (line: string) => line): Actor => {
    const actor = new Actor(name, args, env, show);
    running.push(actor);
    return actor;
  };
  const joinMesh = async (name: string, ...args: string[]): Promise<Actor> => {
    const peer = start(name, ["launch", "--agent", "echo", "-y", "--name", name, ...args]);
    await peer.prints(/is online/);
    return peer;
  };

  heading("A server, and two peers who work on a release");
  const server = start("server", ["up", "--foreground", "--port", "0", "--json"], describeServer);
  await server.prints(/"listening"/);
  const [ada, lin] = await Promise.all([
    joinMesh("ada", "--groups", "release:lead"),
    joinMesh("lin", "--groups", "release"),
  ]);

  heading("A question to the group is answered by its lead");
  ada.type(`state set branch="release-2.4"`);
  await ada.prints(/^\* branch is/);
  lin.type("say @release what is branch?");
  const [, question = ""] = await lin.prints(/^> to @release \[delivered, (\S+)\]/);
  await Promise.all([lin.prints(/^< ada .*release-2\.4/), ada.prints(/^> to lin \[delivered/)]);

  heading("A flag in the shared state is watched, and flipped");
  lin.type("when frozen=true say @release the branch is frozen: no more merges");
  await lin.prints(/watching frozen/);
  ada.type("state set frozen=true");
  await Promise.all([ada.prints(/^< lin to @release .*frozen/), lin.prints(/^> to @release .*frozen/)]);

  heading("A memory is found by a newcomer");
  ada.type(`remember deploys to staging need the VPN profile "eu-2"`);
  await ada.prints(/remembered as/);
  const kay = await joinMesh("kay");
  kay.type("recall staging deploy");
  await kay.prints(/eu-2/);
  kay.type("say ada got it, thank you");
  await Promise.all([kay.prints(/^< ada .*echo:/), ada.prints(/^> to kay \[delivered/)]);

  heading(`What became of lin's question: parl explain ${question}`);
  const explain = start("", ["explain", question]);
  await explain.prints(/replied/);
  await explain.ends();
  await Promise.all([ada, lin, kay].map((peer) => peer.leave()));
}

/** The server speaks JSON; only where it listens matters here. */
function describeServer(line: string): string {
  const { type, url, error } = JSON.parse(line) as { type?: string; url?: string; error?: { message: string } };
  if (error !== undefined) return error.message;
  return type === "listening" ? `listens on ${url}` : "has stopped";
}

const unknown = process.argv.slice(2).filter((argument) => argument !== "--once");
if (unknown.length > 0) {
  console.error(`demo: unrecognized arguments: ${unknown.join(" ")}`);
  process.exit(2);
}
const home = await mkdtemp(join(tmpdir(), "parlatory-demo-"));
const running: Actor[] = [];
const cleanUp = async (): Promise<void> => {
  // Peers before the server they are connected to.
  for (const actor of running.splice(0).toReversed()) await actor.stop();
  await rm(home, { recursive: true, force: true });
};
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void cleanUp().then(() => process.exit(130)));
}
const beganMs = performance.now();
try {
  await play(home, running);
  await cleanUp();
  console.log(`\nDone in ${((performance.now() - beganMs) / 1000).toFixed(1)} s. Nothing is left running.`);
} catch (cause) {
  await cleanUp();
  console.error(`\ndemo: ${cause instanceof Error ? cause.message : String(cause)}`);
  process.exitCode = 1;
}
