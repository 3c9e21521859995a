import { StoreUnavailableError } from "../store/store.ts";
import { healthRoutes } from "./health-routes.ts";
import type { HttpDeps } from "./http-deps.ts";
import { HttpError, toHttpError } from "./http-error.ts";
import type { RouteReply } from "./route-handlers.ts";
import { SOCKET_PATH, upgradeRequired } from "./remote-routes.ts";
import { judgeRequest } from "./request-gate.ts";
import { pathOf } from "./route-path.ts";

export type WaitingAppDeps = Pick<
  HttpDeps,
  "clock" | "scheduler" | "origins" | "renderMetrics" | "metricsToken" | "version" | "gitSha" | "startedAt"
>;

/** What is served before the database has answered for the first time: health, metrics, and 503 for all else ([HTTP-6]). */
export function createWaitingApp(deps: WaitingAppDeps): { fetch(request: Request): Promise<Response> } {
  const down = async (): Promise<never> => {
    throw new StoreUnavailableError("the database has not answered yet");
  };
  const { getHealth, getMetrics } = healthRoutes({
    ...deps,
    store: { ping: down, readEvents: down, isHelloSeen: down },
    commit: { isDown: true, drain: async () => undefined, submit: () => undefined },
  });
  const answer = async (request: Request): Promise<Response> => {
    const call = { params: {}, query: {}, body: undefined, readText: async () => "", request, address: "" };
    const path = pathOf(request);
    if (path === SOCKET_PATH) return upgradeRequired();
    if (path === "/health") return toResponse(await getHealth(call));
    if (path === "/metrics") return toResponse(await getMetrics(call));
    throw new HttpError("storage_unavailable", "the broker waits for its database", {}, { "retry-after": "5" });
  };
  return {
    async fetch(request) {
      const { response: refused, headers } = judgeRequest(deps.origins, request);
      const response =
        refused ??
        (await answer(request).catch((error: unknown) =>
          (toHttpError(error) ?? new HttpError("internal")).toResponse(),
        ));
      for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
      response.headers.set("cache-control", "no-store");
      return response;
    },
  };
}

function toResponse(reply: RouteReply<"getHealth" | "getMetrics">): Response {
  if (reply instanceof Response) return reply;
  return Response.json(reply.body, {
    status: reply.status ?? 200,
    ...(reply.headers === undefined ? {} : { headers: reply.headers }),
  });
}
