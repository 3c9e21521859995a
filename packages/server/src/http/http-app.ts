/**
 * The HTTP interface: built from the table of routes, nothing is served that is not in it. Knows the rooms of the mesh
 * through `HttpDeps`; must not know sockets of the mesh protocol.
 */
import { Hono, type Context } from "hono";
import { HTTP_ROUTES, type HttpRoute, type HttpRouteId } from "@parlatory/protocol/codec";
import { auditRoutes } from "./audit-routes.ts";
import { Authentication } from "./authentication.ts";
import { EventStreams } from "./event-streams.ts";
import { healthRoutes } from "./health-routes.ts";
import type { HttpDeps } from "./http-deps.ts";
import { HttpError } from "./http-error.ts";
import { inviteRoutes } from "./invite-routes.ts";
import { joinRoutes } from "./join-routes.ts";
import { memberRoutes } from "./member-routes.ts";
import { memoryRoutes } from "./memory-routes.ts";
import { meshRoutes } from "./mesh-routes.ts";
import { messageRoutes } from "./message-routes.ts";
import { OwnerSignatures } from "./owner-signature.ts";
import { SOCKET_PATH, remoteRoutes, upgradeRequired } from "./remote-routes.ts";
import { judgeRequest } from "./request-gate.ts";
import { RouteDispatch } from "./route-dispatch.ts";
import type { RouteHandlers } from "./route-handlers.ts";
import { stateRoutes } from "./state-routes.ts";
import { tokenRoutes } from "./token-routes.ts";
import { WebApp } from "./web-app.ts";

/** What the Node adapter gives beside the request. */
interface NodeBindings {
  incoming?: { socket?: { remoteAddress?: string | undefined } };
}

interface Env {
  Bindings: NodeBindings;
  Variables: { route: string };
}

export interface HttpApp {
  /** For `@hono/node-server`. */
  fetch(request: Request, bindings?: object): Response | Promise<Response>;
  /** Ends the open event streams, so that the listener can close. */
  endStreams(): void;
  readonly openStreams: number;
}

/** Builds the interface. Nothing is started and no socket is opened. */
export function createHttpApp(deps: HttpDeps): HttpApp {
  const { clock, store, commit, directory, log } = deps;
  const ownerSignatures = new OwnerSignatures({ clock, store, commit });
  const authentication = new Authentication({ ...deps, ownerSignatures });
  const dispatch = new RouteDispatch({ authentication, directory, log, maxBodyBytes: deps.maxBodyBytes });
  const streams = new EventStreams(deps);
  const handlers: RouteHandlers = {
    ...healthRoutes(deps),
    ...joinRoutes(deps),
    ...meshRoutes(deps),
    ...memberRoutes(deps),
    ...stateRoutes(deps),
    ...memoryRoutes(deps),
    ...messageRoutes(deps),
    ...inviteRoutes(deps),
    ...tokenRoutes(deps),
    ...auditRoutes(deps),
    ...remoteRoutes(deps),
    streamEvents: (call) => streams.open(call),
  };

  const app = new Hono<Env>();
  app.use("*", async (context, next) => {
    context.set("route", "none");
    const { response, headers } = judgeRequest(deps.origins, context.req.raw);
    if (response === undefined) await next();
    else context.res = response;
    // [HTTP-18] for every answer that does not say otherwise: only files of the web app gain by being kept.
    for (const [name, value] of Object.entries({ ...headers, "x-content-type-options": "nosniff" })) {
      context.res.headers.set(name, value);
    }
    if (!context.res.headers.has("cache-control")) context.res.headers.set("cache-control", "no-store");
    deps.metrics.httpRequest(context.get("route"), context.res.status);
  });
  const methodsByPath = new Map<string, string[]>();
  for (const [id, route] of Object.entries(HTTP_ROUTES) as [HttpRouteId, HttpRoute][]) {
    methodsByPath.set(route.path, [...(methodsByPath.get(route.path) ?? []), route.method]);
    app.on(route.method, toHonoPath(route.path), (context) => {
      context.set("route", route.path);
      return dispatch.serve(id, handlers[id], context.req.raw, addressOf(context));
    });
  }
  for (const [path, methods] of methodsByPath) {
    app.all(toHonoPath(path), (context) => {
      context.set("route", path);
      return new HttpError(
        "method_not_allowed",
        `this path takes ${methods.join(", ")}`,
        {},
        { allow: methods.join(", ") },
      ).toResponse();
    });
  }
  const webApp = new WebApp(deps.webFolder);
  app.all(SOCKET_PATH, (context) => {
    context.set("route", SOCKET_PATH);
    return upgradeRequired();
  });
  app.notFound(async (context) => {
    const { method, path } = context.req;
    const page =
      method === "GET" || method === "HEAD"
        ? await webApp.serve({
            path,
            acceptEncoding: context.req.header("accept-encoding"),
            host: context.req.header("host"),
          })
        : undefined;
    return page ?? new HttpError("not_found", `no route is named ${path.slice(0, 200)}`).toResponse();
  });
  app.onError((error) => dispatch.toErrorResponse(error, "routing"));

  return {
    fetch: (request, bindings) => app.fetch(request, bindings),
    endStreams: () => streams.end(),
    get openStreams() {
      return streams.count;
    },
  };
}

function toHonoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

function addressOf(context: Context<Env>): string {
  // Called without the adapter there are no bindings at all.
  const bindings = context.env as NodeBindings | undefined;
  return bindings?.incoming?.socket?.remoteAddress ?? "";
}
