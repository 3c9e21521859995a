import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createNodeHttp } from "../../src/node/node-http.ts";
import { createNodePlatform } from "../../src/node/node-platform.ts";
import { testCertificate } from "../../../server/test/support/tls/certificates.ts";

const first = testCertificate("first");
const second = testCertificate("second");
let server: Server;
let sockets: WebSocketServer;
let port: number;
let requests: string[];

beforeEach(() => serve(testCertificate("first")));
afterEach(stop);

async function serve({ cert, key }: { cert: string; key: string }): Promise<void> {
  requests = [];
  server = createServer({ cert, key }, (request, response) => {
    requests.push(`${request.method} ${request.headers.authorization}`);
    response.end("answer");
  });
  sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => socket.send("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
}

async function stop(): Promise<void> {
  for (const socket of sockets.clients) socket.terminate();
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

const ask = (ownCertificates: (() => readonly string[]) | undefined, host = "127.0.0.1") =>
  createNodeHttp({ ownCertificates })({
    method: "GET",
    url: `https://${host}:${port}/x`,
    headers: { authorization: "Bearer secret" },
  });

/** The first text of a socket, or the code and error of its end. */
function open(ownCertificates: () => readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = createNodePlatform({ ownCertificates }).openSocket(`wss://127.0.0.1:${port}/`, {
      opened: () => undefined,
      message: (text) => {
        socket.terminate();
        resolve(text);
      },
      alive: () => undefined,
      closed: (code, _reason, error) => resolve(`${code} ${(error as NodeJS.ErrnoException | undefined)?.code}`),
    });
  });
}

test("[CONN-1] a server that shows the caller's own certificate is known by it, whatever its names and its end", async () => {
  expect(await ask(() => [first.fingerprint])).toMatchObject({ status: 200, body: "answer" });
  expect(await ask(() => [first.fingerprint], "localhost")).toMatchObject({ status: 200 });
  expect(await open(() => [first.fingerprint])).toBe("hello");
  expect(requests).toEqual(["GET Bearer secret", "GET Bearer secret"]);
  await stop();
  await serve(testCertificate("expired"));
  expect(await ask(() => [testCertificate("expired").fingerprint])).toMatchObject({ status: 200 });
});

test("[CONN-1] any other certificate is judged as always, and a server that fails is told nothing", async () => {
  for (const own of [undefined, () => [], () => [second.fingerprint]]) {
    await expect(ask(own)).rejects.toMatchObject({
      code: "server_unreachable",
      message: expect.stringContaining("DEPTH_ZERO_SELF_SIGNED_CERT"),
    });
  }
  expect(await open(() => [second.fingerprint])).toBe("1006 DEPTH_ZERO_SELF_SIGNED_CERT");
  expect(await open(() => [])).toBe("1006 DEPTH_ZERO_SELF_SIGNED_CERT");
  expect(requests).toEqual([]);
});

test("[CONN-1] a certificate that is renewed while a connection is made is known before and after", async () => {
  for (const [before, after] of [
    [second, first],
    [first, second],
  ] as const) {
    const told = [before.fingerprint, after.fingerprint];
    expect(await ask(() => [told.shift() ?? ""])).toMatchObject({ status: 200 });
  }
});

test("[CONN-1] a server that is not there is unreachable as without a certificate", async () => {
  await stop();
  await expect(ask(() => [first.fingerprint])).rejects.toMatchObject({
    message: expect.stringContaining("ECONNREFUSED"),
  });
  expect(await open(() => [first.fingerprint])).toBe("1006 ECONNREFUSED");
  await serve(first);
});
