import type { Store } from "../../src/store/store.ts";
import { RawClient, directSend, legacyHello, modernHello, type HelloPlan, type RawFrame } from "./raw-client.ts";
import {
  createKey,
  startTestServer,
  type TestKey,
  type TestMember,
  type TestServer,
  type TestServerPlan,
} from "./server.ts";
import { SteppedTime } from "./stepped-time.ts";

/** One connected client with the keys it said hello with. */
export interface Guest {
  readonly client: RawClient;
  readonly session: TestKey;
  readonly ack: RawFrame;
  /** Sends, and gives the ack or the refusal. `target` is a guest's session, a member, or the text of a target. */
  send(target: Guest | TestMember | string, more?: Record<string, unknown>): Promise<RawFrame>;
  /** Mail pushed so far, in the order it came. */
  pushes(): RawFrame[];
  /** Message ids of `pushes`. */
  received(): unknown[];
  /** Waits until there are so many pushes and gives them. */
  waitForPushes(count: number): Promise<RawFrame[]>;
  acknowledge(messageId: unknown, more?: Record<string, unknown>): Promise<RawFrame>;
  /** Says goodbye. */
  leave(): Promise<void>;
  /** Cuts the connection without a goodbye, and waits until the broker has noticed. */
  lose(): Promise<void>;
}

export type GuestPlan = HelloPlan & { legacy?: boolean };

/** Everything a modern client asks for. */
export const ALL_CAPABILITIES = ["client_ack", "pull", "receipts", "peer_events", "group_box"];

/** Well below the time after which a silent connection is dead. */
const SIGN_OF_LIFE_MS = 60_000;

/** The real server with time in the test's hand, and clients that know how to come in. */
export class MeshWorld {
  readonly time: SteppedTime;
  #server: TestServer;
  readonly #guests = new Set<RawClient>();

  private constructor(server: TestServer, time: SteppedTime) {
    this.#server = server;
    this.time = time;
  }

  static async open(plan: TestServerPlan = {}): Promise<MeshWorld> {
    const time = plan.time ?? new SteppedTime();
    const wrapStore = (store: Store): Store => time.watch(plan.wrapStore?.(store) ?? store);
    return new MeshWorld(await startTestServer({ ...plan, time, wrapStore }), time);
  }

  get server(): TestServer {
    return this.#server;
  }

  /** The member of this name in the first mesh, or in the one of this slug. */
  member(name: string, slug?: string): TestMember {
    const mesh = this.#server.meshes.find((other) => slug === undefined || other.slug === slug);
    const member = mesh?.members.find((other) => other.name === name);
    if (member === undefined) throw new Error(`the plan has no member ${name}`);
    return member;
  }

  /** Joins as a session of this member. Modern with `client_ack` unless told otherwise. */
  async join(name: string, plan: GuestPlan = {}, slug?: string): Promise<Guest> {
    const { legacy = false, session = createKey(), ...fields } = plan;
    const member = this.member(name, slug);
    const says = { timestamp: this.time.stamp(), session, ...fields };
    const hello = legacy ? legacyHello(member, says) : modernHello(member, { capabilities: ["client_ack"], ...says });
    const { client, ack } = await RawClient.join(this.#server.wsUrl, hello);
    this.#guests.add(client);
    return this.#toGuest(client, session ?? createKey(), ack);
  }

  /** Joins as a control connection. */
  control(name: string, plan: HelloPlan = {}): Promise<Guest> {
    return this.join(name, { presence: "control", session: null, ...plan });
  }

  /** One request to the REST interface with the admin token; `path` begins behind the mesh. */
  async rest(method: string, path: string, body?: unknown): Promise<{ status: number; json: Record<string, unknown> }> {
    const mesh = this.#server.meshes[0]?.id ?? "";
    const response = await fetch(`${this.#server.url}/api/v1/meshes/${mesh}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#server.adminToken}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  }

  /** Lets time pass while every connected client shows that it lives. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= SIGN_OF_LIFE_MS) {
      await this.time.leap(Math.min(left, SIGN_OF_LIFE_MS));
      const open = [...this.#guests].filter(({ webSocket }) => webSocket.readyState === webSocket.OPEN);
      await Promise.all(open.map((client) => client.settle()));
    }
  }

  /** Sets policies of the first mesh. */
  async setPolicies(policies: Record<string, unknown>): Promise<void> {
    const { status, json } = await this.rest("PATCH", "/policy", { policies });
    if (status !== 200) throw new Error(`the policies were refused: ${JSON.stringify(json)}`);
  }

  /** Stops the broker and starts it again on its database. */
  async restart(env: Record<string, string> = {}): Promise<void> {
    this.#server = await this.#server.restart(env);
  }

  async end(): Promise<void> {
    for (const client of this.#guests) client.webSocket.terminate();
    await this.#server.end();
  }

  #toGuest(client: RawClient, session: TestKey, ack: RawFrame): Guest {
    const isMail = (frame: RawFrame): boolean => frame.type === "push" && frame["kind"] !== "system";
    let sends = 0;
    const guest: Guest = {
      client,
      session,
      ack,
      send: (target, more = {}) => client.request(directSend(specOf(target), `send-${++sends}`, more)),
      pushes: () => client.frames.filter(isMail),
      received: () => client.frames.filter(isMail).map((frame) => frame["messageId"]),
      waitForPushes: (count) => client.collect(count, isMail),
      acknowledge: (messageId, more = {}) => client.request({ type: "client_ack", messageId, ...more }),
      leave: () => client.close(),
      lose: async () => {
        client.webSocket.terminate();
        await client.closed;
        await this.#untilGone(ack["presenceId"]);
      },
    };
    return guest;
  }

  /** Asks the broker, as a control connection of the first member, until it has seen the end of a connection. */
  async #untilGone(presenceId: unknown): Promise<void> {
    const name = this.#server.meshes[0]?.members[0]?.name ?? "";
    const { client } = await this.control(name);
    for (;;) {
      const peers = (await client.request({ type: "list_peers" }))["peers"] as RawFrame[];
      if (peers.every((peer) => peer["presenceId"] !== presenceId || peer["connected"] === false)) break;
    }
    await client.close();
  }
}

function specOf(target: Guest | TestMember | string): string {
  if (typeof target === "string") return target;
  return "session" in target ? target.session.publicKey : target.publicKey;
}

/** A plaintext multicast body, as fields of a `send`. */
export function plainText(text: string): { enc: string; ciphertext: string } {
  return { enc: "none", ciphertext: Buffer.from(text).toString("base64") };
}
