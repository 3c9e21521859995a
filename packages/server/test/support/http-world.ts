import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import {
  HTTP_ROUTES,
  HTTP_ROUTE_SCHEMAS,
  compileJsonSchema,
  type HttpRoute,
  type HttpRouteId,
} from "@parlatory/protocol/schemas";
import type { HttpDeps } from "../../src/http/http-deps.ts";
import { createHttpApp } from "../../src/http/http-app.ts";
import { PeerList } from "../../src/mesh/peer-list.ts";
import { createOriginPolicy } from "../../src/origin.ts";
import { Devices } from "../../src/sessions/devices/devices.ts";
import { openBoardWorld, type BoardWorldOptions } from "./board-world.ts";
import { signOwnerRequest, type TestKey } from "./keys.ts";

export const ADMIN_TOKEN = "a".repeat(43);

export interface CallOptions {
  token?: string | undefined;
  body?: unknown;
  /** Sent as it is, in place of `body`. */
  text?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  address?: string;
  owner?: TestKey;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json: Record<string, unknown>;
}

export type HttpWorld = Awaited<ReturnType<typeof openHttpWorld>>;

/** The HTTP interface on real boards and a real SQLite store; `call` needs no socket, `listen` opens one. */
export async function openHttpWorld(options: BoardWorldOptions & { deps?: Partial<HttpDeps> } = {}) {
  const world = await openBoardWorld(options);
  const requests: { route: string; status: number }[] = [];
  const peers = new PeerList(world);
  const devices = new Devices({ ...world, mainKey: "m".repeat(43), audit: { note: () => undefined } });
  const app = createHttpApp({
    ...world,
    metrics: { httpRequest: (route, status) => void requests.push({ route, status }) },
    origins: createOriginPolicy({
      host: "127.0.0.1",
      publicUrl: "https://mesh.example.org/base",
      allowedHosts: ["internal.lan"],
      allowedOrigins: ["https://dash.example.org"],
    }),
    listPeers: (meshId, { group, includeOffline, withProcess }) =>
      peers.forToken(meshId, withProcess, { group, includeOffline }),
    readLedger: async () => undefined,
    renderMetrics: async () => "parl_db_up 1\n",
    webFolder: "/nowhere",
    remote: {
      devices: () => Promise.resolve(devices),
      penalties: () => Promise.resolve({ waitOf: () => 0, noteFailure: () => undefined }),
      publicUrl: undefined,
    },
    adminToken: ADMIN_TOKEN,
    metricsToken: undefined,
    version: "0.1.0",
    gitSha: "abc123",
    startedAt: world.clock.now(),
    ...options.deps,
  });

  const call = async (method: string, path: string, given: CallOptions = {}): Promise<Answer> => {
    const text = given.text ?? (given.body === undefined ? undefined : JSON.stringify(given.body));
    const headers: Record<string, string> = {
      ...(text === undefined ? {} : { "content-type": "application/json" }),
      ...(given.token === undefined ? {} : { authorization: `Bearer ${given.token}` }),
      ...given.headers,
    };
    const request = new Request(`http://localhost${path}`, {
      method,
      headers,
      ...(text === undefined ? {} : { body: text }),
    });
    if (given.owner !== undefined) {
      const signed = {
        method,
        path: new URL(request.url).pathname,
        body: typeof text === "string" ? text : "",
        timestamp: world.clock.now(),
      };
      request.headers.set("parl-owner", signOwnerRequest(given.owner, signed));
    }
    const bindings = { incoming: { socket: { remoteAddress: given.address ?? "127.0.0.1" } } };
    const response = await app.fetch(request, bindings);
    const answer = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true && answer !== "";
    const json = isJson ? (JSON.parse(answer) as Record<string, unknown>) : {};
    if (isJson) checkAnswer(method, new URL(request.url).pathname, response.status, json);
    return { status: response.status, headers: response.headers, text: answer, json };
  };

  /** Opens a listener on a free port of loopback. */
  const listen = async () => {
    const listener = getRequestListener((request, bindings) => app.fetch(request, bindings));
    const server = createServer((request, response) => void listener(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const stop = async (): Promise<void> => {
      app.endStreams();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    };
    return { port, url: `http://127.0.0.1:${port}`, stop };
  };

  return { ...world, app, requests, call, listen };
}

const answerChecks = new Map<HttpRouteId, (json: unknown) => string[]>();

/** Every answer of every test is what the table of routes, and so the OpenAPI document, says. */
function checkAnswer(method: string, path: string, status: number, json: unknown): void {
  const [id, route] =
    (Object.entries(HTTP_ROUTES) as [HttpRouteId, HttpRoute][]).find(
      ([, candidate]) =>
        candidate.method === method && new RegExp(`^${candidate.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path),
    ) ?? [];
  if (id === undefined || status !== route?.status) return;
  const { response } = HTTP_ROUTE_SCHEMAS[id];
  if (typeof response === "string") return;
  const check = answerChecks.get(id) ?? compileJsonSchema({ ...response });
  answerChecks.set(id, check);
  const problems = check(json);
  if (problems.length > 0) {
    throw new Error(`${method} ${route.path} answered otherwise than documented: ${problems.join("; ")}`);
  }
}
