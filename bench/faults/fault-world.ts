import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BrokerProcess, type SeededMesh } from "../mesh/broker-process.ts";
import { createMember, LoadClient, type LoadClientOptions, type Member } from "../mesh/load-client.ts";
import { FaultReceiver } from "./fault-receiver.ts";
import { reported, type Check } from "./fault-row.ts";
import { FaultSender, type FaultSenderOptions } from "./fault-sender.ts";
import { MailAccount } from "./mail-account.ts";
import type { Target } from "./target.ts";

export interface FaultWorldOptions {
  members: number;
  databaseUrl?: string | undefined;
  env?: Record<string, string> | undefined;
  main?: URL | undefined;
  /** A folder of the caller's, which stays; absent: one of its own. */
  home?: string | undefined;
}

/** Everything acknowledged is shown within this time after the last fault, or counts as lost. */
const ARRIVAL_MS = 20_000;
/** After that, what should not come has this long to come. */
const QUIET_MS = 400;
const CREW = "crew";

/** One broker that may die and come back, its mesh, and the books of what was promised and shown. */
export class FaultWorld {
  readonly account = new MailAccount();
  readonly senders: FaultSender[] = [];
  readonly receivers: FaultReceiver[] = [];
  readonly mesh: SeededMesh;
  readonly home: string;
  readonly #options: FaultWorldOptions;
  #broker: BrokerProcess;
  #members = 0;

  private constructor(options: FaultWorldOptions, broker: BrokerProcess, mesh: SeededMesh, home: string) {
    this.#options = options;
    this.#broker = broker;
    this.mesh = mesh;
    this.home = home;
  }

  static async start(options: FaultWorldOptions): Promise<FaultWorld> {
    const home = options.home ?? (await mkdtemp(join(tmpdir(), "parl-faults-")));
    let broker: BrokerProcess | undefined;
    try {
      broker = await BrokerProcess.start({ ...options, home, env: options.env ?? {} });
      return new FaultWorld(options, broker, await broker.seed("faults", options.members), home);
    } catch (error) {
      await broker?.stop("kill");
      if (options.home === undefined) await rm(home, { recursive: true, force: true });
      throw error;
    }
  }

  get broker(): BrokerProcess {
    return this.#broker;
  }

  /** Where the broker is now: it takes another port each time, because the old one may be taken meanwhile. */
  get wsUrl(): string {
    return `${this.#broker.url.replace("http", "ws")}/ws`;
  }

  async kill(): Promise<void> {
    await this.#broker.stop("kill");
  }

  async restart(): Promise<void> {
    this.#broker = await BrokerProcess.start({ ...this.#options, home: this.home, env: this.#options.env ?? {} });
  }

  /** The next member of the mesh; each client is one of its own. */
  takeMember(): Member {
    const member = this.mesh.members[this.#members++];
    if (member === undefined) {
      throw new Error(`the mesh of this fault run has only ${this.mesh.members.length} members`);
    }
    return member;
  }

  /** `proxied` gives another address than the broker's own. */
  addReceiver(name: string, options: Partial<LoadClientOptions> & { proxied?: () => string } = {}): FaultReceiver {
    const member = this.takeMember();
    const session = createMember();
    const open = this.#opener(member, { session, groups: [{ name: CREW }], ...options }, options.proxied);
    const receiver = new FaultReceiver({ target: { name, spec: session.pubkey }, account: this.account, open });
    this.receivers.push(receiver);
    return receiver;
  }

  addSender(
    name: string,
    targets: readonly Target[],
    options: Pick<FaultSenderOptions, "perTick" | "bodyBytes"> & { proxied?: () => string } = {},
  ): FaultSender {
    const open = this.#opener(this.takeMember(), { session: createMember() }, options.proxied);
    const sender = new FaultSender({ name, account: this.account, targets, open, ...options });
    this.senders.push(sender);
    return sender;
  }

  /** All receivers at once. */
  get crew(): Target {
    return { name: CREW, spec: `@${CREW}` };
  }

  /** Connects everybody and begins to send. */
  async begin(): Promise<void> {
    const { senders, receivers } = this;
    for (const { link } of [...receivers, ...senders]) link.start();
    await Promise.all([...receivers, ...senders].map(({ link }) => link.untilReady()));
    for (const sender of senders) sender.start();
  }

  /** Stops sending and waits until every send has its answer and every acknowledged letter was shown. */
  async settle(): Promise<void> {
    for (const sender of this.senders) sender.pause();
    const deadline = performance.now() + ARRIVAL_MS;
    const isSettled = (): boolean =>
      this.account.isComplete && this.senders.every(({ unanswered }) => unanswered === 0);
    while (!isSettled() && performance.now() < deadline) await sleep(20);
    await sleep(QUIET_MS);
  }

  /** Deliveries that the broker still counts as unsettled, once it has had time to hear the last acknowledgements. */
  async unsettled(): Promise<number> {
    const deadline = performance.now() + 5_000;
    for (;;) {
      const text = await (await fetch(`${this.#broker.url}/metrics`)).text();
      const depth = [...text.matchAll(/^parl_mailbox_depth\{[^}]*\} (\d+)/gm)].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      );
      if (depth === 0 || performance.now() > deadline) return depth;
      await sleep(50);
    }
  }

  /** How hard the faults hit: without these there was nothing to survive. */
  impact(): Check[] {
    const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
    return [
      reported("resent", sum(this.senders.map(({ resends }) => resends))),
      reported("of them known", sum(this.senders.map(({ duplicates }) => duplicates))),
      reported("repeats dropped", sum(this.receivers.map(({ repeats }) => repeats))),
    ];
  }

  async end(): Promise<void> {
    for (const sender of this.senders) sender.pause();
    await Promise.all([...this.senders, ...this.receivers].map(({ link }) => link.leave("lost")));
    await this.#broker.stop("kill");
    if (this.#options.home === undefined) await rm(this.home, { recursive: true, force: true });
  }

  #opener(
    member: Member,
    options: Partial<LoadClientOptions>,
    proxied: (() => string) | undefined,
  ): (prepare: (client: LoadClient) => void) => Promise<LoadClient> {
    return (prepare) =>
      LoadClient.connect({ ...options, wsUrl: proxied?.() ?? this.wsUrl, meshId: this.mesh.meshId, member, prepare });
  }
}
