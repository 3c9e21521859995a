/**
 * From a request whose path and method fit a route to its handler, and from the handler's reply or error to a response.
 * The checks run in this order: caller, mesh, scope, parameters, content type, size, JSON, fields.
 */
import { MESH_LIMITS, type HttpErrorBody } from "@parlatory/protocol";
import {
  HTTP_INPUT_CHECKS,
  HTTP_ROUTES,
  checkInput,
  readParameters,
  type HttpRoute,
  type HttpRouteId,
  type InputCheck,
} from "@parlatory/protocol/codec";
import type { Directory } from "../mesh/directory.ts";
import type { Log } from "../ports.ts";
import type { Authentication } from "./authentication.ts";
import { mayCall, type Caller } from "./caller.ts";
import { HttpError, toHttpError } from "./http-error.ts";
import { checkContentType, decodeText, parseJson, readBody } from "./request-body.ts";
import type { CallOf, RouteHandlers, RouteReply } from "./route-handlers.ts";
import { pathOf, readPathParameters } from "./route-path.ts";

export interface RouteDispatchOptions {
  authentication: Pick<Authentication, "identify">;
  directory: Pick<Directory, "mesh">;
  log: Log;
  /** Of bodies outside `/api/v1`; default 65,536 bytes. */
  maxBodyBytes: number | undefined;
}

type AnyHandler = (call: unknown) => Promise<RouteReply<HttpRouteId>> | RouteReply<HttpRouteId>;

export class RouteDispatch {
  readonly #options: RouteDispatchOptions;

  constructor(options: RouteDispatchOptions) {
    this.#options = options;
  }

  /** Never throws. */
  async serve<Id extends HttpRouteId>(
    id: Id,
    handler: RouteHandlers[Id],
    request: Request,
    address: string,
  ): Promise<Response> {
    const route: HttpRoute = HTTP_ROUTES[id];
    try {
      const call = await this.#check(id, route, request, address);
      // The checks above make the call fit the handler of its route; the types of both come from the one table.
      const reply = await (handler as AnyHandler)(call as CallOf<Id>);
      if (reply instanceof Response) return reply;
      return Response.json(reply.body, {
        status: reply.status ?? route.status,
        ...(reply.headers === undefined ? {} : { headers: reply.headers }),
      });
    } catch (error) {
      return this.toErrorResponse(error, `${route.method} ${route.path}`);
    }
  }

  /** The one place where an error becomes an answer; what is no refusal is a defect and is logged. */
  toErrorResponse(error: unknown, where: string): Response {
    const refusal = toHttpError(error);
    if (refusal !== undefined) return refusal.toResponse();
    this.#options.log.error("a request failed", {
      where,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    return new HttpError("internal").toResponse();
  }

  async #check(id: HttpRouteId, route: HttpRoute, request: Request, address: string): Promise<unknown> {
    const path = pathOf(request);
    const params = readPathParameters(route.path, path);
    const isApi = route.path.startsWith("/api/");
    const limit = isApi ? MESH_LIMITS.maxApiBodyBytes : (this.#options.maxBodyBytes ?? MESH_LIMITS.maxJoinBodyBytes);
    let body: Promise<Uint8Array> | undefined;
    const readOnce = (): Promise<Uint8Array> => (body ??= readBody(request, limit));
    const readText = async (): Promise<string> => decodeText(await readOnce());

    const caller = isApi
      ? await this.#options.authentication.identify({ request, path, meshName: params["mesh"], readBody: readOnce })
      : undefined;
    const mesh = caller === undefined ? undefined : this.#findMesh(caller, params["mesh"]);
    if (caller !== undefined && !mayCall(caller, route.access)) {
      throw new HttpError(
        "forbidden",
        `this needs ${route.access === "broker" ? "the admin token of the broker" : `scope ${route.access}`}`,
      );
    }
    const checks = HTTP_INPUT_CHECKS[id];
    const query = checks.query === undefined ? {} : readQuery(checks.query, request);
    const parsed =
      checks.request === undefined || route.takesAnyBody === true
        ? undefined
        : await readJson(checks.request, request, readText);
    return { params, query, body: parsed, readText, request, address, caller, mesh };
  }

  /** A mesh that is not the caller's looks like one that does not exist ([MODEL-2]). */
  #findMesh(caller: Caller, name: string | undefined): ReturnType<Directory["mesh"]> {
    if (name === undefined) return undefined;
    const mesh = this.#options.directory.mesh(name);
    if (mesh === undefined || (caller.meshId !== undefined && caller.meshId !== mesh.id)) {
      throw new HttpError("mesh_not_found");
    }
    return mesh;
  }
}

function readQuery(check: InputCheck, request: Request): unknown {
  const result = readParameters(check, new URL(request.url).searchParams);
  if (!result.ok) throw badField(result.field, result.problem);
  return result.value;
}

async function readJson(check: InputCheck, request: Request, readText: () => Promise<string>): Promise<unknown> {
  checkContentType(request);
  const value = parseJson(await readText());
  // Null for an optional field equals absence; for a field that must be there it is a value like others.
  const required = new Set(check.schema.required);
  const given =
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).filter(([name, inner]) => inner !== null || required.has(name)))
      : value;
  const result = checkInput(check, given);
  if (!result.ok) throw badField(result.field, result.problem);
  return result.value;
}

function badField(field: string, problem: string): HttpError {
  const detail: Pick<HttpErrorBody, "field"> = field === "" ? {} : { field };
  return new HttpError("bad_request", field === "" ? `the body ${problem}` : `\`${field}\` ${problem}`, detail);
}
