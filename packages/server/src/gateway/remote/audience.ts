/** Who is connected, by client session and by followed session: where pushes look up whom they are for. */
import { ClientSession } from "./client-session.ts";
import type { Peer } from "./peer.ts";
import type { Subscription } from "./pushes/subscription.ts";

const NOBODY: ReadonlySet<never> = new Set();

export class Audience {
  readonly #peers = new Set<Peer>();
  readonly #clientSessions = new Map<string, ClientSession<Peer>>();
  readonly #followers = new Map<string, Set<Subscription<Peer>>>();

  /** Connected ones; a socket whose first `connect` is still carried out is not among them. */
  peers(): ReadonlySet<Peer> {
    return this.#peers;
  }

  /** Those of one device, also such as have just shown its key and are not admitted yet. */
  peersOfDevice(deviceId: string): Peer[] {
    const joining = [...this.#clientSessions.values()].flatMap((session) => [...session.joining]);
    return [...new Set([...this.#peers, ...joining])].filter(({ device }) => device.id === deviceId);
  }

  /** Of a client session with open sockets. */
  clientSession(id: string): ClientSession<Peer> | undefined {
    return this.#clientSessions.get(id);
  }

  peersOf(clientSessionId: string): ReadonlySet<Peer> {
    return this.#clientSessions.get(clientSessionId)?.peers ?? NOBODY;
  }

  followersOf(sessionId: string): ReadonlySet<Subscription<Peer>> {
    return this.#followers.get(sessionId) ?? NOBODY;
  }

  /** Results of its client session reach the peer from now on; everything else when it is admitted. */
  enter(peer: Peer, clientSessionId: string): void {
    let session = this.#clientSessions.get(clientSessionId);
    if (session === undefined) {
      this.#clientSessions.set(clientSessionId, (session = new ClientSession(clientSessionId)));
    }
    if (session === peer.clientSession) return;
    this.#leaveClientSession(peer);
    peer.moveTo(session);
    session.joining.add(peer);
  }

  admit(peer: Peer): void {
    this.#peers.add(peer);
    peer.clientSession.joining.delete(peer);
    peer.clientSession.peers.add(peer);
  }

  leave(peer: Peer): void {
    this.#peers.delete(peer);
    this.#leaveClientSession(peer);
    for (const subscription of [...peer.subscriptions.values()]) this.unfollow(subscription);
  }

  follow(subscription: Subscription<Peer>): void {
    const { sessionId, peer } = subscription;
    peer.subscriptions.set(sessionId, subscription);
    let followers = this.#followers.get(sessionId);
    if (followers === undefined) this.#followers.set(sessionId, (followers = new Set()));
    followers.add(subscription);
  }

  unfollow(subscription: Subscription<Peer>): void {
    const { sessionId, peer } = subscription;
    subscription.end();
    if (peer.subscriptions.get(sessionId) === subscription) peer.subscriptions.delete(sessionId);
    const followers = this.#followers.get(sessionId);
    followers?.delete(subscription);
    if (followers?.size === 0) this.#followers.delete(sessionId);
  }

  /** Every peer of the client sessions and every follower of the session, each once ([PROMPT-14]). */
  concerned(sessionId: string, clientSessionIds: readonly string[]): Set<Peer> {
    const peers = new Set<Peer>();
    for (const id of clientSessionIds) for (const peer of this.peersOf(id)) peers.add(peer);
    for (const { peer } of this.followersOf(sessionId)) peers.add(peer);
    return peers;
  }

  #leaveClientSession(peer: Peer): void {
    const { clientSession } = peer;
    clientSession.peers.delete(peer);
    clientSession.joining.delete(peer);
    const isEmpty = clientSession.peers.size === 0 && clientSession.joining.size === 0;
    if (isEmpty && this.#clientSessions.get(clientSession.id) === clientSession) {
      this.#clientSessions.delete(clientSession.id);
    }
  }
}
