/**
 * One mesh connection from its first frame to its last: keeps the order of frames, lets each be carried out, answers it.
 * It knows frames and the rules of the connection; it must not know what requests mean, SQL, or other connections.
 *
 * States: waiting (no hello yet; only `hello` is taken) → greeting (the hello is being carried out) → open (requests)
 * → ended. A frame that has to wait for the database makes the ones behind it wait; sends never do. Frames beyond what one
 * turn of the event loop takes wait for the next.
 */
import {
  CLOSE,
  MESH_LIMITS,
  WireError,
  type BrokerFrame,
  type ClientFrame,
  type HelloFrame,
} from "@parlatory/protocol";
import { encodeFrame, parseClientFrame, type ParsedClientFrame } from "@parlatory/protocol/codec";
import { isUtf8 } from "node:buffer";
import type { Greeting } from "../mesh/hello.ts";
import type { Clock, Log, Scheduler } from "../ports.ts";
import type { Connection, ConnectionListener } from "./connection.ts";
import { dispatch, emptyReplyTo, routeOf, type RoutedFrame } from "./dispatch.ts";
import { ErrorWindow } from "./error-window.ts";
import { FrameQueue } from "./frame-queue.ts";
import type { GatewayMetrics } from "./gateway-metrics.ts";
import type { Intake } from "./intake.ts";
import type { MeshServices } from "./mesh-services.ts";
import { errorFrame, negativeAck, refusal, toRefusal, type Echo, type Refusal } from "./refusal.ts";
import type { Call } from "./route.ts";
import { SendLane } from "./send-lane.ts";

export interface MeshSessionOptions {
  connection: Connection;
  /** Undefined while the database has not answered yet. */
  services: () => MeshServices | undefined;
  clock: Clock;
  scheduler: Scheduler;
  metrics: GatewayMetrics;
  log: Log;
  /** Shared by all connections. */
  intake: Intake;
  helloTimeoutMs: number;
  /** The connection waits for a hello no more: it was accepted, or the connection ended. Called once. */
  onSettled: () => void;
}

/** A little earlier than promised, so that the answer itself still makes it ([FRM-7]). */
const ANSWER_MS = MESH_LIMITS.storageAnswerMs - 300;

/** Frames waiting for the next turn from which on nothing more is read meanwhile. */
const PAUSED_FROM = 64;

/** A frame that was refused after this long shows that the database hangs: those behind it are refused without a try. */
const STUCK_MS = 1_000;

type Refused = Extract<ParsedClientFrame, { ok: false }>;

export class MeshSession implements ConnectionListener {
  readonly #options: MeshSessionOptions;
  readonly #connection: Connection;
  readonly #queue = new FrameQueue();
  readonly #errors = new ErrorWindow();
  #stage: "waiting" | "greeting" | "open" | "ended" = "waiting";
  /** Set once the hello was accepted. */
  #call: Call | undefined;
  #lane: SendLane | undefined;
  #isBusy = false;
  /** Waits for a turn that has room for its frames. */
  #isDeferred = false;
  #isPaused = false;
  #endedCleanly = false;
  /** Frames received before this instant waited behind one that the database never answered. */
  #stuckUntil = Number.NEGATIVE_INFINITY;
  #cancelHelloTimer: (() => void) | undefined;

  constructor(options: MeshSessionOptions) {
    this.#options = options;
    this.#connection = options.connection;
  }

  start(): void {
    this.#cancelHelloTimer = this.#options.scheduler.after(this.#options.helloTimeoutMs, () => {
      this.#refuseHello(refusal("hello_timeout"), {});
    });
    this.#connection.start(this);
  }

  /** Frames that wait behind another one. */
  get waitingFrames(): number {
    return this.#queue.length;
  }

  onFrame(data: Buffer, isBinary: boolean): void {
    const receivedAt = this.#options.clock.now();
    if (this.#isBusy || this.#isDeferred || !this.#options.intake.hasRoom) {
      this.#queue.push({ data, isBinary, receivedAt });
      if (!this.#isBusy) this.#defer();
    } else this.#take(data, isBinary, receivedAt);
    const isFull = this.#queue.isFull || (this.#isDeferred && this.#queue.length >= PAUSED_FROM);
    if (!this.#isPaused && (isFull || this.#lane?.isFull === true)) {
      this.#isPaused = true;
      this.#options.metrics.readingPaused();
      this.#connection.pause();
    }
  }

  onDrained(): void {
    this.#call?.services.delivery.connectionDrained(this.#call.presence);
  }

  onEnd(clean: boolean, isOurs: boolean): void {
    // What the client wrote before it left counts.
    if (!isOurs && !this.#isBusy) this.#takeAll();
    const wasSettled = this.#stage === "open";
    this.#stage = "ended";
    this.#endedCleanly = clean;
    this.#queue.clear();
    this.#cancelHelloTimer?.();
    if (!wasSettled) this.#options.onSettled();
    this.#call?.services.presences.detach(this.#call.presence, this.#connection, clean);
  }

  /** No input ends the process ([FRM-2]): whatever goes wrong here is a fault of ours and ends in one answer. */
  #take(data: Buffer, isBinary: boolean, receivedAt: number): void {
    const delivery = this.#call?.services.delivery;
    const touched = delivery?.touched ?? 0;
    try {
      const parsed = isBinary || !isUtf8(data) ? undefined : parseClientFrame(data.toString("utf8"));
      if (this.#stage === "waiting") this.#takeFirst(parsed);
      else if (this.#stage === "open") this.#takeRequest(parsed, isBinary, data.length, receivedAt);
    } catch (error) {
      this.#logFault("unknown", error);
      this.#refuse(refusal("internal"), {});
    }
    this.#options.intake.note((delivery?.touched ?? 0) - touched);
  }

  #takeFirst(parsed: ParsedClientFrame | undefined): void {
    if (parsed === undefined) this.#refuse(refusal("no_hello"), {});
    else if (parsed.ok && parsed.frame.type === "hello") this.#greet(parsed.frame);
    else if (!parsed.ok && parsed.type === "hello") this.#refuseHello(toMalformed(parsed), parsed);
    else this.#refuse(refusal("no_hello"), parsed.ok ? echoOf(parsed.frame) : parsed);
  }

  #takeRequest(parsed: ParsedClientFrame | undefined, isBinary: boolean, bytes: number, receivedAt: number): void {
    if (parsed === undefined) {
      this.#refuse(isBinary ? refusal("bad_frame") : refusal("bad_json", "the frame is not UTF-8"), {});
      return;
    }
    if (!parsed.ok) {
      this.#refuseUnread(parsed);
      return;
    }
    const { frame } = parsed;
    if (frame.type === "hello") this.#refuse(refusal("already_hello"), echoOf(frame));
    else if (receivedAt < this.#stuckUntil && needsStore(frame)) this.#refuseStuck(frame);
    else if (frame.type === "send") this.#lane?.send(frame, bytes);
    else if (this.#call !== undefined) this.#request(this.#call, frame);
  }

  #greet(hello: HelloFrame): void {
    const services = this.#options.services();
    if (services === undefined) {
      this.#refuseHello(refusal("storage_unavailable"), echoOf(hello));
      return;
    }
    this.#stage = "greeting";
    this.#isBusy = true;
    this.#wait(
      services.hellos.greet(hello, this.#connection),
      (greeting) => this.#welcome(services, greeting),
      (error) => {
        const refused = toRefusal(error);
        if (refused.isFault) this.#logFault("hello", error);
        this.#refuseHello(refused, echoOf(hello));
      },
      // Accepted after the connection was given up.
      ({ presence }) => services.presences.detach(presence, this.#connection, this.#endedCleanly),
    );
  }

  #welcome(services: MeshServices, { presence, ack }: Greeting): void {
    this.#stage = "open";
    this.#call = { presence, services };
    this.#lane = new SendLane({
      delivery: services.delivery,
      presence,
      answer: (answer) => this.#send(answer),
      refuse: (refused, echo) => this.#refuseSend(refused, echo),
      onAnswered: () => this.#resumeReading(),
    });
    this.#cancelHelloTimer?.();
    this.#options.onSettled();
    this.#send(ack);
    services.presences.markReady(presence, this.#connection);
  }

  #request(call: Call, frame: RoutedFrame): void {
    let reply: BrokerFrame | Promise<BrokerFrame>;
    try {
      const sends = routeOf(frame.type).waitsForSends === true ? this.#lane?.whenIdle() : undefined;
      reply = sends === undefined ? dispatch(call, frame) : sends.then(() => dispatch(call, frame));
    } catch (error) {
      this.#fail(frame, error);
      return;
    }
    if (!(reply instanceof Promise)) {
      this.#reply(frame, reply);
      return;
    }
    this.#isBusy = true;
    this.#wait(
      reply,
      (result) => this.#reply(frame, result),
      (error) => this.#fail(frame, error),
    );
  }

  /** Waits for one frame, at most as long as a client is kept waiting, and then goes on with the next ([WS-4], [FRM-7]). */
  #wait<Result>(
    work: Promise<Result>,
    succeed: (result: Result) => void,
    fail: (error: unknown) => void,
    succeedLate?: (result: Result) => void,
  ): void {
    let isOver = false;
    const startedAt = this.#options.clock.now();
    const settle = (act: () => void): void => {
      isOver = true;
      cancel();
      try {
        if (this.#stage !== "ended") act();
      } catch (error) {
        this.#logFault("unknown", error);
        this.#refuse(refusal("internal"), {});
      }
      this.#isBusy = false;
      this.#takeWaiting();
    };
    const settleFailed = (error: unknown): void => {
      const waitedMs = this.#options.clock.now() - startedAt;
      if (waitedMs >= STUCK_MS && toRefusal(error).code === "storage_unavailable") {
        this.#stuckUntil = this.#options.clock.now();
        this.#options.log.warn("a frame waited for the database in vain", { waitedMs, stage: this.#stage });
      }
      settle(() => fail(error));
    };
    const cancel = this.#options.scheduler.after(ANSWER_MS, () => settleFailed(toStuck()));
    work.then(
      (result) => {
        if (isOver || this.#stage === "ended") succeedLate?.(result);
        if (!isOver) settle(() => succeed(result));
      },
      (error: unknown) => {
        if (!isOver) settleFailed(error);
      },
    );
  }

  #defer(): void {
    if (this.#isDeferred) return;
    this.#isDeferred = true;
    this.#options.intake.wait(() => {
      this.#isDeferred = false;
      this.#takeWaiting();
    });
  }

  #takeWaiting(): void {
    while (!this.#isBusy && !this.#isDeferred && this.#queue.length > 0) {
      if (this.#options.intake.hasRoom) this.#takeNext();
      else this.#defer();
    }
    this.#resumeReading();
  }

  #takeAll(): void {
    while (!this.#isBusy && this.#queue.length > 0) this.#takeNext();
  }

  #takeNext(): void {
    const next = this.#queue.shift();
    if (next !== undefined) this.#take(next.data, next.isBinary, next.receivedAt);
  }

  #resumeReading(): void {
    if (!this.#isPaused || this.#isDeferred || !this.#queue.isHalfEmpty || this.#lane?.isHalfEmpty === false) return;
    this.#isPaused = false;
    this.#connection.resume();
  }

  #reply(frame: RoutedFrame, reply: BrokerFrame): void {
    if (frame._reqId === undefined) {
      if (routeOf(frame.type).isQuiet !== true) this.#send(reply);
    } else {
      this.#send({ ...reply, _reqId: frame._reqId } as BrokerFrame);
    }
  }

  #fail(frame: RoutedFrame, error: unknown): void {
    const refused = toRefusal(error);
    if (refused.isFault) this.#logFault(frame.type, error);
    this.#refuse(refused, echoOf(frame));
    if (frame._reqId === undefined) this.#sendEmptyReply(frame.type, frame);
  }

  /** A text that is no well-formed frame. */
  #refuseUnread(unread: Refused): void {
    const refused = refusal(unread.code, unread.message, unread.field === undefined ? {} : { field: unread.field });
    if (unread.type === "hello") this.#refuse(refusal("already_hello"), unread);
    else if (unread.type === "send") this.#refuseMalformedSend(refused, unread);
    else {
      this.#refuse(refused, unread);
      if (unread.type !== undefined && unread.reqId === undefined) this.#sendEmptyReply(unread.type);
    }
  }

  #refuseMalformedSend(refused: Refusal, echo: Echo): void {
    this.#options.metrics.messageRejected(refused.code);
    this.#lane?.refuse(refused, { ...echo, id: echo.id ?? "" });
  }

  /** A frame that waited behind one the database never answered: it was not begun. */
  #refuseStuck(frame: Exclude<ClientFrame, HelloFrame>): void {
    if (frame.type === "send") this.#refuseMalformedSend(toRefusal(toStuck()), echoOf(frame));
    else this.#fail(frame, toStuck());
  }

  #refuseSend(refused: Refusal, echo: Echo): void {
    if (this.#call?.presence.modern === true) this.#send(negativeAck(refused, echo));
    else this.#refuse(refused, echo);
  }

  /** Sends one error frame ([FRM-2]) and ends a connection that gets too many of them ([FRM-8]). */
  #refuse(refused: Refusal, echo: Echo): void {
    this.#sendError(refused, echo);
    if (!this.#errors.note(this.#options.clock.now())) return;
    const tooMany = refusal("too_many_errors");
    this.#sendError(tooMany, {});
    this.#connection.close(CLOSE.refused.code, tooMany.code);
  }

  #refuseHello(refused: Refusal, echo: Echo): void {
    this.#sendError(refused, echo);
    if (refused.code === "storage_unavailable") this.#connection.close(CLOSE.storageUnavailable.code, refused.code);
    else this.#connection.close(CLOSE.refused.code, refused.code);
  }

  #sendError(refused: Refusal, echo: Echo): void {
    this.#options.metrics.error(refused.code);
    this.#send(errorFrame(refused, echo));
  }

  #sendEmptyReply(type: string, frame?: RoutedFrame): void {
    const empty = emptyReplyTo(type, frame);
    if (empty !== undefined) this.#send(empty);
  }

  #send(frame: BrokerFrame): void {
    this.#connection.send(encodeFrame(frame));
  }

  #logFault(type: string, error: unknown): void {
    this.#options.log.error("a frame could not be carried out", { frame: type, error });
  }
}

function echoOf(frame: ClientFrame): Echo {
  return { id: frame.type === "send" ? frame.id : undefined, reqId: frame._reqId };
}

function needsStore(frame: Exclude<ClientFrame, HelloFrame>): boolean {
  return frame.type === "send" || routeOf(frame.type).needsStore === true;
}

function toMalformed(unread: Refused): Refusal {
  return refusal("malformed", unread.message, unread.field === undefined ? {} : { field: unread.field });
}

function toStuck(): WireError {
  return new WireError("storage_unavailable", "the database did not answer in time; try again");
}
