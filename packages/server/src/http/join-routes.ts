import type { DeskAnswer } from "../mesh/desk-answer.ts";
import type { HttpDeps } from "./http-deps.ts";
import { HttpError } from "./http-error.ts";
import { renderJoinPage } from "./join-page.ts";
import type { RouteHandlers } from "./route-handlers.ts";

const PROXY_HEADERS = ["forwarded", "x-forwarded-for", "via"] as const;

/** What is served to everybody: sections 13 and 8. */
export function joinRoutes(
  deps: Pick<HttpDeps, "clock" | "joinDesk" | "hookDesk">,
): Pick<RouteHandlers, "join" | "showInvite" | "setHookStatus"> {
  return {
    async join({ readText, address }) {
      return toResponse(await deps.joinDesk.handle({ body: await readText(), address }));
    },
    showInvite({ params }) {
      return renderJoinPage(params["token"] ?? "", deps.clock.now());
    },
    async setHookStatus({ readText, request, address }) {
      let body: string;
      try {
        body = await readText();
      } catch (error) {
        // Hooks have words of their own for this ([HOOK-3]).
        if (!(error instanceof HttpError) || error.code !== "payload_too_large") throw error;
        return Response.json({ ok: false, error: "payload too large" }, { status: 413 });
      }
      const isForwarded = PROXY_HEADERS.some((name) => request.headers.has(name));
      return toResponse(deps.hookDesk.handleStatus({ body, address, isForwarded }));
    },
  };
}

function toResponse(answer: DeskAnswer): Response {
  const headers = answer.retryAfterSeconds === undefined ? {} : { "retry-after": String(answer.retryAfterSeconds) };
  return Response.json(answer.body, { status: answer.status, headers });
}
