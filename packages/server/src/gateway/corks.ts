import type { Socket } from "node:net";

/**
 * Collects everything written to a socket within one turn into one system call. Written sockets are held back until
 * the running code and the callbacks queued behind it are done; no timer is involved, so nothing waits ([DLV-6]). One that
 * was uncorked before and corked again stands here twice, which does no harm: to uncork one that is not corked does nothing.
 */
export class Corks {
  #corked: Socket[] = [];

  /** To be called before a write to a socket that is not corked yet in this turn. */
  cork(socket: Socket): void {
    socket.cork();
    if (this.#corked.push(socket) === 1) process.nextTick(this.#uncorkAll);
  }

  readonly #uncorkAll = (): void => {
    const corked = this.#corked;
    this.#corked = [];
    for (const socket of corked) socket.uncork();
  };
}
