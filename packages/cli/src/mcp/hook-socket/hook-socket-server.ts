/**
 * Answers the hooks of the own session. It must not know what is handed over or how. States of one connection:
 * asking -> handed (something waits for its confirmation) -> confirmed | released (closed or silent before it confirmed).
 */
import { createServer, type Server, type Socket } from "node:net";
import type { Handover } from "../inbox.ts";
import type { HookReply, HookRequest } from "../ways-in/hook.ts";
import { MAX_REQUEST_BYTES, parseHookLine, type DeliverAnswer } from "./hook-protocol.ts";

export interface HookSocketServer {
  close(): Promise<void>;
}

export interface HookSocketOptions {
  path: string;
  handle: (request: HookRequest) => Promise<HookReply>;
  log: (line: string) => void;
}

const MAX_CONNECTIONS = 16;
/** A hook lives one second at most ([HOOK-21]). */
const CONNECTION_TIMEOUT_MS = 3_000;

/** Listens on a Unix socket that only this user can open; rejects when it cannot. */
export async function openHookSocketServer(options: HookSocketOptions): Promise<HookSocketServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    serve(socket, options);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, options.path);
  server.on("error", (cause) => options.log(`the hook socket failed: ${cause.message}`));
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // The directory is 0700; the socket itself must not be open to others even if that changes.
    const before = process.umask(0o177);
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
    process.umask(before);
  });
}

function serve(socket: Socket, { handle, log }: HookSocketOptions): void {
  let received = "";
  let handover: Handover | undefined;
  let asked = false;
  socket.setEncoding("utf8");
  socket.setTimeout(CONNECTION_TIMEOUT_MS, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.once("close", () => handover?.release());

  const answer = (value: DeliverAnswer | { ok: boolean }): void => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(value)}\n`);
  };
  const handleLine = async (line: string): Promise<void> => {
    const request = parseHookLine(line);
    if (request === undefined) {
      socket.destroy();
    } else if (request.op === "confirm") {
      handover?.confirm();
      answer({ ok: handover !== undefined });
    } else if (!asked) {
      asked = true;
      const reply = await handle({ event: request.event, status: request.status });
      handover = reply.handover;
      // The hook gave up while we were looking.
      if (socket.destroyed) handover?.release();
      answer({ output: reply.output ?? null });
    }
  };
  socket.on("data", (chunk: string) => {
    received += chunk;
    if (received.length > MAX_REQUEST_BYTES) return void socket.destroy();
    let end: number;
    while ((end = received.indexOf("\n")) >= 0) {
      const line = received.slice(0, end);
      received = received.slice(end + 1);
      handleLine(line).catch((cause: unknown) => {
        log(`a hook could not be answered: ${cause instanceof Error ? cause.message : "unknown failure"}`);
        socket.destroy();
      });
    }
  });
}
