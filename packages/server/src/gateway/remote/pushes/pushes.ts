/** Everything that is sent unasked: listens to the rooms behind the remote and knows who is connected. */
import type { CommandDesk } from "../../../commands/command-desk.ts";
import type { Clock, Log, Scheduler } from "../../../ports.ts";
import type { SessionCatalog } from "../../../sessions/catalog.ts";
import type { RunDesk } from "../../../sessions/run-desk.ts";
import { Audience } from "../audience.ts";
import type { Peer } from "../peer.ts";
import { AwaitedAnswers } from "./awaited-answers.ts";
import { CatalogPushes } from "./catalog-pushes.ts";
import { CommandPushes } from "./command-pushes.ts";
import { Creators } from "./creators.ts";
import { InfoPush } from "./info-push.ts";
import { RecentPush } from "./recent-push.ts";
import { RunPushes } from "./run-pushes.ts";
import { Subscription } from "./subscription.ts";

export interface PushesOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly catalog: SessionCatalog;
  readonly runs: RunDesk;
  readonly commands: CommandDesk;
  /** From the store. */
  readonly creatorOf: (sessionId: string) => Promise<string | undefined>;
}

export class Pushes {
  readonly audience = new Audience();
  readonly awaited = new AwaitedAnswers();
  readonly commands: CommandPushes;
  readonly creators: Creators;
  readonly recent: RecentPush;
  readonly info: InfoPush;
  readonly #options: PushesOptions;
  #stops: (() => void)[] = [];

  constructor(options: PushesOptions) {
    this.#options = options;
    const shared = { ...options, audience: this.audience, awaited: this.awaited, sources: options };
    this.creators = new Creators(options.creatorOf);
    this.commands = new CommandPushes(shared);
    this.recent = new RecentPush(shared);
    this.info = new InfoPush(shared);
  }

  start(): void {
    const { audience, awaited, creators, recent, info } = this;
    const { catalog, runs, commands, log } = this.#options;
    const sources = this.#options;
    this.#stops = [
      catalog.listen(new CatalogPushes({ audience, sources, recent, info, log, creators })),
      runs.listen(
        new RunPushes({
          audience,
          awaited,
          onStatus: (sessionId) => {
            recent.note();
            info.note(sessionId);
          },
        }),
      ),
      commands.listen(this.commands),
    ];
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.recent.stop();
    this.info.stop();
  }

  /** A subscription that nothing was sent for yet. */
  subscribe(peer: Peer, sessionId: string): Subscription<Peer> {
    const subscription = new Subscription({ peer, sessionId, log: this.#options.log });
    this.audience.follow(subscription);
    return subscription;
  }

  leave(peer: Peer): void {
    this.audience.leave(peer);
    this.commands.leave(peer);
    peer.close();
  }

  /** Ends the sockets of a device at once ([AUTH-7]). */
  refuseDevice(deviceId: string): void {
    for (const peer of this.audience.peersOfDevice(deviceId)) peer.refuse();
  }
}
