import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import type { MailAccount } from "./mail-account.ts";
import { createLogReader, type HandedOver, type ReceiverPlan } from "./receiver-plan.ts";

export interface ReceiverProcessOptions {
  name: string;
  account: MailAccount;
  main: URL;
  plan: Omit<ReceiverPlan, "life">;
}

/** A receiver that is killed and comes back with its session key and what it wrote to disk. */
export class ReceiverProcess {
  readonly #options: ReceiverProcessOptions;
  readonly #read: () => HandedOver[];
  /** Message id to the last life that handed it over. */
  readonly #handed = new Map<string, number>();
  /** What its memory on disk held when a life began. */
  readonly #known = new Map<number, Set<string>>();
  #child: ChildProcess | undefined;
  #life = 0;
  /** Handed over, killed before that was on disk, handed over again: the one repetition that no memory prevents. */
  repeatsUnremembered = 0;

  constructor(options: ReceiverProcessOptions) {
    this.#options = options;
    this.#read = createLogReader(options.plan.logPath);
  }

  async start(): Promise<void> {
    const { main, plan } = this.#options;
    this.#life++;
    this.#known.set(this.#life, readIds(plan.idsPath));
    const child = fork(main, [], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#child = child;
    child.send({ ...plan, life: this.#life } satisfies ReceiverPlan);
    await Promise.race([
      once(child, "message"),
      once(child, "exit").then(([code]) =>
        Promise.reject(new Error(`the receiver process ended with status ${String(code)} before it was connected`)),
      ),
    ]);
  }

  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  /** Books what was handed over since the last call. */
  collect(): void {
    const { account, name } = this.#options;
    for (const { life, messageId, letter } of this.#read()) {
      const before = this.#handed.get(messageId);
      this.#handed.set(messageId, life);
      if (
        before !== undefined &&
        before !== life &&
        this.#known.get(life)?.has(messageId) !== true &&
        this.#remembers
      ) {
        this.repeatsUnremembered++;
      } else account.shown(name, letter);
    }
  }

  /** Handed over, and by now in the memory on disk. */
  get remembered(): number {
    const ids = readIds(this.#options.plan.idsPath);
    return [...this.#handed.keys()].filter((id) => ids.has(id)).length;
  }

  get handed(): number {
    return this.#handed.size;
  }

  get #remembers(): boolean {
    return existsSync(this.#options.plan.idsPath);
  }
}

function readIds(path: string): Set<string> {
  return new Set(existsSync(path) ? readFileSync(path, "utf8").split("\n") : []);
}
