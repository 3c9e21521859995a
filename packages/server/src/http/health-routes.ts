import { AnswerDeadline } from "../mesh/answer-deadline.ts";
import type { HttpDeps } from "./http-deps.ts";
import { HttpError } from "./http-error.ts";
import type { RouteHandlers } from "./route-handlers.ts";
import { bearerToken, isSameSecret } from "./secret-equality.ts";

/** A database that takes longer than this to say anything counts as down. */
const PING_MS = 2_000;

/** [HTTP-6], [HTTP-7]. */
export function healthRoutes(
  deps: Pick<
    HttpDeps,
    "clock" | "scheduler" | "store" | "commit" | "renderMetrics" | "metricsToken" | "version" | "gitSha" | "startedAt"
  >,
): Pick<RouteHandlers, "getHealth" | "getMetrics"> {
  const deadline = new AnswerDeadline({ scheduler: deps.scheduler, limitMs: PING_MS });
  const isDatabaseUp = async (): Promise<boolean> => {
    if (deps.commit.isDown) return false;
    return deadline
      .within(() => deps.store.ping())
      .then(
        () => true,
        () => false,
      );
  };
  return {
    async getHealth() {
      const up = await isDatabaseUp();
      return {
        status: up ? 200 : 503,
        headers: { "access-control-allow-origin": "*" },
        body: {
          status: up ? "ok" : "degraded",
          db: up ? "up" : "down",
          version: deps.version,
          gitSha: deps.gitSha,
          uptime: Math.max(0, Math.floor((deps.clock.now() - deps.startedAt) / 1000)),
        },
      };
    },
    async getMetrics({ request }) {
      if (deps.metricsToken !== undefined && !isSameSecret(bearerToken(request) ?? "", deps.metricsToken)) {
        throw new HttpError(
          "unauthorized",
          "metrics need the token of PARL_METRICS_TOKEN",
          {},
          { "www-authenticate": "Bearer" },
        );
      }
      return new Response(await deps.renderMetrics(), {
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      });
    },
  };
}
