/**
 * The server's side of the contract in small, on real sockets, with faults: what it sends can be doubled and swapped, and
 * the connection cut before any frame of either direction. It keeps what a server keeps (the log, the queue, accepted
 * prompts), so that a client that does its part ends with the same history and each answer once.
 */
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import type { RemoteMessageItem, RemoteServerMessage } from "@parlatory/protocol/remote";
import type { Frame } from "../../support/scripted-broker.ts";
import { LOG, connectedFrame, hello, history, item, listed, SESSION, TIME } from "./remote-fixture.ts";

export interface ModelFaults {
  /** Frames of either direction after which the connection is cut, counted over all connections; each number cuts once. */
  readonly cuts: readonly number[];
  /** In [0, 1), one for each frame that is sent: below 0.2 it is sent twice, below 0.4 after the next one. */
  readonly noise: readonly number[];
  /** Numbers of prompts after which the log begins anew. */
  readonly resets: readonly number[];
}

interface Unacknowledged {
  readonly messageId: string;
  readonly promptId: string;
}

const PAGE = 3;

export class ModelRemote {
  readonly #server: WebSocketServer;
  readonly #cuts: Set<number>;
  readonly #noise: readonly number[];
  readonly #resets: ReadonlySet<number>;
  #frames = 0;
  #sent = 0;
  #generation = 0;
  log: RemoteMessageItem[] = [];
  logId = LOG;
  readonly queue: Unacknowledged[] = [];
  /** How often each prompt was run. */
  readonly runs = new Map<string, number>();
  readonly #subscribed = new Set<WebSocket>();

  private constructor(server: WebSocketServer, faults: ModelFaults) {
    this.#server = server;
    this.#cuts = new Set(faults.cuts);
    this.#noise = faults.noise;
    this.#resets = new Set(faults.resets);
    server.on("connection", (socket) => this.#serve(socket));
  }

  static async start(faults: ModelFaults): Promise<ModelRemote> {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0, path: "/remote", perMessageDeflate: false });
    await new Promise<void>((resolve) => server.once("listening", resolve));
    return new ModelRemote(server, faults);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/remote`;
  }

  /** Frames of both directions so far. */
  get frames(): number {
    return this.#frames;
  }

  async stop(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Somebody else writes into the session. */
  append(count: number): void {
    this.#push(Array.from({ length: count }, (_, index) => this.#nextItem(index)));
  }

  #serve(socket: WebSocket): void {
    const held: RemoteServerMessage[] = [];
    const write = (frame: RemoteServerMessage): void => {
      if (this.#counts(socket)) socket.send(JSON.stringify(frame));
    };
    const send = (frame: RemoteServerMessage): void => {
      const noise = this.#noise[this.#sent++ % Math.max(1, this.#noise.length)] ?? 1;
      // The handshake has an order; history and answers find theirs by number and id.
      const isOrdered = !["session_history", "response", "turn_complete", "replay"].includes(frame.type);
      if (!isOrdered && noise >= 0.2 && noise < 0.4 && held.length === 0) {
        held.push(frame);
        return;
      }
      write(frame);
      if (!isOrdered && noise < 0.2) write(frame);
      for (const late of held.splice(0)) write(late);
    };
    const flush = (): void => {
      for (const late of held.splice(0)) write(late);
    };
    (socket as SendingSocket).parlSend = (frame) => {
      send(frame);
      queueMicrotask(flush);
    };
    socket.on("error", () => undefined);
    socket.on("close", () => this.#subscribed.delete(socket));
    socket.on("message", (data: Buffer) => {
      if (!this.#counts(socket)) return;
      this.#take(socket, JSON.parse(data.toString("utf8")) as Frame, send);
      flush();
    });
    write(hello);
  }

  /** False when the connection was cut before this frame. */
  #counts(socket: WebSocket): boolean {
    if (socket.readyState !== socket.OPEN) return false;
    this.#frames += 1;
    if (!this.#cuts.delete(this.#frames)) return true;
    socket.terminate();
    return false;
  }

  #take(socket: WebSocket, frame: Frame, send: (frame: RemoteServerMessage) => void): void {
    switch (frame.type) {
      case "connect":
        return this.#connect(frame, send);
      case "subscribe":
        send(this.#historyFor(frame));
        this.#subscribed.add(socket);
        return;
      case "prompt":
        return this.#prompt(frame, send);
      case "message_ack": {
        const index = this.queue.findIndex(({ messageId }) => messageId === frame["message_id"]);
        if (index >= 0) this.queue.splice(index, 1);
        return;
      }
      case "get_session_info":
        send({
          type: "session_info",
          session: {
            ...listed(SESSION),
            last_modified: TIME,
            created_at: TIME,
            log_id: this.logId,
            permission_mode: "default",
            queued_prompts: 0,
            granted_tools: [],
          },
          correlation_id: String(frame["correlation_id"]),
        });
        return;
      default:
    }
  }

  #connect(frame: Frame, send: (frame: RemoteServerMessage) => void): void {
    send(connectedFrame(frame, this.queue.length));
    for (const { messageId, promptId } of this.queue) {
      send({
        type: "replay",
        message_id: messageId,
        message: {
          role: "assistant",
          text: "done",
          session_id: SESSION,
          timestamp: TIME,
          prompt_id: promptId,
          success: true,
        },
      });
    }
    send({ type: "recent_sessions", sessions: [], limit: 10 });
    send({ type: "session_list", sessions: [listed(SESSION)], total_count: 1, has_more: false, next_cursor: null });
  }

  /** [SUB-4] to [SUB-9], with pages of three. */
  #historyFor(frame: Frame): RemoteServerMessage {
    const {
      last_seq: lastSeq,
      log_id: logId,
      before_seq: beforeSeq,
    } = frame as Partial<Record<string, number | string>>;
    const isFound = lastSeq !== undefined && logId === this.logId && Number(lastSeq) <= this.log.length;
    const after = isFound ? Number(lastSeq) : 0;
    const candidates = this.log.slice(after, beforeSeq === undefined ? undefined : Number(beforeSeq) - 1);
    const page = candidates.slice(-PAGE);
    const first = page[0]?.seq;
    const left = candidates.length - page.length;
    return history(page, {
      log_id: this.logId,
      end_seq: this.log.length,
      is_complete: left === 0,
      gap:
        isFound && left > 0 && first !== undefined
          ? { reason: "budget", after_seq: after, before_seq: first, count: left }
          : null,
      ...(lastSeq !== undefined && !isFound ? { log_reset: true } : {}),
      ...(lastSeq === undefined ? {} : { cursor_found: isFound }),
      correlation_id: String(frame["correlation_id"]),
    });
  }

  #prompt(frame: Frame, send: (frame: RemoteServerMessage) => void): void {
    const promptId = String(frame["prompt_id"]);
    const isDuplicate = this.runs.has(promptId);
    send({
      type: "ack",
      message: "Processing prompt...",
      session_id: SESSION,
      prompt_id: promptId,
      created: false,
      agent: "echo",
      working_directory: "/",
      mode_applied: "run",
      ...(isDuplicate ? { duplicate: true as const, state: "finished" as const } : {}),
      correlation_id: String(frame["correlation_id"]),
    });
    const messageId = promptId.replace(/^.{8}/u, "aaaaaaaa");
    const response: RemoteServerMessage = {
      type: "response",
      message_id: messageId,
      success: true,
      text: "done",
      session_id: SESSION,
      prompt_id: promptId,
      run_id: promptId,
      timestamp: TIME,
    };
    if (isDuplicate) return send(response);
    this.runs.set(promptId, 1);
    if (this.#resets.has(this.runs.size)) this.#reset();
    const prompt = { ...this.#nextItem(0), prompt_id: promptId, text: String(frame["text"]), role: "user" as const };
    this.#push([prompt, this.#nextItem(1)]);
    this.queue.push({ messageId, promptId });
    send(response);
    send({ type: "turn_complete", session_id: SESSION, prompt_id: promptId, run_id: promptId });
  }

  #nextItem(offset: number): RemoteMessageItem {
    const seq = this.log.length + 1 + offset;
    return item(seq, { id: `g${this.#generation}-${seq}` });
  }

  #reset(): void {
    this.#generation += 1;
    this.log = [];
    this.logId = String(this.#generation).padStart(16, "0");
  }

  #push(messages: readonly RemoteMessageItem[]): void {
    const isNew = this.log.length === 0;
    this.log.push(...messages);
    const frame = history(messages, {
      log_id: this.logId,
      live: !isNew || this.#generation === 0,
      ...(isNew && this.#generation > 0 ? { log_reset: true } : {}),
    });
    for (const socket of this.#subscribed) (socket as SendingSocket).parlSend?.(frame);
  }
}

type SendingSocket = WebSocket & { parlSend?: (frame: RemoteServerMessage) => void };
